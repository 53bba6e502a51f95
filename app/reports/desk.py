"""工作台 What waits for a person: conditions that lists share, and their counts. Manual 3.3, 8.7, 11.2b, 8.14."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.numbering import today
from app.models.customer import Customer
from app.models.goods_issue import GoodsIssue, GoodsIssueState
from app.models.payment import PaymentPlan, PlanStatus
from app.models.sales_order import OrderStatus, SalesOrder, SalesOrderState, ShippingStatus
from app.models.user import UserSuperior
from app.reports.customer import is_hot, is_mine
from app.reports.listing import COUNTED_TO
from app.security.roles import R
from app.security.settings import setting
from app.security.visibility import kept_warehouses, people_below, visible

DAYS_AHEAD = 7


def may_decide(actor: Actor) -> Any:
    """Condition: pending orders this person may approve or reject. Manual 8.7."""
    order = SalesOrder
    has_superior = sa.select(UserSuperior.user_id).where(UserSuperior.depth > 0)
    above = order.owner_id.in_(people_below(actor))
    if actor.is_any(R.boss, R.sales_director):
        above = sa.or_(above, order.owner_id.not_in(has_superior))
    return sa.and_(
        order.state == SalesOrderState.pending,
        above,
        order.owner_id != actor.user_id,
        sa.or_(order.created_by_id.is_(None), order.created_by_id != actor.user_id),
        sa.or_(order.submitted_by_id.is_(None), order.submitted_by_id != actor.user_id),
    )


def was_rejected(actor: Actor) -> Any:
    """Condition: own orders that came back. Manual 8.7."""
    return sa.and_(SalesOrder.owner_id == actor.user_id, SalesOrder.state == SalesOrderState.rejected)


def waits_for_approval(actor: Actor) -> Any:
    """Condition: own orders somebody has still to decide on."""
    return sa.and_(SalesOrder.owner_id == actor.user_id, SalesOrder.state == SalesOrderState.pending)


def to_request(actor: Actor) -> Any:
    """Condition: own approved orders with nothing issued yet. Manual 8.11."""
    return sa.and_(
        SalesOrder.owner_id == actor.user_id,
        SalesOrder.state == SalesOrderState.approved,
        SalesOrder.status == OrderStatus.executing,
        SalesOrder.shipping_status == ShippingStatus.not_issued,
    )


def issues_to_confirm(actor: Actor) -> Any:
    """Condition: goods issues in kept warehouses that wait for the keeper. Manual 11.2b."""
    return sa.and_(GoodsIssue.state == GoodsIssueState.draft, GoodsIssue.warehouse_id.in_(kept_warehouses(actor)))


def issues_to_ship(actor: Actor) -> Any:
    """Condition: confirmed goods in kept warehouses that wait for shipping. Manual 11.2b."""
    return sa.and_(GoodsIssue.state == GoodsIssueState.confirmed, GoodsIssue.warehouse_id.in_(kept_warehouses(actor)))


def plans_due(actor: Actor) -> Any:
    """Condition: instalments not fully paid, due within a week or overdue, of orders that count. Manual 8.14."""
    counting = sa.select(SalesOrder.id).where(
        SalesOrder.state == SalesOrderState.approved, SalesOrder.status != OrderStatus.stopped
    )
    return sa.and_(
        PaymentPlan.status != PlanStatus.settled,
        PaymentPlan.due_on <= today() + dt.timedelta(days=DAYS_AHEAD),
        PaymentPlan.sales_order_id.in_(counting),
    )


def plans_overdue(actor: Actor) -> Any:
    """Condition: those of them whose day has passed."""
    return sa.and_(plans_due(actor), PaymentPlan.due_on < today())


@dataclass(frozen=True)
class Waiting:
    """One figure of the desk and the list it counts."""

    label: Any
    icon: str
    model: type[Any]
    preset: str
    condition: Callable[[Actor], Any]
    right: str  # the right on the model that makes it this person's business
    tone: str = ""


SALES_DESK = (
    Waiting(_l("Orders sent back"), "thumb-down", SalesOrder, "rejected", was_rejected, "submit", "stop"),
    Waiting(_l("Waiting for approval"), "hourglass", SalesOrder, "waiting", waits_for_approval, "submit"),
    Waiting(_l("Approved, issue to request"), "package-export", SalesOrder, "to_request", to_request, "issue", "wait"),
)
FIGURES = (
    Waiting(_l("To approve"), "rubber-stamp", SalesOrder, "to_approve", may_decide, "approve", "wait"),
    *SALES_DESK,
    Waiting(_l("Issues to confirm"), "clipboard-check", GoodsIssue, "to_confirm", issues_to_confirm, "confirm", "wait"),
    Waiting(_l("Goods to ship"), "truck-delivery", GoodsIssue, "to_ship", issues_to_ship, "ship", "wait"),
    Waiting(_l("Payments due within a week"), "calendar-dollar", PaymentPlan, "due", plans_due, "read"),
    Waiting(_l("Payments overdue"), "alert-triangle", PaymentPlan, "overdue", plans_overdue, "read", "stop"),
    Waiting(_l("My customers"), "building-store", Customer, "mine", is_mine, "create"),
    Waiting(_l("Hot customers"), "flame", Customer, "hot", is_hot, "mark_hot"),
)


def waiting(session: Session, actor: Actor) -> list[tuple[Waiting, int]]:
    """Every figure that concerns this person with its count, to 1001, in one query; lists show the same rows."""
    mine = [figure for figure in FIGURES if actor.may(figure.right, figure.model) and actor.may("read", figure.model)]
    if not mine:
        return []
    counts = []
    for figure in mine:
        rows = sa.select(figure.model.id).where(figure.condition(actor))
        limited = visible(rows, figure.model, actor).limit(COUNTED_TO + 1).subquery()
        counts.append(sa.select(sa.func.count()).select_from(limited).scalar_subquery())
    found = session.execute(sa.select(*counts)).one()
    only_boss = setting(session, "sales_order_approver") == "boss" and not actor.is_any(R.boss)
    return [
        (figure, count)
        for figure, count in zip(mine, found, strict=True)
        if not (only_boss and figure.preset == "to_approve")
    ]
