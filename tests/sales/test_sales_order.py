"""One real order, from the first line to the money in the bank, told through the workflow tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest

from app.core.flow.workflow import StateAssigned
from app.models.customers.customer import Customer, LifeCycle
from app.models.document import ApprovalState
from app.models.money.payment import PlanStatus
from app.models.sales.sales_order import OrderStatus, SalesOrder, ShippingStatus
from app.models.stock.goods_issue import GoodsIssueState
from tests.support.office import refused

PLAN = {"instalments": 2, "first_on": "2026-12-01", "interval_days": 30}


@pytest.mark.sql
def test_an_order_of_two_batches_ends_by_itself_when_all_is_shipped_and_paid(office: Any) -> None:
    """§8.4, §8.7, §8.10, §8.11, §8.14, §11.2b, §11.5, §11.6, §11.10: order, issues, shipments, plan, money."""
    products = office.stocked(*["100"] * 10)
    order = office.order("lin", [(product, "4", "9.5") for product in products])
    seen = [order.shipping_status]

    office.lin.fires("submit", order)
    seen.append(order.shipping_status)
    office.director.fires("approve", order)
    assert [office.reserved(product) for product in products] == [D(4)] * 10
    office.lin.fires("plan", order, **PLAN)
    assert [plan.amount for plan in office.plans(order)] == [D("190.00"), D("190.00")]

    first = office.lin.fires("issue", order)
    office.keeper.fires("confirm", first, lines=[{"id": line.id, "quantity": "1"} for line in first.lines])
    seen.append(order.shipping_status)
    office.keeper.fires("ship", first, carrier="顺丰", tracking_number="SF1")
    seen.append(order.shipping_status)
    second = office.lin.fires("issue", order)
    office.keeper.fires("confirm", second)
    seen.append(order.shipping_status)
    office.keeper.fires("ship", second)
    seen.append(order.shipping_status)

    assert order.status is OrderStatus.executing
    office.finance.pays(order, "190")
    assert [plan.status for plan in office.plans(order)] == [PlanStatus.settled, PlanStatus.open]
    office.finance.pays(order, "190")

    assert order.status is OrderStatus.ended
    assert [status.value for status in seen] == ["none", "not_issued", "to_ship", "partly", "to_ship", "all"]
    assert [office.on_hand(product) for product in products] == [D(96)] * 10
    assert [office.reserved(product) for product in products] == [D(0)] * 10
    assert order.receivable == 0
    assert office.mismatches() == []


def test_nobody_approves_what_they_own_entered_or_submitted(office: Any) -> None:
    """§8.7: single approval, never one's own."""
    (product,) = office.stocked("5")
    order = office.order("director", [(product, "1")])
    office.director.fires("submit", order)
    with refused("own_order"):
        office.director.fires("approve", order)
    with refused("not_allowed"):
        office.lin.fires("approve", order)
    with refused("not_allowed"):
        office.manager.fires("approve", order)
    office.boss.fires("approve", order)
    assert order.state is ApprovalState.approved
    assert office.history(order) == ["create", "submit", "approve"]


def test_an_owner_with_nobody_above_is_approved_by_another_director(office: Any) -> None:
    """§8.7: the boss's own order is decided by a director."""
    (product,) = office.stocked("5")
    order = office.order("boss", [(product, "1")])
    office.boss.fires("submit", order)
    with refused("own_order"):
        office.boss.fires("approve", order)
    with refused("not_allowed"):
        office.manager.fires("approve", order)
    office.director.fires("approve", order)
    assert order.state is ApprovalState.approved


def test_a_superior_of_other_people_may_not_decide(office: Any) -> None:
    """§8.7: 周涛's manager does not stand above 许可, who reports to the director."""
    (product,) = office.stocked("5")
    order = office.order("xu", [(product, "1")])
    office.xu.fires("submit", order)
    with refused("not_allowed"):
        office.manager.fires("approve", order)


