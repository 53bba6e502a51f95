"""审批规则 Whom the approval rules of a list name. Manual 8.7."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.record.naming import display_text
from app.models.system.approval_rule import approval_rule_person
from app.models.system.user import AppUser


def people_of_rules(session: Session, keys: Sequence[int]) -> dict[int, list[str]]:
    """Key of a rule → what the people it names are called."""
    person = approval_rule_person.c
    query = (
        sa.select(person.rule_id, AppUser.name, AppUser.has_left)
        .join(AppUser, AppUser.id == person.user_id)
        .where(person.rule_id.in_(keys))
        .order_by(AppUser.id)
    )
    found: dict[int, list[str]] = {}
    for rule, *named in session.execute(query):
        found.setdefault(rule, []).append(display_text(AppUser, named))
    return found
