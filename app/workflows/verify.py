"""What the documents say about the cached figures of orders, customers and stock. Manual 8.10, 8.11, 8.14, 11.10."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.core.types import ZERO
from app.core.verify import check
from app.models.goods_issue import GoodsIssue, GoodsIssueLine, GoodsIssueState, Shipment, ShipmentLine
from app.models.payment import (
    CustomerBalance,
    Payment,
    PaymentPlan,
    PaymentState,
    PlanSettlement,
    ReceivableLedgerEntry,
)
from app.models.product import Product
from app.models.sales_order import OrderStatus, SalesOrder, SalesOrderLine, SalesOrderState
from app.models.stock import StockBalance
from app.workflows.order_progress import quantities_of, shipping_status_of
from app.workflows.payment_plan import plan_status

BATCH = 500


def _sums(session: Session, key: Any, value: Any, *conditions: Any) -> dict[int, Decimal]:
    query = sa.select(key, sa.func.sum(value)).where(*conditions).group_by(key)
    return {row[0]: row[1] or ZERO for row in session.execute(query)}


def _differ(name: str, what: str, stored: Any, computed: Any) -> Iterator[str]:
    if stored != computed:
        yield f"{name}: {what} is {stored}, its documents say {computed}"


@check
def orders_follow_their_lines(session: Session) -> Iterator[str]:
    """Totals, shipping status, received, receivable and status of every order, in batches by key."""
    last = 0
    while True:
        query = sa.select(SalesOrder).where(SalesOrder.id > last).order_by(SalesOrder.id).limit(BATCH)
        orders = session.scalars(query.options(selectinload(SalesOrder.lines))).all()
        if not orders:
            return
        last = orders[-1].id
        ids = [order.id for order in orders]
        received = _sums(
            session, Payment.sales_order_id, Payment.amount,
            Payment.sales_order_id.in_(ids), Payment.state == PaymentState.recorded,
        )  # fmt: skip
        issued = _line_sums(session, ids)
        for order in orders:
            yield from _order_mismatches(order, received.get(order.id, ZERO), issued)
        session.expunge_all()


def _line_sums(
    session: Session, order_ids: list[int]
) -> tuple[dict[int, Decimal], dict[int, Decimal], dict[int, Decimal]]:
    """Issued and shipped quantity and shipped amount per order line, from the issues and shipments themselves."""
    taken = (
        sa.select(GoodsIssueLine.order_line_id, sa.func.sum(GoodsIssueLine.quantity))
        .join(GoodsIssue)
        .where(
            GoodsIssue.order_id.in_(order_ids),
            GoodsIssue.state.in_((GoodsIssueState.confirmed, GoodsIssueState.shipped)),
        )
        .group_by(GoodsIssueLine.order_line_id)
    )
    sent = (
        sa.select(ShipmentLine.order_line_id, sa.func.sum(ShipmentLine.quantity), sa.func.sum(ShipmentLine.amount))
        .join(Shipment)
        .where(Shipment.order_id.in_(order_ids))
        .group_by(ShipmentLine.order_line_id)
    )
    rows = session.execute(sent).all()
    shipped = {row[0]: row[1] for row in rows}
    amounts = {row[0]: row[2] for row in rows}
    return {key: value for key, value in session.execute(taken)}, shipped, amounts


def _order_mismatches(
    order: SalesOrder, received: Decimal, sums: tuple[dict[int, Decimal], dict[int, Decimal], dict[int, Decimal]]
) -> Iterator[str]:
    name = f"sales_order {order.number}"
    issued, shipped, amounts = sums
    for line in order.lines:
        where = f"{name} line {line.position}"
        yield from _differ(where, "issued", line.issued, issued.get(line.id, ZERO))
        yield from _differ(where, "shipped", line.shipped, shipped.get(line.id, ZERO))
        yield from _differ(where, "shipped_amount", line.shipped_amount, amounts.get(line.id, ZERO))
    yield from _differ(name, "total", order.total, sum((line.amount for line in order.lines), ZERO))
    yield from _differ(name, "tax_total", order.tax_total, sum((line.tax for line in order.lines), ZERO))
    yield from _differ(name, "received", order.received, received)
    counts = order.state is SalesOrderState.approved and order.status is not OrderStatus.stopped
    yield from _differ(name, "receivable", order.receivable, order.total - received if counts else ZERO)
    sent = sum((line.shipped_amount for line in order.lines), ZERO)
    yield from _differ(name, "shipped_amount", order.shipped_amount, sent)
    status = shipping_status_of(order.submitted_at is not None, quantities_of(order.lines))
    yield from _differ(name, "shipping_status", order.shipping_status.value, status.value)
    if not order.is_status_by_hand and order.status is not OrderStatus.stopped:
        done = order.state is SalesOrderState.approved and order.is_fully_shipped and order.is_fully_received
        yield from _differ(name, "status", order.status.value, "ended" if done else "executing")


@check
def customers_follow_their_documents(session: Session) -> Iterator[str]:
    """The five figures of every customer. Manual 8.14."""
    counted = (SalesOrder.state == SalesOrderState.approved, SalesOrder.status != OrderStatus.stopped)
    contract = _sums(session, SalesOrder.customer_id, SalesOrder.total, *counted)
    due = _sums(session, SalesOrder.customer_id, SalesOrder.receivable)
    shipped = _sums(session, SalesOrder.customer_id, SalesOrder.shipped_amount)
    received = _sums(session, Payment.customer_id, Payment.amount, Payment.state == PaymentState.recorded)
    loose = _sums(
        session, Payment.customer_id, Payment.amount,
        Payment.state == PaymentState.recorded, Payment.sales_order_id.is_(None),
    )  # fmt: skip
    planned = dict(
        session.execute(
            sa.select(PaymentPlan.customer_id, sa.func.sum(PaymentPlan.amount) - sa.func.sum(PaymentPlan.settled))
            .join(SalesOrder, SalesOrder.id == PaymentPlan.sales_order_id)
            .where(*counted)
            .group_by(PaymentPlan.customer_id)
        ).all()
    )
    known = set()
    for balance in session.scalars(sa.select(CustomerBalance).execution_options(yield_per=BATCH)):
        key = balance.customer_id
        known.add(key)
        name = f"customer_balance customer_id={key}"
        yield from _differ(name, "contract_value", balance.contract_value, contract.get(key, ZERO))
        yield from _differ(name, "shipped_value", balance.shipped_value, shipped.get(key, ZERO))
        yield from _differ(name, "plan_open", balance.plan_open, planned.get(key, ZERO))
        yield from _differ(name, "received", balance.received, received.get(key, ZERO))
        yield from _differ(name, "receivable", balance.receivable, due.get(key, ZERO) - loose.get(key, ZERO))
    for key in {*contract, *shipped, *received} - known:
        if contract.get(key) or shipped.get(key) or received.get(key):
            yield f"customer_balance customer_id={key}: is missing"


@check
def plans_follow_their_payments(session: Session) -> Iterator[str]:
    """What each instalment has received, and its status. Manual 8.14."""
    settled = _sums(session, PlanSettlement.plan_id, PlanSettlement.amount)
    for plan in session.scalars(sa.select(PaymentPlan).execution_options(yield_per=BATCH)):
        name = f"payment_plan {plan.id}"
        yield from _differ(name, "settled", plan.settled, settled.get(plan.id, ZERO))
        yield from _differ(name, "status", plan.status.value, plan_status(plan).value)


@check
def orders_follow_the_receivable_ledger(session: Session) -> Iterator[str]:
    """Contract value per order, from the ledger."""
    entry = ReceivableLedgerEntry
    ledger = _sums(session, entry.sales_order_id, entry.contract_value_change, entry.sales_order_id.is_not(None))
    query = sa.select(SalesOrder.id, SalesOrder.number, SalesOrder.total, SalesOrder.state, SalesOrder.status)
    for row in session.execute(query.execution_options(yield_per=BATCH)):
        counts = row.state is SalesOrderState.approved and row.status is not OrderStatus.stopped
        yield from _differ(
            f"receivable_ledger_entry of {row.number}", "contract value",
            ledger.get(row.id, ZERO), row.total if counts else ZERO,
        )  # fmt: skip


@check
def reservations_follow_open_orders(session: Session) -> Iterator[str]:
    """Per product over all warehouses: reserved is what approved, unstopped orders still have to issue. spec.md §11."""
    open_lines = (
        sa.select(SalesOrderLine.product_id, sa.func.sum(SalesOrderLine.quantity) - sa.func.sum(SalesOrderLine.issued))
        .join(SalesOrder)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .where(
            SalesOrder.state == SalesOrderState.approved, SalesOrder.status != OrderStatus.stopped, Product.counts_stock
        )
        .group_by(SalesOrderLine.product_id)
    )
    wanted = {key: value for key, value in session.execute(open_lines)}
    reserved = _sums(session, StockBalance.product_id, StockBalance.reserved)
    for product_id in sorted({*wanted, *reserved}):
        yield from _differ(
            f"stock_balance product_id={product_id}", "reserved in all",
            reserved.get(product_id, ZERO), wanted.get(product_id, ZERO),
        )  # fmt: skip
