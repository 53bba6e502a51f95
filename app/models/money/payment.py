"""回款 Payment plans, payments and 应收 receivables, each figure explained by a ledger. Manual 8.14."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import KEPT_BY_SYSTEM, Record, Row, link_to
from app.core.db.types import ZERO, Fixed, choice_type
from app.core.errors import explain_constraint
from app.core.flow.workflow import state_column
from app.core.ledger.books import HAPPENED
from app.core.ledger.ledger import BalanceRow, LedgerRow
from app.core.record.fields import label_codes, label_fields
from app.core.record.freeze import Frozen
from app.core.record.tones import tone_codes
from app.models.customers.customer import Customer
from app.models.document import COMPUTED
from app.models.money.receiving_account import ReceivingAccount
from app.models.sales.sales_order import SalesOrder
from app.models.system.setting import DictionaryItem, dictionary_link
from app.models.system.user import AppUser


class PlanStatus(enum.StrEnum):
    open = enum.auto()  # 未回
    partly = enum.auto()  # 部分回款
    settled = enum.auto()  # 已回
    dropped = enum.auto()  # 不再收取, because its order ended short


STILL_ASKED = (PlanStatus.open, PlanStatus.partly)  # of instalments that are not paid in full


class PaymentPlan(Record, Model):
    """回款计划: one instalment of an order, yuan, tax included.

    amount   what it asks for
    cut      what it no longer asks for, because the order ended before all of it was delivered
    settled  what payments have covered so far
    """

    __tablename__ = "payment_plan"
    __singular__ = _l("instalment")
    __plural__ = _l("Payment plans")
    __display_columns__ = ("serial", "sales_order.number")
    __table_args__ = (
        sa.CheckConstraint("amount + cut > 0 AND cut >= 0", name="amount_positive"),
        sa.CheckConstraint("0 <= settled AND settled <= amount", name="settled_within_amount"),
    )

    customer_id: Mapped[int] = link_to("customer.id")
    sales_order_id: Mapped[int] = link_to("sales_order.id")
    serial: Mapped[int]  # 期次
    due_on: Mapped[dt.date] = mapped_column(index=True)
    amount: Mapped[Decimal] = mapped_column(Fixed(2))
    settled: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    cut: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO, server_default="0")
    status: Mapped[PlanStatus] = mapped_column(choice_type(PlanStatus, "status"), default=PlanStatus.open)

    customer: Mapped[Customer] = relationship()
    sales_order: Mapped[SalesOrder] = relationship()

    @staticmethod
    def __display_text__(serial: int, order: str | None) -> str:
        if order is None:  # as the order's own page calls it
            return str(_("Instalment %(n)s", n=serial))
        return str(_("Instalment %(n)s of %(order)s", n=serial, order=order))


class PaymentState(enum.StrEnum):
    recorded = enum.auto()
    voided = enum.auto()  # 作废, by an opposite entry


class Payment(Record, Model):
    """回款记录: money that came in, yuan. Finance records it; it is voided, never changed. Manual 8.14.

    Its allocations say what it pays; `left` is what pays nothing yet, a prepayment. `sales_order` and `plan` are those
    of the first allocation.
    """

    __tablename__ = "payment"
    __singular__ = _l("payment")
    __plural__ = _l("Payments")
    __number_prefix__ = "SK"
    __table_args__ = (
        sa.UniqueConstraint("number", info=dict(KEPT_BY_SYSTEM)),
        sa.UniqueConstraint("account_id", "bank_serial"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint('0 <= "left" AND 0 <= refunded AND "left" + refunded <= amount', name="left_within_amount"),
    )
    __frozen__ = Frozen(
        frozenset({"recorded", "voided"}),
        frozenset({"sales_order_id", "plan_id", "left", "refunded", "remark", "void_reason"}),
    )

    number: Mapped[str] = mapped_column(sa.String(30))
    customer_id: Mapped[int] = link_to("customer.id")
    sales_order_id: Mapped[int | None] = link_to("sales_order.id", optional=True)
    plan_id: Mapped[int | None] = link_to("payment_plan.id", optional=True)
    amount: Mapped[Decimal] = mapped_column(Fixed(2))
    method_id: Mapped[int] = dictionary_link("payment_method", optional=False)
    received_on: Mapped[dt.date] = mapped_column(index=True, info=HAPPENED)
    account_id: Mapped[int | None] = link_to("receiving_account.id", optional=True)
    bank_serial: Mapped[str | None] = mapped_column(sa.String(60))
    salesperson_id: Mapped[int] = link_to("ab_user.id")
    prepayment: Mapped[bool] = mapped_column(default=False)
    left: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO, info=COMPUTED)
    refunded: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO, info=COMPUTED)
    state: Mapped[PaymentState] = state_column(PaymentState, PaymentState.recorded)
    void_reason: Mapped[str | None] = mapped_column(sa.Text)
    remark: Mapped[str | None] = mapped_column(sa.Text)

    customer: Mapped[Customer] = relationship()
    sales_order: Mapped[SalesOrder | None] = relationship()
    plan: Mapped[PaymentPlan | None] = relationship()
    method: Mapped[DictionaryItem] = relationship(foreign_keys=[method_id])
    account: Mapped[ReceivingAccount | None] = relationship()
    salesperson: Mapped[AppUser] = relationship(foreign_keys=[salesperson_id])
    allocations: Mapped[list[PaymentAllocation]] = relationship(
        back_populates="payment", cascade="all, delete-orphan", order_by="PaymentAllocation.id"
    )


class PaymentAllocation(Row, Model):
    """核销: what part of a payment pays for one order, and which instalment it covers; yuan.

    chosen_plan  the instalment that a person chose. Where they chose none, the oldest is covered first
    plan         the instalment that is covered now; none where the order asks for no more
    """

    __tablename__ = "payment_allocation"
    __singular__ = _l("allocation")
    __plural__ = _l("Allocations")
    __audited__ = True
    __table_args__ = (
        sa.UniqueConstraint(
            "payment_id",
            "sales_order_id",
            "chosen_plan_id",
            "plan_id",
            name="uq_payment_allocation_part",
            info=dict(KEPT_BY_SYSTEM),
        ),  # fmt: skip
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )

    payment_id: Mapped[int] = link_to("payment.id", ondelete="CASCADE")
    sales_order_id: Mapped[int] = link_to("sales_order.id")
    chosen_plan_id: Mapped[int | None] = link_to("payment_plan.id", optional=True)
    plan_id: Mapped[int | None] = link_to("payment_plan.id", optional=True)
    amount: Mapped[Decimal] = mapped_column(Fixed(2))

    payment: Mapped[Payment] = relationship(back_populates="allocations")
    sales_order: Mapped[SalesOrder] = relationship()
    chosen_plan: Mapped[PaymentPlan | None] = relationship(foreign_keys=[chosen_plan_id])
    plan: Mapped[PaymentPlan | None] = relationship(foreign_keys=[plan_id])


class CustomerBalance(BalanceRow, Model):
    """The figures of a customer (§8.14), yuan, tax included; each equals the sum of its ledger column."""

    __tablename__ = "customer_balance"
    __table_args__ = (sa.UniqueConstraint("customer_id", info=dict(KEPT_BY_SYSTEM)),)

    customer_id: Mapped[int] = link_to("customer.id", index=False)
    contract_value: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    shipped_value: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    plan_open: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    received: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    refunded: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO, server_default="0")
    receivable: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)

    customer: Mapped[Customer] = relationship()


class ReceivableKind(enum.StrEnum):
    contract = enum.auto()  # an order was approved
    contract_reversed = enum.auto()
    stop = enum.auto()  # 意外中止
    close_short = enum.auto()  # 结束 before all was delivered
    reopen = enum.auto()
    plan = enum.auto()  # instalments were made or remade
    shipment = enum.auto()
    payment = enum.auto()
    payment_voided = enum.auto()
    payment_assigned = enum.auto()
    payment_unassigned = enum.auto()
    refund = enum.auto()
    refund_voided = enum.auto()
    correction = enum.auto()  # a figure that an earlier release kept wrongly


def _summed_by_day(name: str, *changes: str) -> sa.Index:
    """Return the index by which these changes are summed by day and salesperson without reading the rows."""
    is_there = sa.text(" OR ".join(f"{change} != 0" for change in changes))
    columns = ("on", "salesperson_id", *changes)
    name = f"ix_receivable_ledger_entry_{name}_on"
    return sa.Index(name, *columns, postgresql_where=is_there, sqlite_where=is_there)


class ReceivableLedgerEntry(LedgerRow, Model):
    """应收流水: one change of a customer's figures, yuan, tax included, for good. Manual 8.14.

    salesperson  whose sale it is: the owner of the order, or who followed up the payment
    """

    __tablename__ = "receivable_ledger_entry"
    __singular__ = _l("receivable entry")
    __plural__ = _l("Receivable ledger")
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "serial", info=dict(KEPT_BY_SYSTEM)),
        sa.Index("ix_receivable_ledger_entry_document", "document_model", "document_id"),
        sa.Index("ix_receivable_ledger_entry_customer_on", "customer_id", "on", "serial"),
        # What desks add up by day stands in an index of its own, which holds nothing else.
        _summed_by_day("contract", "contract_value_change"),
        _summed_by_day("received", "received_change", "refunded_change"),
    )

    customer_id: Mapped[int] = link_to("customer.id", index=False)
    sales_order_id: Mapped[int | None] = link_to("sales_order.id", optional=True)
    salesperson_id: Mapped[int | None] = link_to("ab_user.id", optional=True)
    kind: Mapped[ReceivableKind] = mapped_column(choice_type(ReceivableKind, "kind"))
    contract_value_change: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    contract_value_after: Mapped[Decimal] = mapped_column(Fixed(2))
    shipped_value_change: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    shipped_value_after: Mapped[Decimal] = mapped_column(Fixed(2))
    plan_open_change: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    plan_open_after: Mapped[Decimal] = mapped_column(Fixed(2))
    received_change: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    received_after: Mapped[Decimal] = mapped_column(Fixed(2))
    refunded_change: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    refunded_after: Mapped[Decimal] = mapped_column(Fixed(2))
    receivable_change: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    receivable_after: Mapped[Decimal] = mapped_column(Fixed(2))

    customer: Mapped[Customer] = relationship()
    sales_order: Mapped[SalesOrder | None] = relationship()
    salesperson: Mapped[AppUser | None] = relationship(foreign_keys=[salesperson_id])
    user: Mapped[AppUser | None] = relationship(foreign_keys="ReceivableLedgerEntry.user_id")


explain_constraint(
    "uq_payment_account_id_bank_serial", "duplicate",
    _l("This account has a payment with this bank serial number already."), "bank_serial",
)  # fmt: skip
explain_constraint("ck_payment_amount_positive", "invalid", _l("An amount must be more than zero."), "amount")
explain_constraint(
    "ck_payment_plan_amount_positive", "invalid", _l("Every instalment must be more than zero."), "amount"
)
label_codes(
    PlanStatus, open=_l("Open"), partly=_l("Partly paid"), settled=_l("Paid"), dropped=_l("No longer asked for")
)
label_codes(PaymentState, recorded=_l("Recorded"), voided=_l("Voided"))
label_codes(
    ReceivableKind,
    contract=_l("Order approved"), contract_reversed=_l("Approval revoked"), stop=_l("Order stopped"),
    reopen=_l("Order reopened"), plan=_l("Payment plan"), shipment=_l("Shipment"), payment=_l("Payment"),
    payment_voided=_l("Payment voided"), payment_assigned=_l("Payment assigned"),
    payment_unassigned=_l("Assignment taken back"), close_short=_l("Order closed short"), refund=_l("Refund"),
    refund_voided=_l("Refund voided"), correction=_l("Correction"),
)  # fmt: skip
tone_codes(
    ReceivableKind, contract="go", contract_reversed="stop", stop="stop", close_short="stop", payment="ok",
    payment_voided="stop", refund="stop",
)  # fmt: skip
label_fields(
    PaymentPlan,
    serial=_l("Instalment"), due_on=_l("Due on"), settled=_l("Paid so far"), status=_l("Plan status"),
    cut=_l("No longer asked for"),
)  # fmt: skip
label_fields(
    Payment,
    number=_l("Payment number"), plan=_l("Payment plan"), method=_l("Payment method"), received_on=_l("Received on"),
    salesperson=_l("Salesperson"), prepayment=_l("Prepayment"), state=_l("State"), void_reason=_l("Reason of voiding"),
    account=_l("Receiving account"), bank_serial=_l("Bank serial number"), left=_l("Still prepaid"),
    refunded=_l("Refunded"), allocations=_l("Allocations"),
)  # fmt: skip
label_fields(
    PaymentAllocation,
    payment=_l("Payment"),
    plan=_l("Instalment covered"),
    chosen_plan=_l("Instalment chosen"),
)
label_fields(
    CustomerBalance,
    contract_value=_l("Contract value"), shipped_value=_l("Shipped value"), plan_open=_l("Planned, not received"),
    received=_l("Received"), refunded=_l("Refunded"), receivable=_l("Receivable"),
)  # fmt: skip
label_fields(
    ReceivableLedgerEntry,
    salesperson=_l("Salesperson"), at=_l("Posted at"), kind=_l("Event"), document_number=_l("Document"), user=_l("By"),
    contract_value_change=_l("Contract value"), shipped_value_change=_l("Shipped value"),
    plan_open_change=_l("Planned, not received"), received_change=_l("Received"), refunded_change=_l("Refunded"),
    receivable_change=_l("Receivable"), on=_l("Business day"), original_on=_l("Own business day"),
    receivable_after=_l("Receivable after"),
)  # fmt: skip
