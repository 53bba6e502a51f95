"""销售订单 Sales order: what a customer bought, at what price, and how far it is. Manual 8.4–8.11."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Record, Row, link_to
from app.core.db.types import ZERO, Fixed, UtcDateTime, choice_type
from app.core.errors import explain_constraint
from app.core.flow.workflow import state_column
from app.core.record.fields import label_codes, label_fields
from app.core.record.freeze import Frozen
from app.models.customers.customer import Contact, Customer
from app.models.products.product import Product
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem, dictionary_link
from app.models.system.user import AppUser


class SalesOrderState(enum.StrEnum):
    draft = enum.auto()  # 待申请
    pending = enum.auto()  # 待审
    approved = enum.auto()  # 同意
    rejected = enum.auto()  # 否决


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


_COMPUTED = {
    "total", "tax_total", "shipped_amount", "received", "receivable", "status", "is_status_by_hand", "shipping_status",
    "submitted_at", "submitted_by_id", "approved_at", "approved_by_id", "rejection_reason", "stop_reason",
}  # fmt: skip
_STILL_OPEN = {"consignee", "consignee_phone", "consignee_address", "shipping_method_id", "remark"}


class SalesOrder(Record, Model):
    """Amounts are yuan, tax included. `status` and `shipping_status` are computed, stored for lists to sort by."""

    __tablename__ = "sales_order"
    __number_prefix__ = "DD"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("latest_ship_on >= signed_on", name="ships_after_signing"),
        sa.CheckConstraint("total >= 0", name="total_not_negative"),
        sa.CheckConstraint("length(subject) > 0", name="subject_given"),
    )
    # Pending is frozen too: the approver must decide on what was submitted (manual 8.7).
    __frozen__ = Frozen(
        frozenset({"approved", "pending"}), frozenset((_COMPUTED - {"total", "tax_total"}) | _STILL_OPEN)
    )

    number: Mapped[str] = mapped_column(sa.String(30))
    subject: Mapped[str] = mapped_column(sa.String(120))
    customer_id: Mapped[int] = link_to("customer.id")
    owner_id: Mapped[int] = link_to("ab_user.id")
    category_id: Mapped[int] = dictionary_link("order_category", optional=False)
    signed_on: Mapped[dt.date] = mapped_column(index=True)
    latest_ship_on: Mapped[dt.date]
    warehouse_id: Mapped[int] = link_to("warehouse.id")
    contact_id: Mapped[int | None] = link_to("contact.id", optional=True)
    settlement_id: Mapped[int | None] = dictionary_link("settlement")
    shipping_method_id: Mapped[int | None] = dictionary_link("shipping_method")
    consignee: Mapped[str | None] = mapped_column(sa.String(60))
    consignee_phone: Mapped[str | None] = mapped_column(sa.String(40))
    consignee_address: Mapped[str | None] = mapped_column(sa.String(200))
    remark: Mapped[str | None] = mapped_column(sa.Text)

    state: Mapped[SalesOrderState] = state_column(SalesOrderState, SalesOrderState.draft)
    status: Mapped[OrderStatus] = mapped_column(choice_type(OrderStatus, "status"), default=OrderStatus.executing)
    is_status_by_hand: Mapped[bool] = mapped_column(default=False)
    shipping_status: Mapped[ShippingStatus] = mapped_column(
        choice_type(ShippingStatus, "shipping_status"), default=ShippingStatus.none
    )
    total: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    tax_total: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    shipped_amount: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    received: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    receivable: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())
    submitted_by_id: Mapped[int | None] = link_to("ab_user.id", optional=True)
    approved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())
    approved_by_id: Mapped[int | None] = link_to("ab_user.id", optional=True)
    rejection_reason: Mapped[str | None] = mapped_column(sa.Text)
    stop_reason: Mapped[str | None] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text, default="")

    customer: Mapped[Customer] = relationship()
    owner: Mapped[AppUser] = relationship(foreign_keys=[owner_id])
    category: Mapped[DictionaryItem] = relationship(foreign_keys=[category_id])
    warehouse: Mapped[Warehouse] = relationship()
    contact: Mapped[Contact | None] = relationship()
    settlement: Mapped[DictionaryItem | None] = relationship(foreign_keys=[settlement_id])
    shipping_method: Mapped[DictionaryItem | None] = relationship(foreign_keys=[shipping_method_id])
    submitted_by: Mapped[AppUser | None] = relationship(foreign_keys=[submitted_by_id])
    approved_by: Mapped[AppUser | None] = relationship(foreign_keys=[approved_by_id])
    lines: Mapped[list[SalesOrderLine]] = relationship(
        back_populates="order", cascade="all, delete-orphan", order_by="SalesOrderLine.position"
    )

    def __str__(self) -> str:
        return self.number

    @property
    def is_fully_shipped(self) -> bool:
        return self.shipping_status is ShippingStatus.all

    @property
    def is_fully_received(self) -> bool:
        return self.received >= self.total


class SalesOrderLine(Row, Model):
    """One product of an order. `issued` has left the shelf, `shipped` the house; both in the product's unit."""

    __tablename__ = "sales_order_line"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("unit_price >= 0", name="price_not_negative"),
        sa.CheckConstraint("0 <= shipped AND shipped <= issued AND issued <= quantity", name="shipped_within_issued"),
    )
    __audited__ = True
    __frozen_with__ = "order"
    __frozen_open__ = frozenset({"issued", "shipped", "shipped_amount"})

    order_id: Mapped[int] = link_to("sales_order.id", ondelete="CASCADE")
    position: Mapped[int]
    product_id: Mapped[int] = link_to("product.id")
    quantity: Mapped[Decimal] = mapped_column(Fixed(3))
    unit_price: Mapped[Decimal] = mapped_column(Fixed(4), info={"unit": "price"})  # tax included
    list_price: Mapped[Decimal] = mapped_column(Fixed(4), info={"unit": "price"})  # when the line was written
    tax_rate: Mapped[Decimal] = mapped_column(Fixed(4), info={"unit": "percent"})
    amount: Mapped[Decimal] = mapped_column(Fixed(2))
    tax: Mapped[Decimal] = mapped_column(Fixed(2))
    issued: Mapped[Decimal] = mapped_column(Fixed(3), default=ZERO)
    shipped: Mapped[Decimal] = mapped_column(Fixed(3), default=ZERO)
    shipped_amount: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    remark: Mapped[str | None] = mapped_column(sa.String(200))

    order: Mapped[SalesOrder] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship(lazy="selectin")  # wherever lines are read, their products are

    @property
    def discount(self) -> Decimal | None:
        """Price paid ÷ list price; shown, never stored."""
        return self.unit_price / self.list_price if self.list_price else None


