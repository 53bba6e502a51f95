"""出库单 Goods issue and 发货 shipment: how ordered goods leave. Manual 11.2b, 11.5, 11.6."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import KEPT_BY_SYSTEM, Record, Row, link_to
from app.core.db.types import ZERO, Fixed
from app.core.errors import explain_constraint
from app.core.flow.workflow import state_column
from app.core.record.fields import label_codes, label_fields
from app.core.record.freeze import Frozen
from app.core.record.tones import tone_codes
from app.models.document import Confirmed, Derived, DerivedLine, Document, progress
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem, dictionary_link
from app.models.system.user import AppUser


class GoodsIssueState(enum.StrEnum):
    draft = enum.auto()  # 待确认
    confirmed = enum.auto()  # 已出库, 待发货
    shipped = enum.auto()  # 已发货
    cancelled = enum.auto()  # 已取消


class IssueProgress(enum.StrEnum):
    """What is told of an issue in place of its state."""

    partly_sent = enum.auto()  # 部分发货


class GoodsIssue(Confirmed, Derived, Document, Model):
    """A request to take an order's goods off the shelf of one warehouse; the keeper's confirmation takes them."""

    __tablename__ = "goods_issue"
    __singular__ = _l("goods issue")
    __plural__ = _l("Goods issues")
    __number_prefix__ = "CK"
    __source__, __source_field__ = "SalesOrder", "order"
    __frozen_states__ = frozenset({"confirmed", "shipped", "cancelled"})

    warehouse_id: Mapped[int] = link_to("warehouse.id")
    state: Mapped[GoodsIssueState] = state_column(GoodsIssueState, GoodsIssueState.draft)  # type: ignore[assignment]

    order: Mapped[SalesOrder]
    warehouse: Mapped[Warehouse] = relationship()

    @hybrid_property
    def is_begun(self) -> bool:
        """Whether some of its goods have left and others wait. Manual 11.5."""
        return self.state is GoodsIssueState.confirmed and any(line.shipped for line in self.lines)

    @is_begun.inplace.expression
    @classmethod
    def _is_begun(cls) -> sa.ColumnElement[bool]:
        sent = sa.exists().where(GoodsIssueLine.issue_id == cls.id, GoodsIssueLine.shipped > 0)
        return sa.and_(cls.state == GoodsIssueState.confirmed, sent)

    @property
    def told_state(self) -> GoodsIssueState | IssueProgress:
        """Its state; of an issue that is sent in parts, that some of it has left. Manual 11.5."""
        return IssueProgress.partly_sent if self.is_begun else self.state


class GoodsIssueLine(DerivedLine, Model):
    """How much of one order line is asked for, later taken, and shipped; in the product's unit."""

    __table_args__ = (sa.CheckConstraint("0 <= shipped AND shipped <= quantity", name="shipped_within_issued"),)

    shipped: Mapped[Decimal] = progress()

    issue: Mapped[GoodsIssue]
    order_line: Mapped[SalesOrderLine]
    product: Mapped[Product]


class ShipmentState(enum.StrEnum):
    shipped = enum.auto()  # 已发货
    signed = enum.auto()  # 已签收


