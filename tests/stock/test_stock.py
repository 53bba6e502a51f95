"""Opening stock, who may move stock, and the ledger that explains every figure."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.errors import AppError
from app.models.stock.stock import StockInit, StockLedgerEntry
from app.security.policy import visible
from app.workflows.stock.stock import post_opening_stock
from tests.support.office import refused


def _opening(office: Any, login: str, quantities: dict[Any, str], code: str = "MAIN") -> StockInit:
    place = office.warehouse(code)
    wanted = {product.id: D(quantity) for product, quantity in quantities.items()}
    document: StockInit = office.person(login).does(
        lambda session, actor: post_opening_stock(session, place, wanted, actor)
    )
    return document


@pytest.mark.parametrize("login", ["admin", "boss", "lin", "product", "purchaser", "finance"])
def test_only_the_keeper_sets_opening_stock(office: Any, login: str) -> None:
    """§11.1, §11.2: 库管 of that warehouse."""
    product = office.product()
    with refused("not_allowed"):
        _opening(office, login, {product: "5"})


def test_opening_stock_is_set_again_until_the_warehouse_is_in_use(office: Any) -> None:
    """§11.2: a second opening replaces the first; after the first other movement it is refused."""
    product = office.product()
    first = _opening(office, "keeper", {product: "5"})
    second = _opening(office, "keeper", {product: "8"})
    assert (office.on_hand(product), first.state.value) == (D(8), "reversed")
    office.approved("lin", [(product, "1")])
    with refused("warehouse_in_use"):
        _opening(office, "keeper", {product: "9"})
    with refused("warehouse_in_use"):
        office.keeper.fires("reverse", second)
    _opening(office, "keeper", {product: "3"}, "SHOP")
    assert office.on_hand(product, "SHOP") == D(3)


def test_a_reversed_opening_leaves_nothing_behind(office: Any) -> None:
    """§11.2, §11.10: the ledger keeps both the entry and its opposite."""
    product = office.product()
    document = _opening(office, "keeper", {product: "5"})
    with refused("not_allowed"):
        office.boss.fires("reverse", document)
    office.keeper.fires("reverse", document)
    entries = db.session.scalars(sa.select(StockLedgerEntry).order_by(StockLedgerEntry.serial)).all()
    assert [(entry.kind.value, entry.on_hand_change, entry.on_hand_after) for entry in entries] == [
        ("opening", D(5), D(5)),
        ("opening_reversed", D(-5), D(0)),
    ]
    assert office.mismatches() == []


@pytest.mark.sql
def test_every_movement_stands_in_the_ledger_with_its_document(office: Any) -> None:
    """§11.10: opening, reservation, issue; each entry names its document and the balance after."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    issue = office.issued(order)
    entries = db.session.scalars(sa.select(StockLedgerEntry).order_by(StockLedgerEntry.serial)).all()
    told = [(e.kind.value, e.on_hand_after, e.reserved_after, e.document_number) for e in entries]
    assert told[1:] == [("reserve", D(10), D(4), order.number), ("issue", D(6), D(0), issue.number)]


def test_products_without_stock_count_are_issued_without_movement(office: Any) -> None:
    """§11.5: what is not counted is neither reserved nor taken."""
    product = office.product(counts_stock=False)
    order = office.approved("lin", [(product, "4")])
    office.shipped(order)
    assert db.session.scalars(sa.select(StockLedgerEntry)).first() is None
    assert order.shipping_status.value == "all"


def test_stock_lists_are_for_those_who_keep_or_steer(office: Any) -> None:
    """§11.7: boss, purchaser, finance, director see all; a keeper their warehouses; others the product column."""
    office.stocked("10")
    seen = {}
    for login in ("boss", "purchaser", "finance", "director", "keeper", "lin", "admin"):
        query = visible(sa.select(StockLedgerEntry), StockLedgerEntry, office.person(login).actor)
        seen[login] = len(db.session.scalars(query).all())
    assert seen == {"boss": 1, "purchaser": 1, "finance": 1, "director": 1, "keeper": 1, "lin": 0, "admin": 0}


@pytest.mark.sql
def test_the_ledger_can_neither_be_changed_nor_deleted(office: Any) -> None:
    """§11.10: by the session, by a statement, by raw SQL: refused each time."""
    office.stocked("10")

    def change(session: Any, _actor: Any) -> None:
        session.scalars(sa.select(StockLedgerEntry)).one().on_hand_change = D(1)
        session.flush()

    def remove(session: Any, _actor: Any) -> None:
        session.delete(session.scalars(sa.select(StockLedgerEntry)).one())
        session.flush()

    def by_statement(session: Any, _actor: Any) -> None:
        session.execute(sa.delete(StockLedgerEntry))

    for work in (change, remove, by_statement):
        with refused("append_only"):
            office.boss.does(work)
    for statement in ("DELETE FROM stock_ledger_entry", "UPDATE stock_ledger_entry SET on_hand_change = 1"):
        with pytest.raises((sa.exc.IntegrityError, AppError)):
            office.boss.does(lambda session, _actor, text=statement: session.execute(sa.text(text)))
