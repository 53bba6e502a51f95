"""客户 Who sees and keeps customers and their contacts. Manual 6.5, 10.10."""

from __future__ import annotations

from app.models.customers.customer import Contact, Customer
from app.security.policy import Policy, Sees, declare
from app.security.roles import SALES_SIDE, R

declare({
    Customer: Policy(
        Sees(every=(R.boss, R.service), owner="owner_id", shared=True),
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
