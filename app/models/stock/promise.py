"""承诺 What orders have reserved where, what was taken from them, and what purchases bring. Manual 8.5, 11.5."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.core.appbuilder import Model
from app.core.db.base import Row, link_to
from app.core.db.types import Fixed
from app.core.record.fields import label_fields
from app.models.document import ApprovalState
from app.models.products.product import Product
from app.models.purchase.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.models.sales.sales_order import OrderStatus, SalesOrder, SalesOrderLine
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueLine, GoodsIssueState


class TakenPromise(Row, Model):
    """Goods that were promised to an order and taken for another document by somebody who knew it.

    The order is kept by key and number, without a foreign key: who takes goods shall not wait for a step of that order.
    """

    __tablename__ = "taken_promise"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.Index("ix_taken_promise_document", "document_model", "document_id"),
    )

    document_model: Mapped[str] = mapped_column(sa.String(40))
    document_id: Mapped[int]
    product_id: Mapped[int] = link_to("product.id")
    order_id: Mapped[int] = mapped_column(index=True)
    order_number: Mapped[str] = mapped_column(sa.String(40))
    quantity: Mapped[Decimal] = mapped_column(Fixed(3))


def still_reserves() -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions of the orders that have reserved what they have not issued."""
    is_open = SalesOrder.status != OrderStatus.stopped, SalesOrder.is_closed_short.is_(False)
    return SalesOrder.state == ApprovalState.approved, *is_open


def promises(warehouse_id: int | None = None, product_ids: Collection[int] | None = None) -> sa.Subquery:
    """One row per (warehouse, product, order) with something reserved, in the product's unit; all of them, or of these.

    What an order has not issued is reserved in its own warehouse; what a draft issue asks for is reserved where it is
    asked for.
    """
    line, order, asked, issue = SalesOrderLine, SalesOrder, GoodsIssueLine, GoodsIssue
    left = (
        sa.select(order.warehouse_id, line.product_id, order.id.label("order_id"),
                  (line.quantity - line.issued).label("quantity"))
        .join(order, order.id == line.order_id)
        .where(line.quantity > line.issued, *still_reserves(), *_of(order.warehouse_id, warehouse_id))
    )  # fmt: skip
    there, away = (
        sa.select(place, asked.product_id, order.id, quantity)
        .join(issue, issue.id == asked.issue_id)
        .join(order, order.id == issue.order_id)
        .where(issue.state == GoodsIssueState.draft, issue.warehouse_id != order.warehouse_id, *still_reserves())
        .where(*_of(place, warehouse_id))
        for place, quantity in ((issue.warehouse_id, asked.quantity), (order.warehouse_id, -asked.quantity))
    )
    if product_ids is not None:
        left = left.where(line.product_id.in_(product_ids))
        there, away = (part.where(asked.product_id.in_(product_ids)) for part in (there, away))
    parts = sa.union_all(left, there, away).subquery()
    total = sa.func.sum(parts.c.quantity).label("quantity")
    keys = (parts.c.warehouse_id, parts.c.product_id, parts.c.order_id)
    counted = sa.select(*keys, total).join(Product, Product.id == parts.c.product_id).where(Product.counts_stock)
    return counted.group_by(*keys).having(total > 0).subquery()


def arrivals(warehouse_id: int, product_ids: Collection[int], until: dt.date | None = None) -> sa.Select[Any]:
    """One row per (product, day) that approved purchases still bring into a warehouse, in the product's unit."""
    line, order = PurchaseOrderLine, PurchaseOrder
    brought = sa.func.sum(line.quantity - line.received).label("quantity")
    query: Any = (
        sa.select(line.product_id, order.expected_on, brought)
        .join(order, order.id == line.order_id)
        .where(order.state == ApprovalState.approved, order.warehouse_id == warehouse_id)
        .where(line.quantity > line.received, line.product_id.in_(product_ids))
        .group_by(line.product_id, order.expected_on)
        .order_by(line.product_id, order.expected_on)
    )
    found: sa.Select[Any] = query if until is None else query.where(order.expected_on <= until)
    return found


def _of(column: Any, key: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if key is None else (column == key,)


label_fields(TakenPromise, order_number=_l("Order"))
