"""采购 Purchase orders: written, approved, received in parts, for a sales order. Manual 10.9, 12.1–12.4."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest

from app.core.clock import today
from app.models.document import ApprovalState
from app.models.purchase.purchase_order import PurchaseOrder, ReceiptStatus
from app.models.purchase.supplier import Supplier
from tests.plugins.trips import tripped
from tests.support.office import refused

D = Decimal
ORDERED = dt.date(2026, 11, 2)


@pytest.fixture
def supplier(office: Any) -> Any:
    return office.purchaser.creates(Supplier, name="永康五金厂")


def purchase(office: Any, supplier: Any, lines: list[tuple[Any, str, str]], **values: Any) -> Any:
    """A draft of the purchaser: (product, quantity, price)."""
    given = [{"product": product, "quantity": D(q), "unit_price": D(price)} for product, q, price in lines]
    values = {"subject": "备货", "ordered_on": ORDERED, "expected_on": ORDERED + dt.timedelta(days=7)} | values
    return office.purchaser.creates(PurchaseOrder, supplier=supplier, lines=given, **values)


def approved(office: Any, supplier: Any, lines: list[tuple[Any, str, str]], **values: Any) -> Any:
    order = purchase(office, supplier, lines, **values)
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    return order


def test_a_purchase_goes_from_draft_to_goods_on_the_shelf(office: Any, supplier: Any) -> None:
    """Manual 12.1, 12.4: 采购单 → 审批 → 入库单 → 库管确认."""
    pump = office.product()
    order = purchase(office, supplier, [(pump, "10", "6.5")])
    assert order.number.startswith("CG")
    assert (order.total, order.receipt_status) == (D("65.00"), ReceiptStatus.none)
    office.purchaser.fires("submit", order)
    with refused("not_allowed"):
        office.purchaser.fires("approve", order)
    with refused("wrong_state"):
        office.purchaser.fires("receive", order)
    office.boss.fires("approve", order)
    receipt = office.purchaser.fires("receive", order)
    assert (receipt.number[:2], order.receipt_status) == ("RK", ReceiptStatus.made)
    assert receipt.lines[0].unit_cost == D("6.5")
    with refused("not_allowed"):
        office.purchaser.fires("confirm", receipt)
    office.keeper.fires("confirm", receipt)
    assert (office.on_hand(pump), order.receipt_status) == (D(10), ReceiptStatus.all)
    assert order.lines[0].received == D(10)
    assert office.history(receipt) == ["create", "confirm"]
    assert office.mismatches() == []


def test_a_purchase_comes_in_with_several_receipts(office: Any, supplier: Any) -> None:
    """Manual 11.4, 12.2: what is left can be received again, until all is in."""
    pump, saw = office.product(), office.product()
    order = approved(office, supplier, [(pump, "10", "6"), (saw, "4", "8")])
    first = office.purchaser.fires("receive", order, lines=[{"id": order.lines[0].id, "quantity": "6"}])
    assert [line.quantity for line in first.lines] == [D(6)]
    second = office.purchaser.fires("receive", order)
    assert [line.quantity for line in second.lines] == [D(4), D(4)]
    with tripped(PurchaseOrder, "something_left"):
        office.purchaser.fires("receive", order)
    office.keeper.fires("confirm", first)
    assert order.receipt_status is ReceiptStatus.partly
    office.keeper.fires("confirm", second)
    assert order.receipt_status is ReceiptStatus.all
    assert (office.on_hand(pump), office.on_hand(saw)) == (D(10), D(4))
    assert office.mismatches() == []


def test_the_keeper_takes_what_really_came(office: Any, supplier: Any) -> None:
    """Manual 11.3: fewer or more than the receipt says, never more than the purchase lacks."""
    pump = office.product()
    order = approved(office, supplier, [(pump, "10", "6")])
    receipt = office.purchaser.fires("receive", order, lines=[{"id": order.lines[0].id, "quantity": "4"}])
    line = receipt.lines[0].id
    with refused("too_much"):
        office.keeper.fires("confirm", receipt, lines=[{"id": line, "quantity": "11"}])
    office.keeper.fires("confirm", receipt, lines=[{"id": line, "quantity": "7"}])
    assert (office.on_hand(pump), order.lines[0].received) == (D(7), D(7))
    rest = office.purchaser.fires("receive", order)
    assert [one.quantity for one in rest.lines] == [D(3)]
    with refused("too_much"):
        office.keeper.fires("confirm", rest, lines=[{"id": rest.lines[0].id, "quantity": "4"}])
    assert office.mismatches() == []


def test_a_receipt_that_is_not_wanted_is_cancelled(office: Any, supplier: Any) -> None:
    """Manual 12.2: by the keeper, while nothing came in; the purchase can be received anew."""
    order = approved(office, supplier, [(office.product(), "10", "6")])
    receipt = office.purchaser.fires("receive", order)
    office.keeper.fires("cancel", receipt)
    assert (receipt.state, order.receipt_status) == ("cancelled", ReceiptStatus.none)
    office.keeper.fires("confirm", office.purchaser.fires("receive", order))
    assert office.mismatches() == []


def test_revoking_withdraws_receipts_that_wait_and_is_refused_once_goods_came(office: Any, supplier: Any) -> None:
    """Manual 12.4: an approval is revoked by who gave it, before anything came in."""
    order = approved(office, supplier, [(office.product(), "10", "6")])
    receipt = office.purchaser.fires("receive", order)
    office.boss.fires("revoke", order)
    assert (order.state, receipt.state) == (ApprovalState.draft, "cancelled")
    assert office.history(receipt) == ["create", "withdraw"]
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    office.keeper.fires("confirm", office.purchaser.fires("receive", order))
    with tripped(PurchaseOrder, "nothing_done") as caught:
        office.boss.fires("revoke", order)
    assert caught.value.code == "received"


def test_a_purchase_takes_over_the_products_of_its_sales_order(office: Any, supplier: Any) -> None:
    """Manual 12.3: products only; quantity and price are typed, and a line without quantity is not submitted."""
    pump, saw = office.product(), office.product()
    sold = office.order("lin", [(pump, "3"), (saw, "2"), (pump, "1")])
    order = purchase(office, supplier, [(pump, "5", "6")], sales_order=sold)
    assert order.customer is sold.customer
    office.purchaser.fires("take_order_lines", order)
    assert [(line.product, line.quantity, line.unit_price) for line in order.lines] == [
        (pump, D(5), D(6)), (saw, D(0), D(0)),
    ]  # fmt: skip
    with tripped(PurchaseOrder, "lines_are_complete") as caught:
        office.purchaser.fires("submit", order)
    assert caught.value.code == "incomplete_line"
    lines = [{"id": order.lines[1].id, "quantity": D(2)}, {"id": order.lines[0].id}]
    office.purchaser.changes(order, lines=lines)
    office.purchaser.fires("submit", order)  # a price of 0 is free goods
    plain = purchase(office, supplier, [(pump, "1", "6")])
    with tripped(PurchaseOrder, "has_sales_order"):
        office.purchaser.fires("take_order_lines", plain)


def test_a_purchase_may_begin_without_lines_and_a_form_opened_before_them_is_stale(office: Any, supplier: Any) -> None:
    """Manual 12.3: the products come from the order. Taking them over is a change of the purchase."""
    sold = office.order("lin", [(office.product(), "3")])
    order = purchase(office, supplier, [], sales_order=sold)
    with tripped(PurchaseOrder, "has_lines"):
        office.purchaser.fires("submit", order)
    opened = order.version
    office.purchaser.fires("take_order_lines", order)
    assert len(order.lines) == 1
    assert order.version != opened
    with refused("stale"):
        office.purchaser.changes(order, opened, lines=[])


def test_a_purchase_for_an_order_is_for_its_customer(office: Any, supplier: Any) -> None:
    """Manual 12.3."""
    pump = office.product()
    sold = office.order("lin", [(pump, "3")])
    with refused("invalid"):
        purchase(office, supplier, [(pump, "1", "1")], sales_order=sold, customer=office.customer("zhou"))


def test_discontinued_products_are_bought_but_not_sold(office: Any, supplier: Any) -> None:
    """Manual 10.9: 停售的产品在编辑采购明细时可以看到."""
    pump = office.product()
    office.product_manager.changes(pump, discontinued=True)
    with refused("discontinued"):
        office.order("lin", [(pump, "1")])
    assert purchase(office, supplier, [(pump, "1", "6")]).lines[0].product is pump


def test_a_supplier_no_longer_used_gets_no_new_purchase(office: Any, supplier: Any) -> None:
    """Manual 12.1: its documents stay as they are."""
    order = purchase(office, supplier, [(office.product(), "1", "6")])
    office.purchaser.changes(supplier, discontinued=True)
    office.purchaser.changes(order, subject="改过的")
    with refused("invalid"):
        purchase(office, supplier, [(office.product(), "1", "6")])


def test_goods_cannot_arrive_before_they_are_ordered(office: Any, supplier: Any) -> None:
    """Manual 12.1."""
    with refused("expected_before_ordering"):
        purchase(office, supplier, [(office.product(), "1", "6")], expected_on=ORDERED - dt.timedelta(days=1))


def test_the_ready_made_views_of_purchases_hold_what_they_say(office: Any, supplier: Any, at: Any) -> None:
    """Manual 12.1, 12.4: 待审批, 待入库, 逾期, and one's own."""
    pump, now = office.product(), today()
    days = {"ordered_on": now - dt.timedelta(days=9)}
    late = approved(office, supplier, [(pump, "1", "1")], expected_on=now - dt.timedelta(days=1), **days)
    due = approved(office, supplier, [(pump, "1", "1")], expected_on=now, **days)
    whole = approved(office, supplier, [(pump, "1", "1")], expected_on=now - dt.timedelta(days=1), **days)
    office.keeper.fires("confirm", office.purchaser.fires("receive", whole))
    pending = purchase(office, supplier, [(pump, "1", "1")], expected_on=now - dt.timedelta(days=1), **days)
    office.purchaser.fires("submit", pending)
    rows = {"late": {late}, "to_receive": {late, due}, "pending": {pending}, "mine": {late, due, whole, pending}}
    told = {name: {row.number for row in found} for name, found in rows.items()}
    assert {name: _numbers(at("purchaser"), name) for name in told} == told
    assert _numbers(at("finance"), "mine") == set()
    assert _numbers(at("boss"), "waiting") == {pending.number}


def _numbers(browser: Any, view: str) -> set[str]:
    return set(re.findall(r"CG\d+", browser.open(f"/purchaseorder/list/?view={view}").text.partition("<main")[2]))
