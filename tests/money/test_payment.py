"""Plans, payments, prepayments and what is receivable."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.models.money.payment import CustomerBalance, Payment, PlanStatus
from app.models.sales.sales_order import OrderStatus
from app.security.dictionaries import item_named
from app.workflows.money.payment_plan import instalments_of
from app.workflows.money.receivable import RECEIVABLE
from tests.support.office import SIGNED, refused


def _balance(office: Any, customer: Any) -> dict[str, D]:
    query = sa.select(CustomerBalance).where(CustomerBalance.customer_id == customer.id)
    row = db.session.scalars(query).one()
    return {name: getattr(row, name) for name in RECEIVABLE.measures}


def _approved(office: Any, total: str = "100", **values: Any) -> Any:
    (product,) = office.stocked("1000", price=total)
    return office.approved("lin", [(product, "1")], **values)


@pytest.mark.parametrize(
    ("total", "count", "ratios", "parts"),
    [
        ("100", 3, None, ["33.33", "33.33", "33.34"]),
        ("0.03", 3, None, ["0.01", "0.01", "0.01"]),
        ("1000.01", 2, ["30", "70"], ["300.00", "700.01"]),
        ("99.99", 1, None, ["99.99"]),
    ],
)
def test_instalments_add_up_exactly_and_the_last_takes_the_rest(
    total: str, count: int, ratios: list[str] | None, parts: list[str]
) -> None:
    """§8.14: 智能新建回款计划 sums exactly to the total."""
    found = instalments_of(D(total), count, [D(r) for r in ratios] if ratios else None)
    assert found == [D(part) for part in parts]
    assert sum(found) == D(total)


def test_a_plan_of_too_many_or_crooked_parts_is_refused(office: Any) -> None:
    """§8.14: no instalment without money, ratios of 100 percent."""
    order = _approved(office, "0.02")
    with refused("invalid"):
        office.lin.fires("plan", order, instalments=3, first_on="2026-12-01")
    with refused("invalid"):
        office.lin.fires("plan", order, instalments=2, first_on="2026-12-01", ratios=["30", "60"])
    with refused("invalid"):
        office.lin.fires("plan", order, instalments=0, first_on="2026-12-01")


def test_a_plan_that_no_longer_fits_the_order_stops_the_submission(office: Any) -> None:
    """§8.14: the plan is made anew when the lines changed."""
    (product,) = office.stocked("10")
    order = office.order("lin", [(product, "1")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.lin.changes(order, lines=[{"product": product, "quantity": D(3), "unit_price": D(10)}])
    with refused("plan_differs"):
        office.lin.fires("submit", order)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.lin.fires("submit", order)


def test_money_covers_the_oldest_instalment_or_the_chosen_one(office: Any) -> None:
    """§8.14: 未回, 部分回款, 已回 with the settled amount; a plan that has money cannot be made anew."""
    order = _approved(office)
    office.lin.fires("plan", order, instalments=4, first_on="2026-12-01")
    plans = office.plans(order)
    office.finance.pays(order, "30")
    assert [plan.settled for plan in plans] == [D(25), D(5), D(0), D(0)]
    office.finance.pays(order, "30", plan=plans[3])
    assert [plan.settled for plan in plans] == [D(25), D(10), D(0), D(25)]
    assert [plan.status for plan in plans] == [
        PlanStatus.settled, PlanStatus.partly, PlanStatus.open, PlanStatus.settled,
    ]  # fmt: skip
    with refused("settled"):
        office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    assert office.mismatches() == []


def test_the_six_figures_of_a_customer_add_up_and_are_explained(office: Any) -> None:
    """§8.14: 合约金额, 发货总价, 回款计划(未回), 回款, 智能应收."""
    order = _approved(office)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.finance.pays(order, "30")
    office.shipped(order)
    assert _balance(office, order.customer) == {
        "contract_value": D(100), "shipped_value": D(100), "plan_open": D(70), "received": D(30),
        "refunded": D(0), "receivable": D(70),
    }  # fmt: skip
    assert office.mismatches() == []


@pytest.mark.parametrize("login", ["lin", "director", "boss", "keeper", "admin"])
def test_only_finance_records_money(office: Any, login: str) -> None:
    """§8.14: 由公司指定人员统一记录回款."""
    order = _approved(office)
    with refused("not_allowed"):
        office.person(login).pays(order, "10")


def test_overpayment_is_refused_unless_marked_as_prepayment(office: Any) -> None:
    """§8.14: more than is due needs the mark; the order takes what is due on it, the rest stays prepaid."""
    order = _approved(office)
    with refused("overpaid"):
        office.finance.pays(order, "100.01")
    payment = office.finance.pays(order, "120", prepayment=True)
    assert (order.receivable, order.received, payment.left) == (D(0), D(100), D(20))
    assert _balance(office, order.customer)["receivable"] == D(-20)
    assert office.mismatches() == []


def test_a_prepayment_finds_its_order_later(office: Any) -> None:
    """§8.14: customer only first, assigned afterwards; the customer's receivable does not move twice."""
    order = _approved(office)
    method = item_named(db.session(), "payment_method", "现金")
    values = {"customer": order.customer, "amount": D(60), "method": method, "received_on": SIGNED}
    payment = office.finance.creates(Payment, **values)
    assert (payment.prepayment, _balance(office, order.customer)["receivable"]) == (True, D(40))
    other = office.approved("zhou", [(order.lines[0].product, "1")])
    with refused("customer_mismatch"):
        office.finance.fires("assign", payment, sales_order=other.id)
    with refused("not_allowed"):
        office.boss.fires("assign", payment, sales_order=order.id)
    office.finance.fires("assign", payment, sales_order=order.id)
    assert (order.received, order.receivable, _balance(office, order.customer)["receivable"]) == (D(60), D(40), D(40))
    with refused("nothing_left"):
        office.finance.fires("assign", payment, sales_order=order.id)
    assert office.mismatches() == []


