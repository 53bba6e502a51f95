"""订单列表 Ready-made views of the lists of orders, plans, payments and issues. Manual 8.10, 8.11, 8.14."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import today
from app.models.document import ApprovalState
from app.models.money.payment import STILL_ASKED, Payment, PaymentPlan, PaymentState
from app.models.sales.sales_order import OrderStatus, SalesOrder, ShippingStatus
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueState
from app.security.policies.stock import kept_warehouses
from app.security.policy import visible

COUNTED_TO = 100


def is_to_ship(actor: Actor) -> Any:
    """Approved orders with something neither shipped nor stopped."""
    return sa.and_(
        SalesOrder.state == ApprovalState.approved,
        SalesOrder.status == OrderStatus.executing,
        SalesOrder.is_closed_short.is_(False),
        SalesOrder.shipping_status != ShippingStatus.all,
    )


def is_late(actor: Actor) -> Any:
    """Not all shipped and past the latest ship date."""
    return sa.and_(is_to_ship(actor), SalesOrder.latest_ship_on < today())


def is_to_collect(actor: Actor) -> Any:
    """Approved orders on which money is still due."""
    return sa.and_(SalesOrder.state == ApprovalState.approved, SalesOrder.receivable > 0)


def is_to_confirm(actor: Actor) -> Any:
    return GoodsIssue.state == GoodsIssueState.draft


def waits_for_shipping(actor: Actor) -> Any:
    return GoodsIssue.state == GoodsIssueState.confirmed


def plan_is_open(actor: Actor) -> Any:
    """Instalments not paid in full, of orders that count."""
    return sa.and_(PaymentPlan.status.in_(STILL_ASKED), _counts())


def plan_is_due(actor: Actor) -> Any:
    """Open instalments of this month or earlier."""
    next_month = (today().replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return sa.and_(plan_is_open(actor), PaymentPlan.due_on < next_month)


def plan_is_overdue(actor: Actor) -> Any:
    """Open instalments whose day has passed."""
    return sa.and_(plan_is_open(actor), PaymentPlan.due_on < today())


def _counts() -> Any:
    """Instalments of approved orders: nobody collects on the others."""
    orders = sa.select(SalesOrder.id).where(SalesOrder.state == ApprovalState.approved)
    return PaymentPlan.sales_order_id.in_(orders)


def next_to_handle(session: Session, actor: Actor) -> tuple[int | None, int]:
    """Key of the most urgent issue that waits for this keeper's hand, and how many wait."""
    issues = sa.select(GoodsIssue.id).join(SalesOrder, SalesOrder.id == GoodsIssue.order_id)
    kept = GoodsIssue.warehouse_id.in_(kept_warehouses(actor))
    query = visible(issues, GoodsIssue, actor).where(sa.or_(is_to_confirm(actor), waits_for_shipping(actor)), kept)
    return _first_and_count(session, query, SalesOrder.latest_ship_on, GoodsIssue.id)


def _first_and_count(session: Session, query: Any, *order: Any) -> tuple[int | None, int]:
    rows = session.scalars(query.order_by(*order).limit(COUNTED_TO)).all()
    return (rows[0] if rows else None), len(rows)


def is_unassigned(actor: Actor) -> Any:
    """Payments of which a part, or the whole, pays for no order yet."""
    return sa.and_(Payment.left > 0, Payment.state == PaymentState.recorded)
