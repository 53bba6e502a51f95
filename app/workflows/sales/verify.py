"""Checks of `crm verify`: what shipments and payments say about the figures of orders. Manual 8.10, 8.11, 8.14."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.core.ledger.verify import batches, check, differences, sums
from app.models.document import ApprovalState
from app.models.money.payment import PaymentAllocation
from app.models.money.refund import Refund, RefundState
from app.models.sales.sales_order import OrderStatus, SalesOrder, SalesOrderLine
from app.models.stock.goods_issue import Shipment, ShipmentLine
from app.workflows.document.pricing import cost_of_part
from app.workflows.sales.order_progress import quantities_of, shipping_status_of

Sums = dict[int, Decimal]


@check
def orders_follow_their_lines(session: Session) -> Iterator[str]:
    """Shipping status, received, receivable and status of every order, in batches by key."""
    for keys in batches(session, SalesOrder.id):
        orders = session.scalars(sa.select(SalesOrder).where(SalesOrder.id.between(*keys)).order_by(SalesOrder.id))
        money = _money(session, keys)
        lines = _lines(session, keys)
        shipped = _shipped(session, keys)
        for order in orders:
            yield from _order_mismatches(order, lines[order.id], money, shipped)
        session.expunge_all()


def _money(session: Session, keys: tuple[int, int]) -> tuple[Sums, Sums]:
    """What was received on these orders and what was given back, from allocations and refunds; yuan."""
    of, given = PaymentAllocation.sales_order_id, Refund.sales_order_id
    received = sums(session, of, PaymentAllocation.amount, of.between(*keys))
    return received, sums(session, given, Refund.amount, given.between(*keys), Refund.state == RefundState.recorded)


def _lines(session: Session, keys: tuple[int, int]) -> dict[int, list[Any]]:
    """The lines of these orders as plain rows: as objects they would take many times as long."""
    line = SalesOrderLine
    query = sa.select(
        line.id, line.order_id, line.position, line.quantity, line.issued, line.shipped, line.shipped_amount,
        line.unit_price, line.tax_rate, line.rebate, line.amount,
    ).where(line.order_id.between(*keys))  # fmt: skip
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query.order_by(line.order_id, line.position)):
        found[row.order_id].append(row)
    return found


def _shipped(session: Session, keys: tuple[int, int]) -> dict[int, tuple[Decimal, Decimal]]:
    """Shipped quantity and amount per order line, from the shipments themselves."""
    sent = (
        sa.select(ShipmentLine.order_line_id, sa.func.sum(ShipmentLine.quantity), sa.func.sum(ShipmentLine.amount))
        .join(Shipment)
        .where(Shipment.order_id.between(*keys))
        .group_by(ShipmentLine.order_line_id)
    )
    return {key: (quantity, amount) for key, quantity, amount in session.execute(sent)}


def _order_mismatches(
    order: SalesOrder, lines: list[Any], money: tuple[Sums, Sums], shipped: dict[int, tuple[Decimal, Decimal]]
) -> Iterator[str]:
    name = f"sales_order {order.number}"
    for line in lines:
        where = f"{name} line {line.position}"
        quantity, amount = shipped.get(line.id, (ZERO, ZERO))
        yield from differences(where, "shipped", line.shipped, quantity)
        yield from differences(where, "shipped_amount", line.shipped_amount, amount)
        part = cost_of_part(line, line.shipped, order.prices)
        yield from differences(where, "shipped_amount at its price", line.shipped_amount, part)
    sent = sum((line.shipped_amount for line in lines), ZERO)
    yield from differences(name, "shipped_amount", order.shipped_amount, sent)
    received, refunded = (found.get(order.id, ZERO) for found in money)
    yield from differences(name, "received", order.received, received)
    yield from differences(name, "refunded", order.refunded, refunded)
    counts = order.state is ApprovalState.approved
    value = (sent if order.has_ended_short else order.total) if counts else ZERO
    yield from differences(name, "contract_value", order.contract_value, value)
    yield from differences(name, "receivable", order.receivable, value - received + refunded)
    status = shipping_status_of(order.submitted_at is not None, quantities_of(lines))
    yield from differences(name, "shipping_status", order.shipping_status.value, status.value)
    if not order.is_status_by_hand and order.status is not OrderStatus.stopped:
        done = order.state is ApprovalState.approved and order.is_fully_shipped and order.is_fully_received
        yield from differences(name, "status", order.status.value, "ended" if done else "executing")