def test_before_approval_nothing_is_issued_shipped_or_paid(office: Any) -> None:
    """§8.7: no goods, no delivery, no money before 同意."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    for _state in ("draft", "pending"):
        with refused("wrong_state"):
            office.lin.fires("issue", order)
        with refused("order_not_approved"):
            office.finance.pays(order, "10")
        if order.state is ApprovalState.draft:
            office.lin.fires("submit", order)
    assert order.received == 0


def test_an_approved_order_cannot_change_by_entry_or_by_the_session(office: Any) -> None:
    """§8.7: after 同意 base data and lines are frozen; consignee and remark stay open."""
    (product,) = office.stocked("5")
    order = office.approved("lin", [(product, "1")])
    with refused("frozen") as caught:
        office.lin.changes(order, subject="改了")
    assert caught.value.field == "subject"
    with refused("frozen"):
        office.lin.changes(order, lines=[{"product": product, "quantity": D(2), "unit_price": D(1)}])

    def by_hand(session: Any, _actor: Any) -> None:
        session.get(SalesOrder, order.id).lines[0].quantity = D(9)
        session.flush()

    with refused("frozen"):
        office.lin.does(by_hand)

    def by_statement(session: Any, _actor: Any) -> None:
        session.query(SalesOrder).update({"total": D(1)})

    with refused("frozen"):
        office.lin.does(by_statement)
    office.lin.changes(order, consignee="李四", remark="周五前送到")
    assert (order.consignee, order.subject, order.lines[0].quantity) == ("李四", "补货", D(1))


def test_a_state_set_by_hand_is_a_fault_of_the_code(office: Any) -> None:
    """§8.7: only the table moves a document."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    with pytest.raises(StateAssigned):
        order.state = ApprovalState.approved


def test_a_rejected_order_is_editable_again_and_keeps_the_reason(office: Any) -> None:
    """§8.7: 否决 needs a reason; the owner mends and submits again."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    office.lin.fires("submit", order)
    with refused("invalid"):
        office.director.fires("reject", order, reason="")
    with refused("own_order"):
        office.director.fires("reject", _submitted(office, product), reason="不行")
    office.manager.fires("reject", order, reason="价格太低")
    assert order.rejection_reason == "价格太低"
    office.lin.changes(
        order, lines=[{"id": order.lines[0].id, "product": product, "quantity": D(2), "unit_price": D(10)}]
    )
    office.lin.fires("submit", order)
    office.manager.fires("approve", order)
    assert (order.total, order.state) == (D("20.00"), ApprovalState.approved)


def _values(office: Any, product: Any) -> dict[str, Any]:
    return {
        "customer": office.customer("director"), "subject": "补货", "signed_on": dt.date(2026, 11, 2),
        "latest_ship_on": dt.date(2026, 12, 2),
        "lines": [{"product": product, "quantity": D(1), "unit_price": D(10)}],
    }  # fmt: skip


def _submitted(office: Any, product: Any) -> SalesOrder:
    order = office.director.creates(SalesOrder, **_values(office, product))
    office.director.fires("submit", order)
    return order  # type: ignore[no-any-return]  # people's verbs are untyped


def test_a_pending_order_can_be_withdrawn_by_its_side_only(office: Any) -> None:
    """§8.7: withdraw while 待审."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    office.lin.fires("submit", order)
    with refused("not_allowed"):
        office.zhou.fires("withdraw", order)
    with refused("frozen"):
        office.lin.changes(order, subject="改了")
    office.lin.fires("withdraw", order)
    assert order.state is ApprovalState.draft


def test_an_approval_is_revoked_only_while_nothing_happened(office: Any) -> None:
    """§8.7: by approver or boss, before anything is issued or received; everything comes back."""
    products = office.stocked("5")
    order = office.approved("lin", [(products[0], "2")])
    with refused("not_allowed"):
        office.manager.fires("revoke", order)
    office.director.fires("revoke", order)
    assert (office.reserved(products[0]), order.receivable, order.state) == (D(0), D(0), ApprovalState.draft)
    assert order.customer.life_cycle is LifeCycle.potential
    office.lin.fires("submit", order)
    office.director.fires("approve", order)
    payment = office.finance.pays(order, "5")
    with refused("received"):
        office.boss.fires("revoke", order)
    office.finance.fires("void", payment, reason="记错")
    office.issued(order)
    with refused("issued"):
        office.boss.fires("revoke", order)
    assert office.mismatches() == []


