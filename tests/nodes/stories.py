"""One real order, told by five people over REST, and what must be true of many of them afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.models.money.payment import Payment
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from tests.nodes.callers import Caller

PEOPLE = ("lin", "director", "keeper", "finance")
SIGNED = "2026-11-02"
# How one call is made: person, address, body, and the number of the step within the order.
Call = Callable[[str, str, dict[str, Any], int], Any]


@dataclass
class Told:
    """An order whose every step was acknowledged."""

    id: int
    issue: int
    shipment: int
    payment: int


def terms(customer: int, product: int, quantity: int, subject: str) -> dict[str, Any]:
    return {
        "customer": customer, "subject": subject, "signed_on": SIGNED, "latest_ship_on": "2026-12-01",
        "consignee": "王明", "consignee_phone": "13800000000", "consignee_address": "上海市宝山区一号库",
        "lines": [{"product": product, "quantity": str(quantity), "unit_price": "20"}],
    }  # fmt: skip


def one_order(call: Call, product: int, quantity: int, subject: str) -> Told:
    """From the customer to the money: nine calls that change something."""
    customer = call("lin", "customer/", {"kind": "company", "name": f"{subject}五金店"}, 0)["id"]
    order = call("lin", "sales_order/", terms(customer, product, quantity, subject), 1)["id"]
    call("lin", f"sales_order/{order}/submit", {}, 2)
    call("director", f"sales_order/{order}/approve", {}, 3)
    call("lin", f"sales_order/{order}/plan", {"instalments": 2, "first_on": "2026-12-01"}, 4)
    issue = call("lin", f"sales_order/{order}/issue", {}, 5)["created"][0]["id"]
    call("keeper", f"goods_issue/{issue}/confirm", {}, 6)
    shipment = call("keeper", f"goods_issue/{issue}/ship", {}, 7)["created"][0]["id"]
    money = {
        "customer": customer, "sales_order": order, "method": "银行转账", "received_on": SIGNED,
        "amount": f"{quantity * 20}.00",
    }  # fmt: skip
    payment = call("finance", "payment/", money, 8)["id"]
    return Told(order, issue, shipment, payment)


def keyed_calls(people: dict[str, Caller], key: str) -> Call:
    """Each step under a key of its own, so that it may be sent again."""
    return lambda who, path, body, n: people[who].done(path, body, f"{key}-{n}")


def require_each_once(told: list[Told], subject: str) -> None:
    """What was acknowledged is there once, with everything that belongs to it, and nothing else is."""
    db.session.rollback()
    orders = list(db.session.scalars(sa.select(SalesOrder).where(SalesOrder.subject.startswith(subject))))
    assert sorted(order.id for order in orders) == sorted(found.id for found in told)
    for model, column, name in (
        (GoodsIssue, GoodsIssue.order_id, "issue"),
        (Shipment, Shipment.order_id, "shipment"),
        (Payment, Payment.sales_order_id, "payment"),
    ):
        rows = db.session.execute(sa.select(column, model.id).where(column.in_([o.id for o in orders]))).all()
        assert sorted(map(tuple, rows)) == sorted((found.id, getattr(found, name)) for found in told)
    acts = (
        sa.select(AuditEntry.record_id, sa.func.count())
        .where(AuditEntry.model == "sales_order", AuditEntry.action == "approve")
        .group_by(AuditEntry.record_id)
    )
    approved = {record: times for record, times in db.session.execute(acts)}
    for order in orders:
        assert (order.status, order.shipping_status) == ("ended", "all"), order
        assert order.receivable == Decimal(0)
        assert approved[order.id] == 1
