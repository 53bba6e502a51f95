"""Each guard of each workflow refuses for its own reason, and the document stays as it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from app.core.actor import Actor
from app.core.db.base import db, model_name
from app.core.db.unit_of_work import in_unit_of_work
from app.core.flow.workflow import WORKFLOWS
from app.core.record.audit import act_as
from app.core.record.schemas import load
from app.models.customers.customer import Customer
from app.models.money.payment import Payment
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockInit
from app.security.dictionaries import item_named
from app.security.settings import set_setting
from tests.plugins.trips import tripped
from tests.support.office import SIGNED

ANY_REASON = {"reason": "试试"}


def with_right(actor: Actor, action: str, model: type[Any]) -> Actor:
    """A person to whom the administrator gave one more right; which rows is still the guards' business."""
    return replace(actor, permissions=actor.permissions | {(f"can_{action}", model_name(model))})


def fire_as(actor: Actor, action: str, document: Any, **form: Any) -> None:
    session = db.session()
    workflow = WORKFLOWS[type(document)]

    def work() -> None:
        act_as(session, actor)
        asked = workflow.step(action).form
        workflow.fire(session, document, action, actor, load(asked, form) if asked else {})

    in_unit_of_work(session, work)


@pytest.mark.parametrize(("action", "form"), [("submit", {}), ("plan", {"instalments": 1, "first_on": "2026-12-01"})])
def test_a_colleague_takes_no_step_on_somebody_elses_order(office: Any, action: str, form: dict[str, Any]) -> None:
    """Manual 8.4: an order is its owner's, and of those above."""
    order = office.order("lin", [(office.product(), "1")])
    with tripped(SalesOrder, "is_its_side"):
        office.xu.fires(action, order, **form)
    assert order.state.value == "draft"


def test_an_order_without_lines_is_not_submitted(office: Any) -> None:
    """Manual 8.7: there must be something to approve. Only a fault could empty an order; it holds then too."""
    order = office.order("lin", [(office.product(), "1")])
    order.lines.clear()
    db.session.commit()
    with tripped(SalesOrder, "has_lines"):
        office.lin.fires("submit", order)


