"""What the documents say about the cached figures of orders, customers and stock. Manual 8.10, 8.11, 8.14, 11.10."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.core.ledger.verify import check
from app.models.document import ApprovalState
from app.models.money.payment import (
    Payment,
    PaymentState,
)
from app.models.sales.sales_order import OrderStatus, SalesOrder, SalesOrderLine
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueLine, GoodsIssueState, Shipment, ShipmentLine
from app.workflows.sales.order_progress import quantities_of, shipping_status_of

BATCH = 2000  # keys looked at together: a check never holds a whole table, however large the firm


def _ranges(session: Session, key: Any) -> Iterator[tuple[int, int]]:
    """First and last key of each batch."""
    low, high = session.execute(sa.select(sa.func.min(key), sa.func.max(key))).one()
    for first in range(low, high + 1, BATCH) if low is not None else ():
        yield first, first + BATCH - 1


def _sums(session: Session, key: Any, value: Any, *conditions: Any) -> dict[int, Decimal]:
    query = sa.select(key, sa.func.sum(value)).where(*conditions).group_by(key)
    return {row[0]: row[1] or ZERO for row in session.execute(query)}


def _differ(name: str, what: str, stored: Any, computed: Any) -> Iterator[str]:
    if stored != computed:
        yield f"{name}: {what} is {stored}, its documents say {computed}"


@check
def orders_follow_their_lines(session: Session) -> Iterator[str]:
    """Totals, shipping status, received, receivable and status of every order, in batches by key."""
    for keys in _ranges(session, SalesOrder.id):
        orders = session.scalars(sa.select(SalesOrder).where(SalesOrder.id.between(*keys)).order_by(SalesOrder.id))
        received = _sums(
            session, Payment.sales_order_id, Payment.amount,
            Payment.sales_order_id.between(*keys), Payment.state == PaymentState.recorded,
        )  # fmt: skip
        lines = _lines(session, keys)
        issued = _line_sums(session, keys)
        for order in orders:
            yield from _order_mismatches(order, lines[order.id], received.get(order.id, ZERO), issued)
        session.expunge_all()


def _lines(session: Session, keys: tuple[int, int]) -> dict[int, list[Any]]:
    """The lines of these orders as plain rows: as objects they would take many times as long."""
    line = SalesOrderLine
    query = sa.select(
        line.id, line.order_id, line.position, line.quantity, line.issued, line.shipped, line.shipped_amount,
        line.amount, line.tax,
    ).where(line.order_id.between(*keys))  # fmt: skip
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query.order_by(line.order_id, line.position)):
        found[row.order_id].append(row)
    return found


def _line_sums(
    session: Session, keys: tuple[int, int]
) -> tuple[dict[int, Decimal], dict[int, Decimal], dict[int, Decimal]]:
    """Issued and shipped quantity and shipped amount per order line, from the issues and shipments themselves."""
    taken = (
        sa.select(GoodsIssueLine.order_line_id, sa.func.sum(GoodsIssueLine.quantity))
        .join(GoodsIssue)
        .where(
            GoodsIssue.order_id.between(*keys),
            GoodsIssue.state.in_((GoodsIssueState.confirmed, GoodsIssueState.shipped)),
        )
        .group_by(GoodsIssueLine.order_line_id)
    )
    sent = (
        sa.select(ShipmentLine.order_line_id, sa.func.sum(ShipmentLine.quantity), sa.func.sum(ShipmentLine.amount))
        .join(Shipment)
        .where(Shipment.order_id.between(*keys))
        .group_by(ShipmentLine.order_line_id)
    )
    shipped, amounts = {}, {}
    for key, quantity, amount in session.execute(sent):
        shipped[key], amounts[key] = quantity, amount
    return {key: value for key, value in session.execute(taken)}, shipped, amounts


def _order_mismatches(
    order: SalesOrder,
    lines: list[Any],
    received: Decimal,
    sums: tuple[dict[int, Decimal], dict[int, Decimal], dict[int, Decimal]],
) -> Iterator[str]:
    name = f"sales_order {order.number}"
    issued, shipped, amounts = sums
    for line in lines:
        where = f"{name} line {line.position}"
        yield from _differ(where, "issued", line.issued, issued.get(line.id, ZERO))
        yield from _differ(where, "shipped", line.shipped, shipped.get(line.id, ZERO))
        yield from _differ(where, "shipped_amount", line.shipped_amount, amounts.get(line.id, ZERO))
    yield from _differ(name, "total", order.total, sum((line.amount for line in lines), ZERO))
    yield from _differ(name, "tax_total", order.tax_total, sum((line.tax for line in lines), ZERO))
    yield from _differ(name, "received", order.received, received)
    counts = order.state is ApprovalState.approved and order.status is not OrderStatus.stopped
    yield from _differ(name, "receivable", order.receivable, order.total - received if counts else ZERO)
    sent = sum((line.shipped_amount for line in lines), ZERO)
    yield from _differ(name, "shipped_amount", order.shipped_amount, sent)
    status = shipping_status_of(order.submitted_at is not None, quantities_of(lines))
    yield from _differ(name, "shipping_status", order.shipping_status.value, status.value)
    if not order.is_status_by_hand and order.status is not OrderStatus.stopped:
        done = order.state is ApprovalState.approved and order.is_fully_shipped and order.is_fully_received
        yield from _differ(name, "status", order.status.value, "ended" if done else "executing")
