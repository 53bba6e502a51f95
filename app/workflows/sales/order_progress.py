"""订单状态与发货状态 How far an order is: computed from quantities and money. Manual 8.10, 8.11."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.core.money import plain
from app.models.money.payment import PaymentPlan
from app.models.sales.sales_order import OrderStatus, SalesOrder, SalesOrderLine, ShippingStatus


def shipping_status_of(submitted: bool, quantities: Iterable[tuple[Decimal, Decimal, Decimal]]) -> ShippingStatus:
    """From (ordered, issued, shipped) per line: `--`, 未出库, 需发货, 部分, 全部. Manual 8.11.

    需发货 outweighs 部分: issued goods that wait for shipping are what someone must act on.
    """
    lines = list(quantities)
    if not submitted:
        return ShippingStatus.none
    if any(issued > shipped for _ordered, issued, shipped in lines):
        return ShippingStatus.to_ship
    if not any(shipped for _ordered, _issued, shipped in lines):
        return ShippingStatus.not_issued
    if all(shipped >= ordered for ordered, _issued, shipped in lines):
        return ShippingStatus.all
    return ShippingStatus.partly


def quantities_of(lines: Iterable[SalesOrderLine]) -> list[tuple[Decimal, Decimal, Decimal]]:
    return [(line.quantity, line.issued, line.shipped) for line in lines]


def refresh_shipping(order: SalesOrder) -> None:
    """Store the computed shipping status."""
    order.shipping_status = shipping_status_of(order.submitted_at is not None, quantities_of(order.lines))


def refresh_status(order: SalesOrder) -> None:
    """结束 when all is delivered and all is received, else 执行中; a shipment or payment outweighs a hand. Manual 8.10.

    Of an order that was closed short all is delivered. One that was stopped stays so.
    """
    if order.status is OrderStatus.stopped:
        return
    done = order.is_fully_shipped and order.is_fully_received
    order.status = OrderStatus.ended if done else OrderStatus.executing
    order.is_status_by_hand = False


def still_open(order: SalesOrder) -> str:
    """What an order that is ended by hand leaves undone: goods not shipped, money not received. Manual 8.10."""
    lines = [line for line in order.lines if line.quantity > line.shipped]
    units = {line.product.unit for line in lines}
    parts = []
    if len(units) == 1:
        left = plain(sum((line.quantity - line.shipped for line in lines), ZERO))
        parts.append(_("not shipped: %(n)s %(unit)s", n=left, unit=units.pop()))
    elif lines:
        parts.append(_("not shipped: %(n)s lines", n=len(lines)))
    if order.receivable > 0:
        parts.append(_("still owed: ¥%(amount)s", amount=f"{order.receivable:,.2f}"))
    return _("Still open: %(what)s.", what=_(", ").join(parts)) if parts else ""


def open_plan_amount(session: Session, order: SalesOrder) -> Decimal:
    """Yuan planned, still asked for and not received yet, over the order's instalments."""
    query = sa.select(sa.func.sum(PaymentPlan.amount), sa.func.sum(PaymentPlan.settled)).where(
        PaymentPlan.sales_order_id == order.id
    )
    planned, settled = session.execute(query).one()
    return (planned or ZERO) - (settled or ZERO)
