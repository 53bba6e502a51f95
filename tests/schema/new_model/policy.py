"""Who sees and keeps maintenance contracts: what would be a line of security/policies/<area>.py."""

from __future__ import annotations

from app.security.policy import Policy, Sees, declare
from app.security.roles import SALES_SIDE, R
from tests.schema.new_model.model import Maintenance

declare({Maintenance: Policy(Sees(every=(R.boss,), owner="owner_id"), kept_by=SALES_SIDE)})