def test_more_than_on_hand_is_not_issued_and_nothing_moves(office: Any) -> None:
    """§11.2b, §11.5: refused with product, place, on hand and wanted."""
    plenty, scarce = office.stocked("100", "3")
    order = office.approved("lin", [(plenty, "5"), (scarce, "4")])
    assert office.reserved(scarce) == D(4)
    issue = office.lin.fires("issue", order)
    with refused("stock.short"):
        office.keeper.fires("confirm", issue)
    assert (office.on_hand(plenty), office.on_hand(scarce)) == (D(100), D(3))
    lines = [{"id": line.id, "quantity": "3"} for line in issue.lines]
    office.keeper.fires("confirm", issue, lines=lines)
    assert (office.on_hand(plenty), office.on_hand(scarce), office.reserved(scarce)) == (D(97), D(0), D(1))


def test_two_lines_of_one_product_are_checked_together(office: Any) -> None:
    """§11.2b: the document checks the sum per product, not line by line."""
    (product,) = office.stocked("5")
    order = office.approved("lin", [(product, "3"), (product, "3")])
    issue = office.lin.fires("issue", order)
    with refused("stock.short"):
        office.keeper.fires("confirm", issue)
    assert office.on_hand(product) == D(5)


def test_an_order_paid_but_not_all_shipped_cannot_end(office: Any) -> None:
    """§8.10: 回款完成而发货未完成时不能改为结束; otherwise a hand may end it, until the next shipment."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    office.lin.fires("finish", order)
    assert order.status is OrderStatus.ended
    with refused("ended"):
        office.lin.fires("finish", order)
    office.lin.fires("reopen", order)
    with refused("executing"):
        office.lin.fires("reopen", order)
    office.finance.pays(order, "40")
    with refused("paid_not_shipped"):
        office.lin.fires("finish", order)
    office.shipped(order)
    assert order.status is OrderStatus.ended


def test_a_stopped_order_leaves_receivable_and_reservation_and_reopens_whole(office: Any) -> None:
    """fault A1: §8.10: 意外中止 settles on what was delivered; reopening brings everything back."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    office.lin.fires("plan", order, **PLAN)
    office.finance.pays(order, "15")
    office.lin.fires("issue", order)
    with refused("invalid"):
        office.lin.fires("stop", order)
    office.lin.fires("stop", order, reason="客户取消")
    assert (order.status, order.receivable, office.reserved(product)) == (OrderStatus.stopped, D(-15), D(0))
    assert office.mismatches() == []
    for action in ("finish", "plan", "issue"):
        with refused("stopped"):
            office.lin.fires(action, order, **(PLAN if action == "plan" else {}))
    with refused("overpaid"):
        office.finance.pays(order, "1")
    office.lin.fires("reopen", order)
    assert (order.receivable, office.reserved(product)) == (D("25.00"), D(4))
    office.issued(order)
    with refused("to_ship"):
        office.lin.fires("stop", order, reason="客户取消")
    assert office.mismatches() == []


def test_a_finished_order_has_nothing_to_stop(office: Any) -> None:
    """§8.10: all shipped and paid."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    office.shipped(order)
    office.finance.pays(order, "40")
    with refused("done"):
        office.lin.fires("stop", order, reason="晚了")


def test_goods_are_requested_only_with_a_consignee(office: Any) -> None:
    """§11.6: consignee, phone and address before an issue is requested; they reach the shipment."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")], consignee=None)
    with refused("no_consignee"):
        office.lin.fires("issue", order)
    office.lin.changes(order, consignee="赵六")
    shipment = office.shipped(order)
    assert shipment.consignee == "赵六"


