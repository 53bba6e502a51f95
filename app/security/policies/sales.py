"""销售 Who sees and keeps sales orders. Manual 6.5, 10.10."""

from __future__ import annotations

from app.models.sales.sales_order import SalesOrder
from app.security.policy import Policy, Sees, declare
from app.security.roles import SALES_SIDE, R

declare({
    SalesOrder: Policy(
        Sees(every=(R.boss, R.finance), owner="owner_id", through=("customer",)),
        changed_by=Sees(every=(R.boss,), owner="owner_id"),
        kept_by=SALES_SIDE,
        rights={"import": ()},
    ),
})  # fmt: skip
