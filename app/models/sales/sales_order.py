"""销售订单 Sales order: what a customer bought, at what price, and how far it is. Manual 8.4–8.11."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Searched, link_to
from app.core.db.types import ZERO, Fixed, choice_type
from app.core.errors import explain_constraint
from app.core.ledger.books import HAPPENED
from app.core.record.fields import label_codes, label_fields
from app.models.customers.customer import Contact, Customer
from app.models.document import (
    BY_STEPS,
    STAYS_OPEN,
    Approved,
    Document,
    Priced,
    PricedLine,
    computed,
    progress,
)
from app.models.products.product import Product
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem, dictionary_link
from app.models.system.user import Owned


class OrderStatus(enum.StrEnum):
    executing = enum.auto()  # 执行中
    ended = enum.auto()  # 结束
    stopped = enum.auto()  # 意外中止


class ShippingStatus(enum.StrEnum):
    none = enum.auto()  # --
    not_issued = enum.auto()  # 未出库
    to_ship = enum.auto()  # 需发货
    partly = enum.auto()  # 部分
    all = enum.auto()  # 全部


class SalesOrder(Approved, Priced, Owned, Searched, Document, Model):
    """Amounts are yuan, tax included. `status` and `shipping_status` are computed, stored for lists to sort by.

    contract_value   what the order counts with: its total once it is approved, what was delivered once it ended short
                     or was stopped
    received         the allocations of payments to it; `refunded` is what was given back of them
    receivable       contract value − received + refunded; below zero where money is to be given back or set off
    is_closed_short  it was ended by hand before all was delivered
    """

    __tablename__ = "sales_order"
    __singular__ = _l("order")
    __plural__ = _l("Orders")
    __number_prefix__ = "DD"
    __prices_paid__ = ("customer", "signed_on")
    __searched__ = ("number", "subject", "customer.name")
    __table_args__ = (
        sa.CheckConstraint("latest_ship_on >= signed_on", name="ships_after_signing"),
        sa.CheckConstraint("length(subject) > 0", name="subject_given"),
    )

    subject: Mapped[str] = mapped_column(sa.String(120))
    customer_id: Mapped[int] = link_to("customer.id")
    category_id: Mapped[int] = dictionary_link("order_category", optional=False)
    signed_on: Mapped[dt.date] = mapped_column(index=True, info=HAPPENED)
    latest_ship_on: Mapped[dt.date]
    warehouse_id: Mapped[int] = link_to("warehouse.id", info={"default_row": True})
    contact_id: Mapped[int | None] = link_to("contact.id", optional=True)
    settlement_id: Mapped[int | None] = dictionary_link("settlement")
    shipping_method_id: Mapped[int | None] = dictionary_link("shipping_method", info=STAYS_OPEN)
    consignee: Mapped[str | None] = mapped_column(sa.String(60), info=STAYS_OPEN)
    consignee_phone: Mapped[str | None] = mapped_column(sa.String(40), info=STAYS_OPEN)
    consignee_address: Mapped[str | None] = mapped_column(sa.String(200), info=STAYS_OPEN)

    status: Mapped[OrderStatus] = computed(choice_type(OrderStatus, "status"), OrderStatus.executing)
    is_status_by_hand: Mapped[bool] = computed(sa.Boolean(), False)
    shipping_status: Mapped[ShippingStatus] = computed(
        choice_type(ShippingStatus, "shipping_status"), ShippingStatus.none
    )
    shipped_amount: Mapped[Decimal] = computed(Fixed(2), ZERO)
    contract_value: Mapped[Decimal] = computed(Fixed(2), ZERO)
    received: Mapped[Decimal] = computed(Fixed(2), ZERO)
    refunded: Mapped[Decimal] = computed(Fixed(2), ZERO)
    is_closed_short: Mapped[bool] = computed(sa.Boolean(), False)
    receivable: Mapped[Decimal] = computed(Fixed(2), ZERO)
    stop_reason: Mapped[str | None] = mapped_column(sa.Text, info=BY_STEPS)

    customer: Mapped[Customer] = relationship()
    category: Mapped[DictionaryItem] = relationship(foreign_keys=[category_id])
    warehouse: Mapped[Warehouse] = relationship()
    contact: Mapped[Contact | None] = relationship()
    settlement: Mapped[DictionaryItem | None] = relationship(foreign_keys=[settlement_id])
    shipping_method: Mapped[DictionaryItem | None] = relationship(foreign_keys=[shipping_method_id])

    @property
    def is_fully_shipped(self) -> bool:
        """All was delivered that the order still counts with."""
        return self.shipping_status is ShippingStatus.all or self.is_closed_short

    @property
    def is_fully_received(self) -> bool:
        return self.received - self.refunded >= self.contract_value

    @property
    def has_ended_short(self) -> bool:
        """Nothing more is to be delivered, although not all was."""
        return self.is_closed_short or self.status is OrderStatus.stopped


class SalesOrderLine(PricedLine, Model):
    """One product of an order. `issued` has left the shelf, `shipped` the house; both in the product's unit."""

    __table_args__ = (
        sa.CheckConstraint("0 <= shipped AND shipped <= issued AND issued <= quantity", name="shipped_within_issued"),
        sa.Index(
            "ix_sales_order_line_to_issue",
            "product_id",
            postgresql_where=sa.text("quantity > issued"),
            sqlite_where=sa.text("quantity > issued"),
        ),
    )

    issued: Mapped[Decimal] = progress()
    shipped: Mapped[Decimal] = progress()
    shipped_amount: Mapped[Decimal] = computed(Fixed(2), ZERO)

    order: Mapped[SalesOrder]
    product: Mapped[Product]


explain_constraint(
    "ck_sales_order_ships_after_signing", "ships_before_signing",
    _l("The latest ship date lies before the signing date."), "latest_ship_on",
)  # fmt: skip
explain_constraint("ck_sales_order_subject_given", "invalid", _l("Please give the order a subject."), "subject")
explain_constraint(
    "ck_sales_order_line_shipped_within_issued", "too_much",
    _l("More would be issued or shipped than was ordered."), "quantity",
)  # fmt: skip
label_codes(OrderStatus, executing=_l("Executing"), ended=_l("Ended"), stopped=_l("Stopped"))
label_codes(
    ShippingStatus, none="--", not_issued=_l("Not issued"), to_ship=_l("To ship"), partly=_l("Partly shipped"),
    all=_l("All shipped"),
)  # fmt: skip
label_fields(
    SalesOrder,
    number=_l("Order number"), category=_l("Order category"), signed_on=_l("Signed on"),
    latest_ship_on=_l("Latest ship date"), contact=_l("Signer"), settlement=_l("Settlement"), state=_l("Approval"),
    status=_l("Order status"), received=_l("Received"), contract_value=_l("Contract value"), refunded=_l("Refunded"),
    is_closed_short=_l("Closed short"), shipping_status=_l("Shipping status"),
    shipped_amount=_l("Shipped amount"), receivable=_l("Receivable"), stop_reason=_l("Reason of stopping"),
    shipping_method=_l("Shipping method"), lines=_l("Order lines"), is_status_by_hand=_l("Status set by hand"),
    plan=_l("Payment plan"),
)  # fmt: skip
label_fields(
    SalesOrderLine,
    order=_l("Order"), issued=_l("Issued quantity"), shipped=_l("Shipped quantity"),
    shipped_amount=_l("Shipped amount"),
)  # fmt: skip
