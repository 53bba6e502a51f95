"""销售 Who sees and keeps sales orders. Manual 6.5, 10.10."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.actor import Actor
from app.models.document import ApprovalState
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import UserSuperior
from app.security.policy import Policy, Sees, declare
from app.security.roles import SALES_SIDE, R


def waits_for_a_director(model: type[Any], actor: Actor) -> sa.ColumnElement[bool] | None:
    """Pending documents whose owner has nobody above: any director may decide on them, and so sees them. spec.md §8."""
    if not actor.is_any(R.sales_director):
        return None
    has_superior = sa.select(UserSuperior.user_id).where(UserSuperior.depth > 0)
    return sa.and_(model.state == ApprovalState.pending, model.owner_id.not_in(has_superior))


declare({
    SalesOrder: Policy(
        Sees(every=(R.boss, R.finance), owner="owner_id", through=("customer",), ways=(waits_for_a_director,)),
        changed_by=Sees(every=(R.boss,), owner="owner_id"),
        kept_by=SALES_SIDE,
        rights={"import": ()},
    ),
})  # fmt: skip
