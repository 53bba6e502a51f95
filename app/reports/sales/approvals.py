"""工作台 What of the orders waits for a person: to decide on, or sent back. Manual 3.3, 8.7."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.actor import Actor
from app.models.document import ApprovalState
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import UserSuperior
from app.security.policy import people_below
from app.security.roles import R


def may_decide(actor: Actor) -> Any:
    """Condition: pending orders this person may approve or reject: of people below, not their own. Manual 8.7."""
    order = SalesOrder
    above: sa.ColumnElement[bool] = order.owner_id.in_(people_below(actor))
    if actor.is_any(R.boss, R.sales_director):  # an owner with nobody above is decided on by any of these
        has_superior = sa.select(UserSuperior.user_id).where(UserSuperior.depth > 0)
        above = sa.or_(above, order.owner_id.not_in(has_superior))
    return sa.and_(
        order.state == ApprovalState.pending,
        above,
        order.owner_id != actor.user_id,
        sa.or_(order.created_by_id.is_(None), order.created_by_id != actor.user_id),
        sa.or_(order.submitted_by_id.is_(None), order.submitted_by_id != actor.user_id),
    )


def was_rejected(actor: Actor) -> Any:
    """Condition: own orders that came back. Manual 8.7."""
    return sa.and_(SalesOrder.owner_id == actor.user_id, SalesOrder.state == ApprovalState.rejected)
