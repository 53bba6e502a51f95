"""Money that belongs to no order yet, and money that was entered by mistake."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.core.db.base import db
from app.models.money.payment import Payment
from app.security.dictionaries import item_named
from tests.office import SIGNED


def furnish(office: Any) -> None:
    customer = office.customer("lin", name="镇江恒达机电")
    method = item_named(db.session(), "payment_method", "银行转账")
    received = {"customer": customer, "method": method, "received_on": SIGNED}
    office.finance.creates(Payment, amount=Decimal("50"), **received)
    mistaken = office.finance.creates(Payment, amount=Decimal("7"), **received)
    office.finance.fires("void", mistaken, reason="重复登记")
