"""销售 Who sees and keeps sales orders. Manual 6.5, 8.7, 10.10."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.actor import Actor
from app.models.sales.sales_order import SalesOrder
from app.security.policy import Policy, Sees, declare, people_with_superiors
from app.security.roles import SALES_SIDE, R


def of_nobody_above(model: type[Any], actor: Actor) -> sa.ColumnElement[bool] | None:
    """Orders of an owner whom nobody stands above, for the directors who decide on them. spec.md §8"""
    if not actor.is_any(R.sales_director):
        return None
    found: sa.ColumnElement[bool] = model.owner_id.not_in(people_with_superiors())
    return found


declare({
    SalesOrder: Policy(
        Sees(every=(R.boss, R.finance), owner="owner_id", through=("customer",), where=(of_nobody_above,)),
        changed_by=Sees(every=(R.boss,), owner="owner_id"),
        kept_by=SALES_SIDE,
        rights={"import": (R.sales_manager, R.sales_director)},  # they read in orders of their people's customers
    ),
})  # fmt: skip
