"""审批 One condition says who decides on a document; workflow, lists, desk and pages ask it.

Manual 3.3, 8.7, 12.4; spec.md §8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role, assoc_user_role
from app.core.db.base import model_name
from app.models.document import ApprovalState, Approved
from app.models.system.approval_rule import DecidedBy
from app.models.system.user import AppUser, UserSuperior
from app.security.approvals.rules import ABOVE_ALL, Approvers, rule_for, rules_of
from app.security.policy import visible

COUNTED_TO = 100
MOST_NAMED = 20
_NOT_ABOVE = 10**6  # people beside the owner's chain come after everybody in it


def may_decide(session: Session, model: type[Any], actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition on documents that the rules let this person decide on, never their own.

    Right and visibility are not asked here.
    """
    cases = []
    for rule in rules_of(session, model):
        fitting, admits = rule.fitting(model), rule.admits(model, actor)
        if fitting is None:
            break
        cases.append((fitting, admits))
    decided = sa.case(*cases, else_=admits) if cases else admits
    own = (model.owner_id, model.created_by_id, model.submitted_by_id)
    return sa.and_(decided, *(sa.or_(person.is_(None), person != actor.user_id) for person in own))


def decides(session: Session, document: Any, actor: Actor) -> bool:
    """Return whether this person may see the document and the rules let them decide on it."""
    model = type(document)
    query = visible(sa.select(model.id).where(model.id == document.id), model, actor)
    return session.execute(query.where(may_decide(session, model, actor))).first() is not None


def waits_for(session: Session, model: type[Any], actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition on pending documents that this person decides on; false without the right to approve."""
    if not actor.may("approve", model):
        return sa.false()
    return sa.and_(model.state == ApprovalState.pending, may_decide(session, model, actor))


def holders_of(right: str, model: type[Any]) -> sa.Select[Any]:
    """Return keys of the people who hold a right on a model by any of their roles."""
    return (
        sa.select(assoc_user_role.c.user_id)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.role_id == assoc_user_role.c.role_id)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(Permission.name == f"can_{right}", ViewMenu.name == model_name(model))
    )


def was_rejected(model: type[Any], actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition on the person's own documents that came back. Manual 8.7."""
    return sa.and_(model.owner_id == actor.user_id, model.state == ApprovalState.rejected)


def next_to_decide(session: Session, model: type[Any], actor: Actor) -> tuple[int | None, int]:
    """Return key of the document that waits longest for this person, and how many wait."""
    query = visible(sa.select(model.id), model, actor).where(waits_for(session, model, actor))
    rows = session.scalars(query.order_by(model.submitted_at, model.id).limit(COUNTED_TO)).all()
    return (rows[0] if rows else None), len(rows)


@dataclass(frozen=True)
class Decision:
    """The page of an approved document shows these things about the decision.

    is_pending       it waits for a decision
    approvers        names of those who can decide on it then
    following, more  key of the document that waits longest for the reader's own decision, and how many wait
    """

    is_pending: bool = False
    approvers: tuple[str, ...] = ()
    following: int | None = None
    more: int = 0


def decision_on(session: Session, row: Any, actor: Actor, *, asked_next: bool) -> Decision:
    """Return what the page of any row says about deciding; nothing for one that nobody approves."""
    if not isinstance(row, Approved):
        return Decision()
    following, more = next_to_decide(session, type(row), actor) if asked_next else (None, 0)
    is_pending = row.state == ApprovalState.pending
    return Decision(is_pending, tuple(approvers_of(session, row)) if is_pending else (), following, more)


def approvers_of(session: Session, document: Any) -> list[str]:
    """Return names of those who can decide on the document now, the nearest superior first; at most `MOST_NAMED`."""
    found = _candidates(session, document, rule_for(session, document))
    model = type(document)
    chosen = [
        visible(sa.select(sa.literal(actor.user_id)).where(model.id == document.id), model, actor).where(
            may_decide(session, model, actor)
        )
        for actor in found
    ]
    deciding = set(session.scalars(sa.union_all(*chosen))) if chosen else set()
    return [actor.name for actor in found if actor.user_id in deciding]


def _candidates(session: Session, document: Any, rule: Approvers) -> list[Actor]:
    """Return people with the right to approve whom the rule may mean, each with their roles."""
    holders = holders_of("approve", type(document))
    people = (
        sa.select(AppUser.id, AppUser.name, UserSuperior.depth)
        .outerjoin(
            UserSuperior, sa.and_(UserSuperior.superior_id == AppUser.id, UserSuperior.user_id == document.owner_id)
        )
        .where(AppUser.active, ~AppUser.has_left, AppUser.id.in_(holders), _meant(rule))
        .order_by(sa.func.coalesce(UserSuperior.depth, _NOT_ABOVE), AppUser.id)
        .limit(MOST_NAMED)
    ).subquery()
    query = (
        sa.select(people.c.id, people.c.name, Role.name.label("role"))
        .join(assoc_user_role, assoc_user_role.c.user_id == people.c.id)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .order_by(sa.func.coalesce(people.c.depth, _NOT_ABOVE), people.c.id)
    )
    roles: dict[tuple[int, str], set[str]] = {}
    for row in session.execute(query):
        roles.setdefault((row.id, row.name), set()).add(row.role)
    return [Actor(key, name, frozenset(held)) for (key, name), held in roles.items()]


def _meant(rule: Approvers) -> sa.ColumnElement[bool]:
    """Return the condition on people and their distance above the owner; it may be wider than the rule."""
    roles = ABOVE_ALL if rule.decided_by is DecidedBy.superior else (rule.role,)
    held = sa.select(assoc_user_role.c.user_id).join(Role, Role.id == assoc_user_role.c.role_id)
    holds = AppUser.id.in_(held.where(Role.name.in_(roles)))
    if rule.decided_by is DecidedBy.superior:
        return sa.or_(UserSuperior.depth > 0, holds)
    return sa.or_(AppUser.id.in_(rule.people), AppUser.id == rule.deputy_today(), holds)
