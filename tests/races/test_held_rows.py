"""A step writes only on rows that it holds: whatever others save meanwhile, nobody is told that it is busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.core.db import unit_of_work
from app.core.db.base import Record, db, model_name
from app.core.db.locks import hold
from app.core.flow.workflow import WORKFLOWS
from app.core.record.audit import act_as
from app.core.record.schemas import load
from app.models.money.payment import Payment
from app.models.sales.sales_order import SalesOrder
from app.security.accounts.people import actor_named
from tests.races.crowd import outcomes
from tests.support.everything import MODELS
from tests.support.office import ENTRIES, SIGNED, D, Office, item_named
from tests.support.steps import entered_in_dialog, ways_to_take

PEOPLE = 32
pytestmark = [pytest.mark.committed, pytest.mark.postgresql]

VERSIONED = [model.__tablename__ for model in MODELS if issubclass(model, Record)]
SAVE_ALL = [
    sa.text(
        f"UPDATE {table} SET version = version + 1 WHERE id IN (SELECT id FROM {table} FOR NO KEY UPDATE SKIP LOCKED)"
    )
    for table in VERSIONED
]


@contextmanager
def colleagues_saving() -> Iterator[None]:
    """Before each flush everybody else saves every row that nobody holds."""
    with db.engine.connect() as others:

        def save_all(_session: Session, _context: Any, _instances: Any) -> None:
            for statement in SAVE_ALL:
                others.execute(statement)
            others.commit()

        event.listen(db.session, "before_flush", save_all)
        try:
            yield
        finally:
            event.remove(db.session, "before_flush", save_all)


def read_around(row: Any, steps: int = 2) -> None:
    """Read what a page reads before it writes: the rows that a row names, its lines, and the same of those."""
    for relation in sa.inspect(type(row)).relationships if steps else ():
        found = getattr(row, relation.key)
        for other in found if relation.uselist else [found]:
            if other is not None:
                read_around(other, steps - 1)


def lost(model: type[Any], key: int, login: str, write: Callable[[Session, Any, Any], Any]) -> str:
    """What was written without being held; nothing when all was. Whatever was done is undone."""
    session = db.session()
    actor = actor_named(session, login)
    act_as(session, actor)
    row = session.get_one(model, key)
    read_around(row)
    try:
        with colleagues_saving():
            write(session, row, actor)
    except StaleDataError as error:
        return str(error)
    finally:
        db.session.remove()
    return ""


def test_every_step_holds_what_it_writes_on(office: Any, furnished: dict[str, int]) -> None:
    """fault F13: a step wrote on a row that it had read before somebody else did, and was refused as “busy”.

    Each step is taken on up to two rows on which it can be taken.
    """
    wrong = []
    # A customer of whom every approval changes something.
    fresh = office.order("lin", [(office.product(), "1")], customer=office.customer("lin"))
    office.lin.fires("submit", fresh)
    for model, workflow in WORKFLOWS.items():
        for action, step in workflow.steps.items():
            ways = [(login, row.id) for login, row in islice(ways_to_take(model, action), 2)]
            db.session.remove()
            for login, key in ways:

                def take(session: Session, row: Any, actor: Any, action: str = action, step: Any = step) -> None:
                    entered = entered_in_dialog(type(row), action, row)
                    form = load(step.form, entered) if step.form else {}
                    WORKFLOWS[type(row)].fire(session, row, action, actor, form)

                if found := lost(model, key, login, take):
                    wrong.append(f"{model_name(model)} {key}.{action}: {found}")
    assert wrong == []


def test_money_that_comes_in_holds_what_it_is_booked_on(office: Any, furnished: dict[str, int]) -> None:
    """fault F13: the order and its instalments were read before the lock, and were out of date behind it."""
    order = db.session.get_one(SalesOrder, furnished["sales_order"])
    plan = office.plans(order)[-1].id
    db.session.remove()

    def pay(session: Session, row: Any, actor: Any) -> None:
        chosen = next(one for one in office.plans(row) if one.id == plan)
        method = item_named(session, "payment_method", "银行转账")
        values = {"customer": row.customer, "sales_order": row, "plan": chosen, "amount": D("5")}
        ENTRIES[Payment].create(session, {**values, "method": method, "received_on": SIGNED}, actor)

    assert lost(SalesOrder, order.id, "finance", pay) == ""


def test_what_is_held_is_read_anew_with_its_lines(office: Any, furnished: dict[str, int]) -> None:
    """fault F13: lines have no version of their own, so that one read before the lock would be written over."""
    session = db.session()
    order = session.get_one(SalesOrder, furnished["sales_order"])
    read_around(order)
    with db.engine.begin() as others:
        table = type(order.lines[0]).__table__
        others.execute(sa.update(table).where(table.c.order_id == order.id).values(remark="别人写的"))
    hold(session, order)
    assert [line.remark for line in order.lines] == ["别人写的"]
    session.rollback()


def test_approvals_and_payments_of_one_customer_are_never_busy(
    app: Flask, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F13: 7 of 32 approvals and 6 of 42 payments were refused, although each was of an order of its own."""
    db.engine.pool._max_overflow = PEOPLE  # type: ignore[attr-defined]
    products, customer = office.stocked("1000", "1000", price="20"), office.customer("lin")
    orders = []
    for n in range(PEOPLE):
        order = office.order("lin", [(product, "1") for product in products[:: 1 if n % 2 else -1]], customer=customer)
        office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
        office.lin.fires("submit", order)
        orders.append(order.id)
    db.session.rollback()
    races: list[BaseException] = []
    is_lost_race = unit_of_work.is_lost_race
    monkeypatch.setattr(unit_of_work, "is_lost_race", lambda error: races.append(error) or is_lost_race(error))

    def approve(key: int, own: Office) -> None:
        order = db.session.get_one(SalesOrder, key)
        read_around(order)
        own.director.fires("approve", order)

    def pay(key: int, own: Office) -> None:
        order = db.session.get_one(SalesOrder, key)
        read_around(order)
        own.finance.pays(order, "25", plan=own.plans(order)[1])

    for act in (approve, pay):
        assert outcomes(app, [partial(act, key) for key in orders]) == {"done": PEOPLE}
        assert races == []
    assert office.mismatches() == []
