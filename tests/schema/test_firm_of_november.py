"""A firm that the release of 28 November 2026 made is upgraded: everything verifies, every change is explained.

`firm_of_november.jsonl.gz` holds its rows, a line each: orders stopped before and after goods had left, one ended by
hand, instalments that kept the money of a voided payment, prepayments, and what is usual.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections import defaultdict
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from flask_migrate import upgrade

from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.ledger.verify import mismatches
from app.models.money.payment import CustomerBalance, PaymentPlan, ReceivableKind, ReceivableLedgerEntry
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.security.seed import seed
from tests.schema.test_upgrade import _count_on, _tables, _unwatched

pytestmark = pytest.mark.committed

ROWS = Path(__file__).parent / "firm_of_november.jsonl.gz"


def _firm() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in gzip.decompress(ROWS.read_bytes()).decode().splitlines():
        table, row = json.loads(line)
        found[table].append(row)
    return found


def _value(column: sa.Column[Any], value: Any) -> Any:
    kind = column.type
    if isinstance(kind, sa.DateTime) and value is not None:
        moment = dt.datetime.fromisoformat(value)
        return moment.replace(tzinfo=dt.UTC) if kind.timezone else moment
    if isinstance(kind, sa.Date) and value is not None:
        return dt.date.fromisoformat(value)
    if isinstance(kind, sa.Boolean) and value is not None:
        return bool(value)
    return value


def _build(databases: Any) -> dict[int, int]:
    """The firm as it was; customer → receivable in fen."""
    rows = _firm()
    databases.empty()
    upgrade(revision=rows.pop("alembic_version")[0]["version_num"])
    tables = _tables().sorted_tables
    with _unwatched() as connection:
        for table in tables:
            for row in rows.get(table.name, []):
                values = {name: _value(table.columns[name], value) for name, value in row.items()}
                connection.execute(table.insert().values(values))
            _count_on(connection, table)
    return {row["customer_id"]: row["receivable"] for row in rows["customer_balance"]}


@pytest.fixture
def before(app: Flask, databases: Any) -> Any:
    """Receivable of every customer before the upgrade, in fen; the upgrade is done."""
    with app.app_context(), force_locale("zh"):
        db.session.remove()
        db.engine.dispose()
        found = _build(databases)
        upgrade()
        in_unit_of_work(db.session(), lambda: seed(db.session()))
        yield found
        db.session.remove()
        db.engine.dispose()


def test_everything_of_it_verifies(before: dict[int, int]) -> None:
    """fault A1, A2, A5: figures, ledgers, allocations and digests, after the upgrade."""
    assert list(mismatches(db.session())) == []


def test_every_receivable_that_changed_is_explained(before: dict[int, int]) -> None:
    """fault A1: a correction says by how much and for which order; nothing else has changed."""
    entry = ReceivableLedgerEntry
    query = sa.select(entry).where(entry.kind == ReceivableKind.correction)
    explained: dict[int, D] = defaultdict(D)
    for row in db.session.scalars(query):
        explained[row.customer_id] += row.receivable_change
        assert row.sales_order is not None
    now = {row.customer_id: row.receivable for row in db.session.scalars(sa.select(CustomerBalance))}
    assert now.keys() == before.keys()
    assert {key: value - D(before[key]) / 100 for key, value in now.items()} == {key: explained[key] for key in now}
    assert sorted(value for value in explained.values() if value) == [D(-70), D(35), D(40)]


def test_stopped_orders_settle_on_what_was_delivered(before: dict[int, int]) -> None:
    """fault A1: 4 of 10 delivered; 70 paid for nothing; 6 of 10 delivered with 25 paid."""
    query = sa.select(SalesOrder).where(SalesOrder.status == OrderStatus.stopped).order_by(SalesOrder.id)
    figures = [(o.contract_value, o.received, o.receivable) for o in db.session.scalars(query)]
    assert figures == [(D(40), D(0), D(40)), (D(0), D(70), D(-70)), (D(60), D(25), D(35))]


def test_instalments_are_settled_anew(before: dict[int, int]) -> None:
    """fault A5: the oldest instalment has the money that a voided payment had left with a later one."""
    of_four = sa.select(PaymentPlan.sales_order_id).group_by(PaymentPlan.sales_order_id).having(sa.func.count() == 4)
    query = sa.select(PaymentPlan.settled).where(PaymentPlan.sales_order_id.in_(of_four)).order_by(PaymentPlan.serial)
    assert list(db.session.scalars(query)) == [D(20), D(0), D(0), D(10)]


def test_entries_have_the_day_of_their_document(before: dict[int, int]) -> None:
    """fault A2: money of 15 October counts in October, whenever it was typed."""
    entry = ReceivableLedgerEntry
    query = sa.select(entry.on).where(entry.kind == ReceivableKind.payment, entry.received_change == D(500))
    assert list(db.session.scalars(query)) == [dt.date(2026, 10, 15)]