def test_the_same_goods_are_not_requested_twice(office: Any) -> None:
    """§11.5: an issue covers ordered − confirmed − in draft issues; nothing left is refused."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    line = order.lines[0]
    with refused("too_much"):
        office.lin.fires("issue", order, lines=[{"id": line.id, "quantity": "5"}])
    with refused("invalid"):
        office.lin.fires("issue", order, lines=[{"id": line.id + 999, "quantity": "1"}])
    office.lin.fires("issue", order, lines=[{"id": line.id, "quantity": "3"}])
    rest = office.lin.fires("issue", order)
    assert [line.quantity for line in rest.lines] == [D(1)]
    with refused("nothing_left"):
        office.lin.fires("issue", order)


def test_an_issue_from_another_warehouse_moves_the_reservation(office: Any) -> None:
    """§11.5: the lines' reservation follows; a lowered rest and a cancelled issue return it."""
    (product,) = office.stocked("10")
    office.stock({product: "10"}, "SHOP")
    order = office.approved("lin", [(product, "6")])
    issue = office.lin.fires("issue", order, warehouse=office.warehouse("SHOP").id)
    assert (office.reserved(product), office.reserved(product, "SHOP")) == (D(0), D(6))
    office.keeper.fires("confirm", issue, lines=[{"id": issue.lines[0].id, "quantity": "2"}])
    assert (office.reserved(product), office.reserved(product, "SHOP")) == (D(4), D(0))
    assert office.on_hand(product, "SHOP") == D(8)
    other = office.lin.fires("issue", order, warehouse=office.warehouse("SHOP").id)
    office.keeper.fires("cancel", other)
    assert (office.reserved(product), office.reserved(product, "SHOP")) == (D(4), D(0))
    assert office.mismatches() == []


def test_confirmed_goods_go_back_to_the_shelf_while_unshipped(office: Any) -> None:
    """§11.5: cancelling a confirmed issue returns goods and reservation; after shipping it is refused."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    issue = office.issued(order)
    office.keeper.fires("cancel", issue)
    assert (office.on_hand(product), office.reserved(product)) == (D(10), D(4))
    assert (issue.state, order.shipping_status) == (GoodsIssueState.cancelled, ShippingStatus.not_issued)
    again = office.issued(order)
    office.keeper.fires("ship", again, lines=[{"id": again.lines[0].id, "quantity": "1"}])
    with refused("shipped"):
        office.keeper.fires("cancel", again)
    with refused("nothing_left"):
        office.keeper.fires("ship", again, lines=[{"id": again.lines[0].id, "quantity": "0"}])
    assert office.mismatches() == []


def test_only_the_keeper_of_the_warehouse_moves_goods(office: Any) -> None:
    """§11.1, §11.6: 库管 of that warehouse, nobody else; the receiver signs."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    issue = office.lin.fires("issue", order)
    for person in (office.lin, office.boss, office.admin, office.finance):
        with refused("not_allowed"):
            person.fires("confirm", issue)
    warehouse = office.warehouse()
    office.admin.changes(warehouse, keepers=[])
    with refused("not_allowed"):
        office.keeper.fires("confirm", issue)
    keeper = office.keeper.actor.user_id
    from app.core.db.base import db
    from app.models.system.user import AppUser

    office.admin.changes(warehouse, keepers=[db.session.get(AppUser, keeper)])
    office.keeper.fires("confirm", issue)
    shipment = office.keeper.fires("ship", issue)
    with refused("not_allowed"):
        office.zhou.fires("sign", shipment, signed_by="王明")
    office.lin.fires("sign", shipment, signed_by="王明")
    assert shipment.state.value == "signed"


def test_a_stopped_orders_issue_is_not_confirmed(office: Any) -> None:
    """§8.7: an issue of an order that is no longer approved and going is refused."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    issue = office.lin.fires("issue", order)
    office.director.fires("revoke", order)
    with refused("wrong_state"):
        office.keeper.fires("confirm", issue)


def test_signing_raises_the_customer_and_cools_it(office: Any) -> None:
    """§6.1: the first approved order signs, the second makes a repeat buyer, hot ends; revoking takes it back."""
    (product,) = office.stocked("10")
    customer: Customer = office.customer("lin")
    office.lin.fires("mark_hot", customer, reason="快签了")
    office.approved("lin", [(product, "1")], customer=customer)
    assert (customer.life_cycle, customer.is_hot, customer.class_.code) == (LifeCycle.signed, False, "regular")
    with refused("not_hot"):
        office.lin.fires("unmark_hot", customer)
    second = office.approved("lin", [(product, "1")], customer=customer)
    assert customer.life_cycle is LifeCycle.repeat
    office.director.fires("revoke", second)
    assert customer.life_cycle is LifeCycle.signed
