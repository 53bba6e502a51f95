"""One-level approval: what its steps ask, and what they write on the document. Manual 8.7."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, object_session

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.db.unit_of_work import once_per_transaction
from app.core.errors import AppError, NotAllowed, Refused
from app.core.flow.workflow import Move
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import UserSuperior
from app.security.policy import is_below, may_write
from app.security.roles import R
from app.security.settings import setting


def session_of(order: SalesOrder) -> Session:
    session = object_session(order)
    if session is None:
        raise RuntimeError("guards ask about rows of a session")
    return session


def is_its_side(order: SalesOrder, actor: Actor) -> AppError | None:
    """The actor owns the order or stands above its owner."""
    if may_write(session_of(order), order, actor):
        return None
    return NotAllowed("not_allowed", _("Only the order's owner or someone above may do this."))


def has_lines(order: SalesOrder, actor: Actor) -> AppError | None:
    """The order has at least one line."""
    return None if order.lines else Refused("no_lines", _("The order has no lines."), field="lines")


def not_own(order: SalesOrder, actor: Actor) -> AppError | None:
    """Nobody approves what they own, entered or submitted. Manual 8.7."""
    if actor.user_id not in (order.owner_id, order.created_by_id, order.submitted_by_id):
        return None
    return Refused("own_order", _("Nobody approves their own order. Please ask another superior."))


def is_its_approver(order: SalesOrder, actor: Actor) -> AppError | None:
    """The actor stands above the owner; for an owner with nobody above, is a director or the boss. spec.md §8."""
    session = session_of(order)
    if actor.user_id == order.owner_id:
        return None  # `not_own` says it better
    if setting(session, "sales_order_approver") == "boss":
        allowed = actor.is_any(R.boss)
    elif has_superior(session, order.owner_id):
        allowed = is_below(session, order.owner_id, actor, strictly=True)
    else:
        allowed = actor.is_any(R.boss, R.sales_director)
    return None if allowed else NotAllowed("not_allowed", _("Only a superior of the order's owner decides on it."))


def has_superior(session: Session, user_id: int) -> bool:
    query = sa.select(UserSuperior.id).where(UserSuperior.user_id == user_id, UserSuperior.depth > 0)
    asked = ("has_superior", user_id)
    return once_per_transaction(session, asked, lambda: session.execute(query.limit(1)).first() is not None)


def was_approver_or_boss(order: SalesOrder, actor: Actor) -> AppError | None:
    """The actor approved the order, or is the boss."""
    if actor.user_id == order.approved_by_id or actor.is_any(R.boss):
        return None
    return NotAllowed("not_allowed", _("Only who approved the order, or the general manager, may revoke it."))


def record_approval(move: Move) -> None:
    """Note who approved, and when."""
    move.document.approved_at = utc_now()
    move.document.approved_by_id = move.actor.user_id


def record_rejection(move: Move) -> None:
    """Keep the reason where the owner will look."""
    move.document.rejection_reason = move.form["reason"]


def forget_approval(move: Move) -> None:
    """The order is nobody's decision any more."""
    move.document.approved_at = None
    move.document.approved_by_id = None
