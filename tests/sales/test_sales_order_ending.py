"""结束订单: ending an order by hand is asked about first, with what is still open. Manual 8.10."""

from __future__ import annotations

import re
from decimal import Decimal as D
from typing import Any

from app.core.db.base import db
from app.models.document import ApprovalState
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.security.dictionaries import item_named
from tests.plugins.trips import tripped
from tests.support.office import Api, refused


def test_who_ends_an_order_is_told_what_is_still_open(at: Any, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "75", "60.20")])
    key, unit = order.id, order.lines[0].product.unit.label
    lin = at("lin")
    page = lin.open(f"/salesorder/show/{key}").text
    dialog = page.split('<dialog id="d-finish"')[1].split("</dialog>")[0]
    assert f"未发 75 {unit}" in dialog
    assert "应收 ¥4,515.00" in dialog
    sent = lin.press(f"/salesorder/show/{key}", f"/salesorder/action/{key}/finish", reason="客户不要了")
    assert sent.status == 303
    assert db.session.get_one(SalesOrder, key).status is OrderStatus.ended
    assert "客户不要了" in lin.open(f"/salesorder/show/{key}").text


def test_several_units_are_counted_as_lines(at: Any, office: Any) -> None:
    """Pieces and metres add up to nothing."""
    one, other = office.product(), office.product(unit=item_named(db.session(), "unit", "套"))
    key = office.approved("lin", [(one, "1"), (other, "1")]).id
    page = at("lin").open(f"/salesorder/show/{key}").text
    assert "未发 2 行" in page.split('<dialog id="d-finish"')[1].split("</dialog>")[0]


def test_what_should_be_known_first_is_no_step_for_many_rows_at_once(at: Any, office: Any) -> None:
    office.approved("lin", [(office.product(), "1")])
    assert "bulk/finish" not in at("lin").open("/salesorder/list/").text


def test_a_caller_ends_an_order_without_a_word(app: Any, office: Any) -> None:
    """design.md §7: nothing is asked of a caller; what is open it can read for itself."""
    first = office.approved("lin", [(office.product(), "1")]).id
    second = office.approved("lin", [(office.product(), "1")]).id
    db.session.remove()
    lin = Api(app, "lin")
    assert lin.call("POST", f"sales_order/{first}/finish")[0] == 200
    assert lin.post(f"sales_order/{second}/finish", {"reason": "协商"})[0] == 200


def test_what_was_ended_by_hand_offers_no_goods_first(at: Any, office: Any) -> None:
    """fault A1: it was closed short, so no more goods are requested until it is reopened."""
    key = office.approved("lin", [(office.stocked("5")[0], "2")]).id
    blue = re.compile(r'class="btn btn-primary" type="button" data-dialog="d-issue"')
    assert blue.search(at("lin").open(f"/salesorder/show/{key}").text)
    office.lin.fires("finish", db.session.get_one(SalesOrder, key))
    page = at("lin").open(f"/salesorder/show/{key}").text
    assert 'data-dialog="d-issue"' not in page
    assert "/reopen" in page
    assert not blue.search(page)


# What an ended order settles on


def _ship(office: Any, order: SalesOrder, quantity: str) -> None:
    issue = office.lin.fires("issue", order, lines=[{"id": order.lines[0].id, "quantity": quantity}])
    office.keeper.fires("confirm", issue)
    office.keeper.fires("ship", issue)


def _plan_figures(office: Any, order: SalesOrder) -> list[tuple[D, D, str]]:
    return [(plan.amount, plan.settled, plan.status.value) for plan in office.plans(order)]


def test_a_stopped_order_settles_on_what_was_delivered(office: Any) -> None:
    """fault A1: §8.10, 8.14: order 10 × 10.00, 4 shipped, unpaid, stopped: 40.00 are owed, and are taken."""
    (product,) = office.stocked("10", price="10")
    order = office.approved("lin", [(product, "10")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    _ship(office, order, "4")
    with tripped(SalesOrder, "is_superior_once_delivered"):
        office.lin.fires("stop", order, reason="客户取消")
    office.director.fires("stop", order, reason="客户取消")
    assert (order.contract_value, order.receivable, office.reserved(product)) == (D(40), D(40), D(0))
    assert _plan_figures(office, order) == [(D(40), D(0), "open"), (D(0), D(0), "dropped")]
    with refused("overpaid"):
        office.finance.pays(order, "40.01")
    office.finance.pays(order, "40")
    assert (order.receivable, order.status) == (D(0), OrderStatus.stopped)
    assert office.mismatches() == []
    office.director.fires("reopen", order)
    assert (order.contract_value, order.receivable, office.reserved(product)) == (D(100), D(60), D(6))
    assert _plan_figures(office, order) == [(D(50), D(40), "partly"), (D(50), D(0), "open")]
    assert office.mismatches() == []


def test_an_order_is_closed_short(office: Any) -> None:
    """fault A1: §8.10: 结束 with 4 of 10 shipped cuts it to 40.00 and frees the rest; paid, it has ended."""
    (product,) = office.stocked("10", price="10")
    order = office.approved("lin", [(product, "10")])
    _ship(office, order, "4")
    office.director.fires("finish", order)
    assert (order.contract_value, order.receivable, office.reserved(product)) == (D(40), D(40), D(0))
    with tripped(SalesOrder, "is_not_closed_short"):
        office.lin.fires("issue", order)
    with tripped(SalesOrder, "is_not_closed_short"):
        office.director.fires("revoke", order)
    office.finance.pays(order, "10")
    assert (order.status, order.is_closed_short) == (OrderStatus.executing, True)
    office.finance.pays(order, "30")
    assert (order.status, order.receivable, order.state) == (OrderStatus.ended, D(0), ApprovalState.approved)
    assert office.mismatches() == []
    office.director.fires("reopen", order)
    assert (order.receivable, office.reserved(product), order.is_closed_short) == (D(60), D(6), False)
    _ship(office, order, "6")
    office.finance.pays(order, "60")
    assert order.status is OrderStatus.ended
    assert office.mismatches() == []


def test_goods_that_wait_for_shipping_keep_an_order_from_ending(office: Any) -> None:
    """fault A1: §8.10: what has left the shelf is shipped or put back first."""
    (product,) = office.stocked("10", price="10")
    order = office.approved("lin", [(product, "10")])
    office.issued(order)
    for action in ("finish", "stop"):
        with tripped(SalesOrder, "nothing_waits"):
            office.lin.fires(action, order, reason="客户取消")
