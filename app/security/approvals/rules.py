"""审批规则 An approval rule says which documents it is about and who may decide on them. Manual 8.7, 12.4."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import Role
from app.core.cache.per_version import cached_per_version
from app.core.clock import today
from app.core.db.base import model_name
from app.core.flow.workflow import WORKFLOWS
from app.models.system.approval_rule import ApprovalRule, DecidedBy, approval_rule_person
from app.security.policy import people_below, people_with_superiors
from app.security.roles import R

# Where a superior decides, any of these decides for an owner who has none. spec.md §8
ABOVE_ALL = (R.boss, R.sales_director)


@dataclass(frozen=True)
class Approvers:
    """An approval rule as it is kept between requests: keys and names instead of rows. See `ApprovalRule`."""

    decided_by: DecidedBy
    role: str = ""
    people: frozenset[int] = frozenset()
    total_from: Decimal | None = None
    discount_below: Decimal | None = None
    category_id: int | None = None
    deputy_id: int | None = None
    deputy_from: dt.date | None = None
    deputy_until: dt.date | None = None

    @property
    def strictness(self) -> tuple[Any, ...]:
        """The key that sorts the strictest rule first: highest amount, lowest discount, then a category."""
        return -(self.total_from or 0), self.discount_below or 2, self.category_id is None

    def fits(self, document: Any) -> bool:
        """Return whether the rule is about this document."""
        if self.total_from is not None and document.total < self.total_from:
            return False
        lowest = document.lowest_discount if self.discount_below is not None else None
        if self.discount_below is not None and (lowest is None or lowest >= self.discount_below):
            return False
        return self.category_id is None or document.category_id == self.category_id

    def fitting(self, model: type[Any]) -> sa.ColumnElement[bool] | None:
        """Return the condition on documents that the rule is about; None where it is about all of them."""
        found = []
        if self.total_from is not None:
            found.append(model.total >= self.total_from)
        if self.discount_below is not None:
            found.append(model.lowest_discount < self.discount_below)
        if self.category_id is not None:
            found.append(model.category_id == self.category_id)
        return sa.and_(*found) if found else None

    def deputy_today(self) -> int | None:
        """Return the key of the person who may decide in place of the others now."""
        day = today()
        begins, ends = self.deputy_from or day, self.deputy_until or day
        return self.deputy_id if begins <= day <= ends else None

    def admits(self, model: type[Any], actor: Actor) -> sa.ColumnElement[bool]:
        """Return the condition on documents, among those the rule is about, that this person decides on."""
        if self.decided_by is not DecidedBy.superior:
            is_named = actor.is_any(self.role) or actor.user_id in (*self.people, self.deputy_today())
            return sa.true() if is_named else sa.false()
        below: sa.ColumnElement[bool] = model.owner_id.in_(people_below(actor))
        if not actor.is_any(*ABOVE_ALL):
            return below
        return sa.or_(below, model.owner_id.not_in(people_with_superiors()))


def rules_of(session: Session, model: type[Any]) -> tuple[Approvers, ...]:
    """Return the rules for documents of a model, the strictest first; the last one is about every document."""
    rules = cached_per_version(session, "approval_rules", lambda: _stored_rules(session)).get(model_name(model), ())
    return *rules, without_rule(model)


def without_rule(model: type[Any]) -> Approvers:
    """Return the rule that holds where no other fits: see `approval` of workflows/document/approval.py."""
    role, *others = WORKFLOWS[model].step("approve").roles
    return Approvers(DecidedBy.superior) if others else Approvers(DecidedBy.role, role=role)


def _stored_rules(session: Session) -> Mapping[str, tuple[Approvers, ...]]:
    """Return the rules of every type of document; of two that are equally strict the younger one comes first."""
    rule, person = ApprovalRule, approval_rule_person.c
    query = (
        sa.select(
            rule.id, rule.document, rule.decided_by, Role.name, rule.total_from, rule.discount_below, rule.category_id,
            rule.deputy_id, rule.deputy_from, rule.deputy_until, person.user_id,
        )
        .outerjoin(Role, Role.id == rule.role_id)
        .outerjoin(approval_rule_person, person.rule_id == rule.id)
        .order_by(rule.id.desc())
    )  # fmt: skip
    people: dict[int, set[int]] = defaultdict(set)
    rows: dict[int, Any] = {}
    for row in session.execute(query):
        rows[row.id] = row
        people[row.id] |= {row.user_id} - {None}
    found: dict[str, list[Approvers]] = defaultdict(list)
    for key, row in rows.items():
        found[str(row.document)].append(
            Approvers(
                row.decided_by,
                row.name or "",
                frozenset(people[key]),
                row.total_from,
                row.discount_below,
                row.category_id,
                row.deputy_id,
                row.deputy_from,
                row.deputy_until,
            )  # fmt: skip
        )
    return {name: tuple(sorted(rules, key=lambda kept: kept.strictness)) for name, rules in found.items()}


def rule_for(session: Session, document: Any) -> Approvers:
    """Return the rule that decides who decides on this document: the strictest one that fits it."""
    return next(rule for rule in rules_of(session, type(document)) if rule.fits(document))
