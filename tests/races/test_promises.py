"""Thirty-two at once take goods of one shelf: what is promised to an order goes knowingly or not. spec.md §11."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.clock import utc_now
from app.core.db.base import db
from app.core.errors import AppError
from app.models.office.message import Message
from app.models.stock.promise import TakenPromise
from app.models.stock.stock_transfer import StockTransfer, StockTransferLine
from tests.races.crowd import seed_of_run, together
from tests.races.test_one_item import deadlocks
from tests.support.office import Office

pytestmark = [pytest.mark.postgresql, pytest.mark.committed]

ROUNDS = int(os.environ.get("RACES_ROUNDS", "15"))
PEOPLE = int(os.environ.get("RACES_PEOPLE", "32"))
PROMISED, FREE = PEOPLE, PEOPLE // 3


def transfers(office: Office, product: int, number: int) -> list[int]:
    """Confirmed transfers of one piece each, written straight into the tables: only running them is of interest."""
    session, now = db.session(), utc_now()
    stamps = {"created_at": now, "changed_at": now, "version": 1, "state": "confirmed"}
    ends = {"from_warehouse_id": office.warehouse().id, "to_warehouse_id": office.warehouse("SHOP").id}
    rows = [{"number": f"DB{number}-{n}", **stamps, **ends} for n in range(PEOPLE)]
    keys = list(session.scalars(sa.insert(StockTransfer).returning(StockTransfer.id), rows))
    line = {"product_id": product, "quantity": D(1), "moved": D(0), "position": 1}
    session.execute(sa.insert(StockTransferLine), [{"transfer_id": key, **line} for key in keys])
    session.commit()
    return keys


def run(key: int, *, knowingly: bool) -> Callable[[Office], tuple[bool, str]]:
    def tried(own: Office) -> tuple[bool, str]:
        try:
            own.keeper.fires("run", db.session.get_one(StockTransfer, key), take_promised=knowingly)
        except AppError as error:
            return knowingly, error.code
        return knowingly, "done"

    return tried


def test_nobody_takes_silently_what_is_promised(app: Flask, office: Office, capsys: Any) -> None:
    """fault A6: under the lock of the balance: who says nothing gets what is free, who takes is told of, once each."""
    seed = seed_of_run()
    draw = random.Random(seed)
    products = office.stocked(*[str(PROMISED + FREE)] * ROUNDS)
    order = office.approved("lin", [(product, str(PROMISED)) for product in products])
    keys, order_id, ends = [product.id for product in products], order.id, Counter[Any]()
    db.engine.pool._max_overflow = PEOPLE  # type: ignore[attr-defined]  # they race for rows, not for connections
    with deadlocks() as broken:
        for number, product in enumerate(keys):
            knows = [n % 2 == 0 for n in range(PEOPLE)]
            draw.shuffle(knows)
            works = [
                run(key, knowingly=known) for key, known in zip(transfers(office, product, number), knows, strict=True)
            ]
            found = Counter(together(app, works))
            told = f"seed {seed}, round {number}: {found}"
            db.session.rollback()
            done = found[(True, "done")] + found[(False, "done")]
            taken = sa.select(sa.func.count(), sa.func.sum(TakenPromise.quantity)).where(
                TakenPromise.product_id == product, TakenPromise.order_id == order_id
            )
            assert set(found) <= {(True, "done"), (False, "done"), (False, "promised")}, told
            assert found[(True, "done")] == sum(knows), told
            assert found[(False, "done")] <= FREE, told
            assert db.session.execute(taken).one() == (done - FREE, D(done - FREE)), told
            ends += found
    messages = db.session.scalar(sa.select(sa.func.count()).select_from(Message))
    with capsys.disabled():
        print(f"\nA6 seed {seed}: {ROUNDS} rounds of {PEOPLE}, {dict(ends)}")
    assert (messages, broken) == (sum(ends[end] for end in ends if end[1] == "done") - ROUNDS * FREE, [])
    assert office.mismatches() == []
