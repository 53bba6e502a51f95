"""What a printed document says, as plain values: no row, no query and no cost ever reaches a template."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from app.security.settings import all_settings


@dataclass(frozen=True)
class Party:
    """One side of a document, with what an invoice and a transfer need."""

    name: str
    address: str = ""
    phone: str = ""
    tax_number: str = ""
    bank_name: str = ""
    bank_account: str = ""
    person: str = ""


@dataclass(frozen=True)
class PaperLine:
    """One product on paper; amounts in yuan, tax included; price and amount are None when none are printed."""

    position: int
    number: str
    name: str
    model: str
    unit: str
    quantity: Decimal
    unit_price: Decimal | None = None
    tax_rate: Decimal | None = None
    amount: Decimal | None = None
    remark: str = ""


@dataclass(frozen=True)
class Instalment:
    """One payment agreed on, yuan."""

    serial: int
    due_on: dt.date
    amount: Decimal


@dataclass(frozen=True)
class SalesOrderPaper:
    """销售订单. Amounts in yuan, tax included."""

    number: str
    subject: str
    signed_on: dt.date
    latest_ship_on: dt.date
    seller: Party
    buyer: Party
    lines: list[PaperLine]
    total: Decimal
    tax_total: Decimal
    is_approved: bool
    settlement: str = ""
    shipping_method: str = ""
    consignee: str = ""
    consignee_phone: str = ""
    consignee_address: str = ""
    remark: str = ""
    instalments: list[Instalment] = field(default_factory=list)


@dataclass(frozen=True)
class DeliveryNotePaper:
    """送货单. Amounts in yuan, tax included; `total` is None when no prices are printed."""

    number: str
    order_number: str
    shipped_on: dt.date
    sender: Party
    customer: str
    consignee: str
    consignee_phone: str
    consignee_address: str
    lines: list[PaperLine]
    warehouse: str = ""
    carrier: str = ""
    tracking_number: str = ""
    shipping_method: str = ""
    freight_settlement: str = ""
    shipped_by: str = ""
    remark: str = ""
    total: Decimal | None = None

    @property
    def shows_prices(self) -> bool:
        return self.total is not None


def our_company(session: Session, person: str = "", settings: dict[str, object] | None = None) -> Party:
    """Our side, as the administrator set it."""
    found = all_settings(session) if settings is None else settings
    return Party(
        name=str(found["company_name"]),
        address=str(found["company_address"]),
        phone=str(found["company_phone"]),
        tax_number=str(found["company_tax_number"]),
        bank_name=str(found["company_bank_name"]),
        bank_account=str(found["company_bank_account"]),
        person=person,
    )
