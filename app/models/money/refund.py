"""退款 Refunds: money given back on an order that has too much of it, or out of a prepayment. Manual 8.13, 8.14."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import KEPT_BY_SYSTEM, Record, link_to
from app.core.db.types import Fixed
from app.core.flow.workflow import state_column
from app.core.ledger.books import HAPPENED
from app.core.record.fields import label_codes, label_fields
from app.core.record.freeze import Frozen
from app.core.record.tones import tone_codes
from app.models.customers.customer import Customer
from app.models.money.payment import Payment
from app.models.money.receiving_account import ReceivingAccount
from app.models.sales.sales_order import SalesOrder
from app.models.system.setting import DictionaryItem, dictionary_link


class RefundState(enum.StrEnum):
    recorded = enum.auto()
    voided = enum.auto()


class Refund(Record, Model):
    """Money given back to a customer, yuan: of one order, or of one payment's prepaid part. Finance records it."""

    __tablename__ = "refund"
    __singular__ = _l("refund")
    __plural__ = _l("Refunds")
    __display_columns__ = ("number",)
    __number_prefix__ = "TK"
    __table_args__ = (
        sa.UniqueConstraint("number", info=dict(KEPT_BY_SYSTEM)),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("(sales_order_id IS NULL) <> (payment_id IS NULL)", name="of_order_or_payment"),
    )
    __frozen__ = Frozen(frozenset({"recorded", "voided"}), frozenset({"remark", "void_reason"}))

    number: Mapped[str] = mapped_column(sa.String(30))
    customer_id: Mapped[int] = link_to("customer.id")
    sales_order_id: Mapped[int | None] = link_to("sales_order.id", optional=True)
    payment_id: Mapped[int | None] = link_to("payment.id", optional=True)
    amount: Mapped[Decimal] = mapped_column(Fixed(2))
    method_id: Mapped[int] = dictionary_link("payment_method", optional=False)
    refunded_on: Mapped[dt.date] = mapped_column(index=True, info=HAPPENED)
    account_id: Mapped[int | None] = link_to("receiving_account.id", optional=True)
    state: Mapped[RefundState] = state_column(RefundState, RefundState.recorded)
    void_reason: Mapped[str | None] = mapped_column(sa.Text)
    remark: Mapped[str | None] = mapped_column(sa.Text)

    customer: Mapped[Customer] = relationship()
    sales_order: Mapped[SalesOrder | None] = relationship()
    payment: Mapped[Payment | None] = relationship()
    method: Mapped[DictionaryItem] = relationship(foreign_keys=[method_id])
    account: Mapped[ReceivingAccount | None] = relationship()


label_codes(RefundState, recorded=_l("Recorded"), voided=_l("Voided"))
tone_codes(RefundState, voided="stop")
label_fields(
    Refund,
    number=_l("Refund number"), refunded_on=_l("Refunded on"), method=_l("Payment method"), payment=_l("Payment"),
    account=_l("Paid from"), state=_l("State"), void_reason=_l("Reason of voiding"),
)  # fmt: skip
