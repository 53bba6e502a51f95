"""Money that belongs to no order yet, and money that was entered by mistake."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.models.money.closed_month import ClosedMonth
from app.models.money.payment import Payment, PaymentAllocation
from app.models.money.receiving_account import ReceivingAccount
from app.models.sales.sales_order import SalesOrder
from app.security.dictionaries import item_named
from tests.furnish import goods
from tests.support.office import SIGNED


def _its_order(payment: Payment) -> dict[str, Any]:
    """The newest order of whoever paid on which money is due."""
    due = (SalesOrder.customer == payment.customer, SalesOrder.receivable > 0)
    return {"sales_order": str(db.session.scalar(sa.select(sa.func.max(SalesOrder.id)).where(*due)))}


def _its_allocation(payment: Payment) -> dict[str, Any]:
    query = sa.select(sa.func.max(PaymentAllocation.id)).where(PaymentAllocation.payment_id == payment.id)
    return {"allocation": str(db.session.scalar(query))}


def _in_cash(_document: Any) -> dict[str, Any]:
    return {"method": "现金"}


ANOTHER = {ClosedMonth: {"month": "2026-10"}}
DIALOGS = {
    (Payment, "assign"): _its_order,
    (Payment, "unassign"): _its_allocation,
    (Payment, "refund"): _in_cash,
    (SalesOrder, "refund"): _in_cash,
}


def furnish(office: Any) -> None:
    customer = office.customer("lin", name="镇江恒达机电")
    order = office.approved("lin", [(goods(), "5")], customer=customer)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.finance.pays(order, "5", plan=office.plans(order)[1])
    given_up = office.approved("lin", [(goods(), "5")], customer=customer)
    office.finance.pays(given_up, "20")
    office.lin.fires("stop", given_up, reason="客户取消")
    method = item_named(db.session(), "payment_method", "银行转账")
    received = {"customer": customer, "method": method, "received_on": SIGNED}
    office.finance.creates(Payment, amount=Decimal("50"), **received)
    mistaken = office.finance.creates(Payment, amount=Decimal("7"), **received)
    office.finance.fires("void", mistaken, reason="重复登记")
    account = office.finance.creates(ReceivingAccount, name="工商银行基本户", bank="工商银行", account="0200001909")
    part = {**received, "account": account, "bank_serial": "2026110200017"}
    given_back = office.finance.creates(Payment, amount=Decimal("9"), **part)
    office.finance.fires("refund", given_back, amount="4", method="银行转账", refunded_on=SIGNED.isoformat())
    office.finance.creates(ClosedMonth, month="2026-09")
