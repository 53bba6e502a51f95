"""Several people at once, on PostgreSQL: nothing is lost, doubled or negative."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.db.base import db
from app.core.errors import AppError
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue
from tests.support.office import Office

pytestmark = [pytest.mark.postgresql, pytest.mark.committed]


def _all_at_once(app: Flask, works: list[Callable[[Office], Any]]) -> list[str]:
    """Run each work in a thread with a session of its own; the outcome of each: "done" or the code of the refusal."""
    outcomes: list[str] = ["lost"] * len(works)
    gate = threading.Barrier(len(works))

    def run(n: int) -> None:
        with app.app_context(), force_locale("zh"):
            office = Office()
            try:
                gate.wait(10)
                works[n](office)
                outcomes[n] = "done"
            except AppError as error:
                outcomes[n] = error.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_an_order_is_approved_once_however_many_press_the_button(app: Flask, office: Office) -> None:
    """§8.7: one approval, one reservation, one entry; the others are told that it has moved on."""
    (product,) = office.stocked("10")
    order = office.order("lin", [(product, "4")])
    office.lin.fires("submit", order)
    key = order.id
    db.session.rollback()

    def approve(own: Office) -> None:
        own.director.fires("approve", db.session.get(SalesOrder, key))

    outcomes = _all_at_once(app, [approve] * 6)
    assert sorted(outcomes) == ["done"] + ["wrong_state"] * 5
    assert (office.reserved(product), office.mismatches()) == (D(4), [])


def test_the_last_pieces_are_issued_once(app: Flask, office: Office) -> None:
    """§11.2b: ten issues of 3 pieces race for 10 on hand: three win, none goes below zero."""
    (product,) = office.stocked("10")
    keys = []
    for _n in range(10):
        order = office.approved("lin", [(product, "3")])
        keys.append(office.lin.fires("issue", order).id)
    db.session.rollback()

    def confirm(key: int) -> Callable[[Office], None]:
        return lambda own: own.keeper.fires("confirm", db.session.get(GoodsIssue, key), take_promised=True)

    outcomes = _all_at_once(app, [confirm(key) for key in keys])
    assert sorted(outcomes) == ["done"] * 3 + ["stock.short"] * 7
    assert (office.on_hand(product), office.mismatches()) == (D(1), [])


def test_money_that_covers_an_order_is_booked_once(app: Flask, office: Office) -> None:
    """§8.14: five payments of the whole amount race; one is booked, four would overpay."""
    (product,) = office.stocked("10", price="25")
    order = office.approved("lin", [(product, "4")])
    key = order.id
    db.session.rollback()

    def pay(own: Office) -> None:
        own.finance.pays(db.session.get(SalesOrder, key), "100")

    outcomes = _all_at_once(app, [pay] * 5)
    assert sorted(outcomes) == ["done"] + ["overpaid"] * 4
    assert office.mismatches() == []


def test_numbers_are_unique_among_writers(app: Flask, office: Office) -> None:
    """§8.4: customers entered at once get different numbers."""
    names = [f"并发客户{n}" for n in range(8)]

    def enter(name: str) -> Callable[[Office], None]:
        return lambda own: own.customer("lin", name)

    assert _all_at_once(app, [enter(name) for name in names]) == ["done"] * 8
    assert office.mismatches() == []


def test_documents_that_share_products_in_opposite_order_do_not_deadlock(app: Flask, office: Office) -> None:
    """§11.2b: balances are locked in key order."""
    products = office.stocked("1000", "1000", "1000", "1000")
    keys = []
    for n in range(8):
        lines = [(product, "1") for product in (products if n % 2 else reversed(products))]
        order = office.approved("lin", lines)
        keys.append(office.lin.fires("issue", order).id)
    db.session.rollback()

    def confirm(key: int) -> Callable[[Office], None]:
        return lambda own: own.keeper.fires("confirm", db.session.get(GoodsIssue, key))

    assert _all_at_once(app, [confirm(key) for key in keys]) == ["done"] * 8
    assert office.mismatches() == []
