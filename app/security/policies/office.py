"""办公 Who reads messages: nobody but the person they are for. Manual 3.2."""

from __future__ import annotations

from app.models.office.message import Message
from app.security.policy import Policy, Sees, declare
from app.security.roles import EVERYBODY

OWN = Sees(own=("to_id",))

declare({Message: Policy(OWN, changed_by=OWN, rights={"create": EVERYBODY})})
