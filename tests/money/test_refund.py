"""退款: money goes back, up to what is owed back. Manual 8.13, 8.14."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.models.money.payment import CustomerBalance, Payment
from app.models.money.refund import Refund
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.security.dictionaries import item_named
from tests.plugins.trips import tripped
from tests.support.office import SIGNED, refused


def _receivable(customer: Any) -> D:
    query = sa.select(CustomerBalance.receivable).where(CustomerBalance.customer_id == customer.id)
    return D(db.session.execute(query).scalar_one())


def _approved(office: Any, total: str = "100") -> Any:
    (product,) = office.stocked("1000", price=total)
    return office.approved("lin", [(product, "1")])


def test_an_order_gives_back_what_it_has_too_much_of(office: Any) -> None:
    """fault A1: §8.14: 70 of 100 paid, nothing shipped, stopped: −70 until it is refunded; a void undoes that."""
    order = _approved(office)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    with tripped(SalesOrder, "owes_back"):
        office.finance.fires("refund", order, method="现金")
    office.finance.pays(order, "70")
    office.lin.fires("stop", order, reason="客户取消")
    assert (order.receivable, _receivable(order.customer)) == (D(-70), D(-70))
    with refused("too_much"):
        office.finance.fires("refund", order, amount="70.01", method="现金")
    with refused("not_allowed"):
        office.lin.fires("refund", order, method="现金")
    refund = office.finance.fires("refund", order, amount="50", method="现金")
    assert (order.receivable, order.refunded, refund.number[:2]) == (D(-20), D(50), "TK")
    office.finance.fires("refund", order, method="现金")
    assert (order.receivable, _receivable(order.customer), order.status) == (D(0), D(0), OrderStatus.stopped)
    office.finance.fires("void", refund, reason="退错账户")
    assert (order.receivable, order.refunded) == (D(-50), D(20))
    assert office.mismatches() == []


def test_what_was_refunded_pays_nothing_when_the_order_is_reopened(office: Any) -> None:
    """fault A1: §8.10: reopening brings the contract value back, and the money that is gone is owed again."""
    order = _approved(office)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    payment = office.finance.pays(order, "70")
    office.lin.fires("stop", order, reason="客户取消")
    office.finance.fires("refund", order, amount="60", method="现金")
    office.lin.fires("reopen", order)
    assert (order.receivable, [plan.settled for plan in office.plans(order)]) == (D(90), [D(10), D(0)])
    with refused("depends"):
        office.finance.fires("void", payment, reason="记错")
    assert office.mismatches() == []


def test_a_prepayment_is_given_back(office: Any) -> None:
    """fault A4: §8.13, §8.14: what is still prepaid may go back; what pays an order may not."""
    order = _approved(office)
    method = item_named(db.session(), "payment_method", "现金")
    payment = office.finance.creates(Payment, customer=order.customer, amount=D(130), method=method, received_on=SIGNED)
    office.finance.fires("assign", payment, sales_order=order.id)
    with refused("too_much"):
        office.finance.fires("refund", payment, amount="31", method="现金")
    refund = office.finance.fires("refund", payment, method="现金", refunded_on=SIGNED.isoformat())
    assert (refund.amount, refund.refunded_on, payment.left, payment.refunded) == (D(30), SIGNED, D(0), D(30))
    assert _receivable(order.customer) == D(0)
    office.finance.fires("void", refund, reason="客户不收")
    assert (payment.left, payment.refunded, _receivable(order.customer)) == (D(30), D(0), D(-30))
    assert office.mismatches() == []


def test_a_refund_has_its_day(office: Any) -> None:
    """fault A3: §8.14: money is not given back tomorrow, and today when no day is said."""
    order = _approved(office)
    office.finance.pays(order, "70")
    office.lin.fires("stop", order, reason="客户取消")
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    with refused("date_out_of_bounds"):
        office.finance.fires("refund", order, method="现金", refunded_on=tomorrow.isoformat())
    refund: Refund = office.finance.fires("refund", order, method="现金")
    assert refund.refunded_on <= tomorrow
