"""Money that belongs to no order yet, and money that was entered by mistake."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.models.money.payment import Payment
from app.models.sales.sales_order import SalesOrder
from app.security.dictionaries import item_named
from tests.furnish import goods
from tests.support.office import SIGNED


def _its_order(payment: Payment) -> dict[str, Any]:
    """The newest order of whoever paid."""
    key = db.session.scalar(sa.select(sa.func.max(SalesOrder.id)).where(SalesOrder.customer == payment.customer))
    return {"sales_order": str(key)}


DIALOGS = {(Payment, "assign"): _its_order}


def furnish(office: Any) -> None:
    customer = office.customer("lin", name="镇江恒达机电")
    office.approved("lin", [(goods(), "5")], customer=customer)
    method = item_named(db.session(), "payment_method", "银行转账")
    received = {"customer": customer, "method": method, "received_on": SIGNED}
    office.finance.creates(Payment, amount=Decimal("50"), **received)
    mistaken = office.finance.creates(Payment, amount=Decimal("7"), **received)
    office.finance.fires("void", mistaken, reason="重复登记")