def test_a_wrong_payment_is_voided_by_an_opposite_entry(office: Any) -> None:
    """§8.14: payments are never changed; voiding uncovers the plan and reopens the order."""
    order = _approved(office)
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    office.shipped(order)
    payment = office.finance.pays(order, "100")
    assert order.status is OrderStatus.ended
    with refused("fixed"):
        office.finance.changes(payment, amount=D(5))
    with refused("invalid"):
        office.finance.fires("void", payment)
    office.finance.fires("void", payment, reason="记错客户")
    assert (order.status, order.receivable, office.plans(order)[0].settled) == (OrderStatus.executing, D(100), D(0))
    assert office.mismatches() == []


def test_a_payment_of_a_stopped_order_is_voided_like_any_other(office: Any) -> None:
    """fault A1: §8.10, §8.14: the stopped order settles on what was delivered, with or without the payment."""
    order = _approved(office)
    payment = office.finance.pays(order, "10")
    office.lin.fires("stop", order, reason="客户取消")
    assert order.receivable == D(-10)
    office.finance.fires("void", payment, reason="记错")
    assert (order.receivable, order.received, order.status) == (D(0), D(0), OrderStatus.stopped)
    assert office.mismatches() == []


def test_money_for_another_customer_or_instalment_is_refused(office: Any) -> None:
    """§8.14: payment, order and instalment belong together."""
    order, other = _approved(office), None
    other = office.approved("zhou", [(order.lines[0].product, "1")])
    office.zhou.fires("plan", other, instalments=1, first_on="2026-12-01")
    with refused("invalid"):
        office.finance.pays(order, "10", plan=office.plans(other)[0])
    with refused("invalid"):
        office.finance.pays(order, "0")
    method = item_named(db.session(), "payment_method", "现金")
    with refused("customer_mismatch"):
        office.finance.creates(
            Payment, customer=other.customer, sales_order=order, amount=D(1), method=method, received_on=dt.date.today()
        )
