"""客户 Who sees and keeps customers and their contacts. Manual 6.5, 10.10."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.actor import Actor
from app.models.customers.customer import Contact, Customer, CustomerShare
from app.security.policy import Policy, Sees, declare
from app.security.roles import SALES_SIDE, R


def shared_with(model: type[Any], actor: Actor) -> sa.ColumnElement[bool]:
    """Customers that are shared with the person or with one of their roles. Manual 6.5."""
    mine = sa.or_(CustomerShare.user_id == actor.user_id, CustomerShare.role.in_(actor.roles))
    found: sa.ColumnElement[bool] = model.id.in_(sa.select(CustomerShare.customer_id).where(mine))
    return found


declare({
    Customer: Policy(
        Sees(every=(R.boss, R.service), owner="owner_id", where=(shared_with,)),
        changed_by=Sees(every=(R.boss,), owner="owner_id"),
        kept_by=SALES_SIDE,
        rights={"import": (R.admin,)},
    ),
    Contact: Policy(
        Sees(through=("customer",)),
        changed_by=Sees(every=(R.boss, R.service), through=("customer",)),
        kept_by=(*SALES_SIDE, R.service),
        # Managers read in contacts of their people's customers.
        rights={"delete": SALES_SIDE, "import": (R.sales_manager, R.sales_director)},
    ),
})  # fmt: skip