def test_a_plan_that_no_longer_adds_up_holds_the_order_back(office: Any) -> None:
    """Manual 8.14: the instalments sum to the total exactly."""
    product = office.product(price="10")
    order = office.order("lin", [(product, "4")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    [line] = order.lines
    office.lin.changes(order, lines=[{"id": line.id, "quantity": D("5")}])
    with tripped(SalesOrder, "plans_add_up"):
        office.lin.fires("submit", order)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.lin.fires("submit", order)


def test_nobody_approves_an_order_they_submitted_themselves(office: Any) -> None:
    """Manual 8.7: single approval, never one's own."""
    order = office.order("lin", [(office.product(), "1")])
    office.manager.fires("submit", order)
    with tripped(SalesOrder, "not_own"):
        office.manager.fires("approve", order)
    with tripped(SalesOrder, "not_own"):
        office.manager.fires("reject", order, **ANY_REASON)
    office.director.fires("approve", order)


def test_only_a_superior_of_the_owner_decides_on_an_order(office: Any) -> None:
    """Manual 8.7: whoever has the right, but stands beside the chain, does not decide."""
    order = office.order("xu", [(office.product(), "1")])
    office.xu.fires("submit", order)
    with tripped(SalesOrder, "is_its_approver"):
        office.manager.fires("approve", order)
    office.rule(role="boss")
    with tripped(SalesOrder, "is_its_approver"):
        office.director.fires("approve", order)
    office.boss.fires("approve", order)


def test_an_approval_is_revoked_only_by_who_gave_it_or_the_boss(office: Any) -> None:
    """Manual 8.7."""
    order = office.approved("lin", [(office.product(), "1")])
    with tripped(SalesOrder, "was_approver_or_boss"):
        office.manager.fires("revoke", order)
    office.boss.fires("revoke", order)
    assert order.approved_by_id is None


def test_an_approval_holds_once_goods_are_issued(office: Any) -> None:
    """Manual 8.7, 11.2b."""
    [product] = office.stocked("5")
    order = office.approved("lin", [(product, "2")])
    issue = office.issued(order)
    with tripped(SalesOrder, "nothing_done"):
        office.director.fires("revoke", order)
    office.keeper.fires("cancel", issue)
    office.director.fires("revoke", order)
    assert office.on_hand(product) == D(5)
    assert office.reserved(product) == D(0)


def test_an_approval_holds_once_money_came_in(office: Any) -> None:
    """Manual 8.7, 8.14."""
    order = office.approved("lin", [(office.product(price="10"), "2")])
    payment = office.finance.pays(order, "5")
    with tripped(SalesOrder, "nothing_received"):
        office.director.fires("revoke", order)
    office.finance.fires("void", payment, **ANY_REASON)
    office.director.fires("revoke", order)
    assert office.mismatches() == []


def test_goods_are_not_requested_before_it_is_known_to_whom_they_go(office: Any) -> None:
    """Manual 11.6: consignee and address first."""
    [product] = office.stocked("5")
    order = office.approved("lin", [(product, "1")], consignee_address=None)
    with tripped(SalesOrder, "consignee_known"):
        office.lin.fires("issue", order)
    office.lin.changes(order, consignee_address="北京市通州区二号库")
    assert office.lin.fires("issue", order).state.value == "draft"


def test_goods_are_not_requested_twice(office: Any) -> None:
    """Manual 11.2b: what waits on an issue is not asked for again."""
    [product] = office.stocked("5")
    order = office.approved("lin", [(product, "2")])
    office.lin.fires("issue", order)
    with tripped(SalesOrder, "something_left"):
        office.lin.fires("issue", order)


def test_a_paid_order_does_not_end_while_goods_are_missing(office: Any) -> None:
    """Manual 8.10."""
    order = office.approved("lin", [(office.product(price="10"), "2")])
    office.finance.pays(order, "20")
    with tripped(SalesOrder, "is_not_paid_unshipped"):
        office.lin.fires("finish", order)


def test_an_order_ends_only_once(office: Any) -> None:
    """Manual 8.10: by hand while money is missing; then it has ended."""
    order = office.approved("lin", [(office.product(), "1")])
    with tripped(SalesOrder, "is_not_executing"):
        office.lin.fires("reopen", order)
    office.lin.fires("finish", order)
    with tripped(SalesOrder, "is_not_ended"):
        office.lin.fires("finish", order)
    office.lin.fires("reopen", order)
    assert order.status is OrderStatus.executing


@pytest.mark.parametrize(
    ("action", "form"),
    [("plan", {"instalments": 1, "first_on": "2026-12-01"}), ("issue", {}), ("finish", {}), ("stop", ANY_REASON)],
)
def test_a_stopped_order_takes_no_step_but_reopening(office: Any, action: str, form: dict[str, Any]) -> None:
    """Manual 8.10: 意外中止 holds until it is taken back."""
    [product] = office.stocked("5")
    order = office.approved("lin", [(product, "1")])
    office.lin.fires("stop", order, **ANY_REASON)
    with tripped(SalesOrder, "is_not_stopped"):
        office.lin.fires(action, order, **form)
    office.lin.fires("reopen", order)
    assert office.mismatches() == []


def test_an_order_that_is_shipped_and_paid_cannot_be_stopped(office: Any) -> None:
    """Manual 8.10."""
    [product] = office.stocked("5", price="10")
    order = office.approved("lin", [(product, "1")])
    office.shipped(order)
    office.finance.pays(order, "10")
    with tripped(SalesOrder, "is_not_done"):
        office.lin.fires("stop", order, **ANY_REASON)


def test_an_order_is_not_stopped_while_issued_goods_wait(office: Any) -> None:
    """Manual 8.11: 需发货 comes first."""
    [product] = office.stocked("5")
    order = office.approved("lin", [(product, "1")])
    office.issued(order)
    with tripped(SalesOrder, "nothing_waits"):
        office.lin.fires("stop", order, **ANY_REASON)


@pytest.mark.parametrize(("action", "form"), [("confirm", {}), ("ship", {}), ("cancel", {})])
def test_only_keepers_of_a_warehouse_move_its_goods(office: Any, action: str, form: dict[str, Any]) -> None:
    """Manual 11.1: the right alone is not enough; it must be one's own warehouse."""
    [product] = office.stocked("5")
    order = office.approved("lin", [(product, "1")])
    issue = office.issued(order) if action == "ship" else office.lin.fires("issue", order)
    with tripped(GoodsIssue, "is_kept_by"):
        fire_as(with_right(office.finance.actor, action, GoodsIssue), action, issue, **form)


def test_goods_of_a_stopped_order_stay_on_the_shelf(office: Any) -> None:
    """Manual 8.7, 11.2b. Stopping cancels open issues, so only an order that moved on beside us comes here."""
    [product] = office.stocked("5")
    order = office.approved("lin", [(product, "1")])
    issue = office.lin.fires("issue", order)
    order.status = OrderStatus.stopped
    db.session.commit()
    with tripped(GoodsIssue, "its_order_goes_on"):
        office.keeper.fires("confirm", issue)
    assert office.on_hand(product) == D(5)


def test_an_issue_whose_goods_were_shipped_is_not_cancelled(office: Any) -> None:
    """Manual 11.5: in parts, the rest can still go, but nothing comes back."""
    [product] = office.stocked("5")
    issue = office.issued(office.approved("lin", [(product, "3")]))
    [line] = issue.lines
    office.keeper.fires("ship", issue, lines=[{"id": line.id, "quantity": "1"}])
    with tripped(GoodsIssue, "nothing_shipped_of_it"):
        office.keeper.fires("cancel", issue)


def test_only_the_parties_of_a_shipment_record_its_signature(office: Any) -> None:
    """Manual 11.6: the keeper or the order's side."""
    [product] = office.stocked("5")
    shipment = office.shipped(office.approved("lin", [(product, "1")]))
    with tripped(Shipment, "is_party_to_it"):
        office.xu.fires("sign", shipment, signed_by="王明")
    office.lin.fires("sign", shipment, signed_by="王明")
    assert shipment.signed_by == "王明"


def test_only_finance_touches_a_payment(office: Any) -> None:
    """Manual 8.14: money is recorded in one place, whoever got the right by mistake."""
    payment = office.finance.pays(office.approved("lin", [(office.product(price="10"), "1")]), "10")
    with tripped(Payment, "is_finance"):
        fire_as(with_right(office.lin.actor, "void", Payment), "void", payment, **ANY_REASON)


def test_a_payment_is_assigned_as_far_as_it_goes(office: Any) -> None:
    """Manual 8.14: a prepayment finds its order; nothing of it is left for another one."""
    customer = office.customer("lin")
    method = item_named(db.session(), "payment_method", "现金")
    payment = office.finance.creates(Payment, customer=customer, amount=D(10), method=method, received_on=SIGNED)
    order = office.approved("lin", [(office.product(price="10"), "1")], customer=customer)
    office.finance.fires("assign", payment, sales_order=order.id)
    assert (order.received, order.receivable) == (D(10), D(0))
    with tripped(Payment, "something_is_left"):
        office.finance.fires("assign", payment, sales_order=order.id)
    assert office.mismatches() == []


def test_opening_stock_is_reversed_by_the_keeper_alone(office: Any) -> None:
    """Manual 11.1, 11.2."""
    [product] = office.stocked("5")
    opening = db.session.query(StockInit).one()
    with tripped(StockInit, "is_kept_by"):
        fire_as(with_right(office.finance.actor, "reverse", StockInit), "reverse", opening)
    office.keeper.fires("reverse", opening)
    assert office.on_hand(product) == D(0)


def test_opening_stock_stays_once_goods_have_moved(office: Any) -> None:
    """Manual 11.2: only before the first movement."""
    [product] = office.stocked("5")
    opening = db.session.query(StockInit).one()
    office.approved("lin", [(product, "1")])
    with tripped(StockInit, "nothing_else_moved"):
        office.keeper.fires("reverse", opening)


def test_only_the_owners_side_shares_and_marks_a_customer(office: Any) -> None:
    """Manual 6.5, 6.7: sharing gives reading, and is the owner's to give."""
    customer = office.customer("lin")
    office.lin.fires("share", customer, roles=["finance"])
    for action in ("share", "mark_hot"):
        with tripped(Customer, "is_its_side"):
            office.xu.fires(action, customer)
    assert [share.role for share in customer.shares] == ["finance"]


def test_a_customer_beyond_the_limit_does_not_become_hot(office: Any) -> None:
    """Manual 6.7: at most ten; here two, by the setting."""
    in_unit_of_work(db.session(), lambda: set_setting(db.session(), "hot_customer_limit", 2))
    for _n in range(2):
        office.lin.fires("mark_hot", office.customer("lin"), reason="快签了")
    third = office.customer("lin")
    with tripped(Customer, "has_room_for_hot"):
        office.lin.fires("mark_hot", third)
    assert not third.is_hot


def test_a_customer_that_is_not_hot_cannot_be_unmarked(office: Any) -> None:
    """Manual 6.7."""
    customer = office.customer("lin")
    with tripped(Customer, "is_hot"):
        office.lin.fires("unmark_hot", customer)
    office.lin.fires("mark_hot", customer)
    assert customer.hot_on is not None
    assert customer.hot_on <= dt.date.today() + dt.timedelta(days=1)
    office.lin.fires("unmark_hot", customer)
    assert customer.hot_on is None
