"""借用 Who sees and keeps depots and loans."""

from __future__ import annotations

from app.models.loans.loan import Depot, ToolLoan

from app.security.policy import Policy, Sees, declare
from app.security.roles import SALES_SIDE, R, declare_subject

declare({
    Depot: Policy(Sees(everyone=True), changed_by=Sees(every=(R.boss,)), kept_by=(R.boss,)),
    ToolLoan: Policy(Sees(every=(R.boss,), owner="owner_id"), kept_by=SALES_SIDE, rights={"import": ()}),
})  # fmt: skip
declare_subject("loan_rules", "借用规则", view=(R.boss,))