class Shipment(Record, Model):
    """发货单: issued goods sent to the consignee. This is what counts as delivered; it fixes cost and margin."""

    __tablename__ = "shipment"
    __singular__ = _l("shipment")
    __plural__ = _l("Shipments")
    __number_prefix__ = "FH"
    __table_args__ = (sa.UniqueConstraint("number", info=dict(KEPT_BY_SYSTEM)),)
    __frozen__ = Frozen(
        frozenset({"shipped", "signed"}),
        frozenset({"carrier", "tracking_number", "freight", "signed_on", "signed_by", "remark"}),
    )

    number: Mapped[str] = mapped_column(sa.String(30))
    issue_id: Mapped[int] = link_to("goods_issue.id")
    order_id: Mapped[int] = link_to("sales_order.id")
    warehouse_id: Mapped[int] = link_to("warehouse.id")
    state: Mapped[ShipmentState] = state_column(ShipmentState, ShipmentState.shipped)
    shipped_on: Mapped[dt.date] = mapped_column(index=True)
    shipped_by_id: Mapped[int | None] = link_to("ab_user.id", optional=True)
    shipping_method_id: Mapped[int | None] = dictionary_link("shipping_method")
    freight_settlement_id: Mapped[int | None] = dictionary_link("freight_settlement")
    carrier: Mapped[str | None] = mapped_column(sa.String(60))
    tracking_number: Mapped[str | None] = mapped_column(sa.String(60))
    freight: Mapped[Decimal | None] = mapped_column(Fixed(2))
    consignee: Mapped[str] = mapped_column(sa.String(60))
    consignee_phone: Mapped[str] = mapped_column(sa.String(40))
    consignee_address: Mapped[str] = mapped_column(sa.String(200))
    amount: Mapped[Decimal] = mapped_column(Fixed(2), default=ZERO)
    signed_on: Mapped[dt.date | None]
    signed_by: Mapped[str | None] = mapped_column(sa.String(60))
    remark: Mapped[str | None] = mapped_column(sa.Text)

    issue: Mapped[GoodsIssue] = relationship()
    order: Mapped[SalesOrder] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    shipped_by: Mapped[AppUser | None] = relationship(foreign_keys=[shipped_by_id])
    shipping_method: Mapped[DictionaryItem | None] = relationship(foreign_keys=[shipping_method_id])
    freight_settlement: Mapped[DictionaryItem | None] = relationship(foreign_keys=[freight_settlement_id])
    lines: Mapped[list[ShipmentLine]] = relationship(
        back_populates="shipment", cascade="all, delete-orphan", order_by="ShipmentLine.id"
    )


class ShipmentLine(Row, Model):
    """What was sent of one order line; price tax included, cost as it was at that moment. Manual 8.8."""

    __tablename__ = "shipment_line"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity_positive"),)
    __frozen_with__, __counted__ = "shipment", "quantity"

    shipment_id: Mapped[int] = link_to("shipment.id", ondelete="CASCADE")
    issue_line_id: Mapped[int] = link_to("goods_issue_line.id")
    order_line_id: Mapped[int] = link_to("sales_order_line.id")
    product_id: Mapped[int] = link_to("product.id")
    quantity: Mapped[Decimal] = mapped_column(Fixed(3))
    unit_price: Mapped[Decimal] = mapped_column(Fixed(6), info={"unit": "price"})
    amount: Mapped[Decimal] = mapped_column(Fixed(2))
    cost_price: Mapped[Decimal] = mapped_column(Fixed(6), info={"needs": "cost", "unit": "price"})

    shipment: Mapped[Shipment] = relationship(back_populates="lines")
    order_line: Mapped[SalesOrderLine] = relationship()
    product: Mapped[Product] = relationship()


explain_constraint(
    "ck_goods_issue_line_shipped_within_issued", "too_much",
    _l("More would be shipped than was issued."), "quantity",
)  # fmt: skip
label_codes(
    GoodsIssueState,
    draft=_l("To confirm"), confirmed=_l("Issued, to ship"), shipped=_l("Shipped"), cancelled=_l("Cancelled"),
)  # fmt: skip
label_codes(IssueProgress, partly_sent=_l("Sent in part"))
tone_codes(IssueProgress, partly_sent="wait")
tone_codes(GoodsIssueState, draft="wait")  # it waits for the keeper; a drafted order waits for nobody
label_codes(ShipmentState, shipped=_l("Shipped"), signed=_l("Signed for"))
label_fields(
    GoodsIssue,
    number=_l("Goods issue number"), state=_l("State"), confirmed_at=_l("Confirmed at"), order=_l("Order"),
    confirmed_by=_l("Confirmed by"), lines=_l("Issue lines"),
)  # fmt: skip
label_fields(
    GoodsIssueLine,
    shipped=_l("Shipped quantity"), order_line=_l("Order line"), issue=_l("Goods issue"),
)  # fmt: skip
label_fields(
    Shipment,
    number=_l("Shipment number"), issue=_l("Goods issue"), order=_l("Order"), state=_l("State"),
    shipped_on=_l("Shipped on"), shipped_by=_l("Shipped by"), shipping_method=_l("Shipping method"),
    freight_settlement=_l("Freight settlement"), carrier=_l("Carrier"), tracking_number=_l("Tracking number"),
    freight=_l("Freight"), amount=_l("Amount"), signed_on=_l("Signed for on"), signed_by=_l("Signed for by"),
    lines=_l("Shipment lines"),
)  # fmt: skip
label_fields(ShipmentLine, unit_price=_l("Unit price incl. tax"), amount=_l("Amount"), cost_price=_l("Cost price"))