explain_constraint(
    "ck_sales_order_ships_after_signing", "ships_before_signing",
    _l("The latest ship date lies before the signing date."), "latest_ship_on",
)  # fmt: skip
explain_constraint("ck_sales_order_subject_given", "invalid", _l("Please give the order a subject."), "subject")
explain_constraint(
    "ck_sales_order_line_quantity_positive", "invalid", _l("A quantity must be more than zero."), "quantity"
)
explain_constraint("ck_sales_order_line_price_not_negative", "invalid", _l("A price cannot be negative."), "unit_price")
explain_constraint(
    "ck_sales_order_line_shipped_within_issued", "too_much",
    _l("More would be issued or shipped than was ordered."), "quantity",
)  # fmt: skip
label_codes(
    SalesOrderState, draft=_l("To submit"), pending=_l("Pending"), approved=_l("Approved"), rejected=_l("Rejected")
)  # fmt: skip
label_codes(OrderStatus, executing=_l("Executing"), ended=_l("Ended"), stopped=_l("Stopped"))
label_codes(
    ShippingStatus, none="--", not_issued=_l("Not issued"), to_ship=_l("To ship"), partly=_l("Partly shipped"),
    all=_l("All shipped"),
)  # fmt: skip
label_fields(
    SalesOrder,
    number=_l("Order number"), subject=_l("Subject"), category=_l("Order category"), signed_on=_l("Signed on"),
    latest_ship_on=_l("Latest ship date"), contact=_l("Signer"), settlement=_l("Settlement"), total=_l("Total"),
    tax_total=_l("Tax included"), state=_l("Approval"), status=_l("Order status"), received=_l("Received"),
    shipping_status=_l("Shipping status"), shipped_amount=_l("Shipped amount"), receivable=_l("Receivable"),
    submitted_at=_l("Submitted at"), submitted_by=_l("Submitted by"), approved_at=_l("Approved at"),
    approved_by=_l("Approved by"), rejection_reason=_l("Reason of rejection"), stop_reason=_l("Reason of stopping"),
    shipping_method=_l("Shipping method"), lines=_l("Order lines"), is_status_by_hand=_l("Status set by hand"),
    plan=_l("Payment plan"),
)  # fmt: skip
label_fields(
    SalesOrderLine,
    order=_l("Order"), position=_l("No."), unit_price=_l("Unit price incl. tax"), list_price=_l("List price"),
    tax_rate=_l("Tax rate"), amount=_l("Amount"), tax=_l("Tax"), issued=_l("Issued quantity"),
    shipped=_l("Shipped quantity"), discount=_l("Discount"), shipped_amount=_l("Shipped amount"),
)  # fmt: skip
