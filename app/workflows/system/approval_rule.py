"""审批规则 How approval rules are kept: complete, about documents that have what they ask, with somebody to decide.

Manual 8.7, 12.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import assoc_user_role
from app.core.db.base import models_by_name
from app.core.errors import Refused, invalid_many
from app.core.record.audit import record_act, record_members
from app.core.record.fields import fields_of
from app.core.record.naming import singular
from app.models.document import Priced
from app.models.system.approval_rule import ApprovalRule, DecidedBy
from app.models.system.user import AppUser
from app.security.accounts.people import actor_of
from app.security.approvals.deciding import holders_of
from app.security.policy import sees_every
from app.workflows.from_fields import FieldsEntry

Fault = tuple[str, str]  # field, sentence


def category_dictionary(model: type[Any]) -> str | None:
    """The dictionary that documents of a model choose their category from."""
    described = fields_of(model).get("category")
    return described.dictionary if described is not None else None


class ApprovalRuleEntry(FieldsEntry):
    """A rule says who decides with nothing left over, and at least one person can decide by it."""

    model = ApprovalRule
    writable = (
        "name", "document", "decided_by", "role", "people", "total_from", "discount_below", "category", "deputy",
        "deputy_from", "deputy_until",
    )  # fmt: skip

    def prepare(
        self, session: Session, row: ApprovalRule, values: Mapping[str, Any], actor: Actor, *, new: bool
    ) -> None:
        row.decided_by = row.decided_by or DecidedBy.superior
        super().prepare(session, row, values, actor, new=new)
        faults = [*_faults_of_the_deciders(row), *_faults_of_the_conditions(row)]
        if faults:
            raise invalid_many(faults)
        with session.no_autoflush:
            if row.decided_by is not DecidedBy.superior and not _able(session, row):
                raise _nobody_decides(session, row)
        if not new:
            record_members(session, row, "people", actor)

    def created(self, session: Session, row: ApprovalRule, values: Mapping[str, Any], actor: Actor) -> None:
        super().created(session, row, values, actor)
        if row.people:
            named = sorted(person.name for person in row.people)
            record_act(session, row, "update", actor, changes={"people": [[], named]})

    def changed(self, session: Session, row: ApprovalRule, values: Mapping[str, Any], actor: Actor) -> None:
        """Who is named is in the log already."""
        super().created(session, row, values, actor)

    def warnings(self, session: Session, row: ApprovalRule, actor: Actor) -> list[dict[str, Any]]:
        """Which rules are about the same, who is named but cannot decide, and which documents would wait in vain."""
        alike = [
            _("“%(name)s” has the same conditions: of the two rules the younger one holds.", name=name)
            for name in _alike(session, row)
        ]
        found = [{"code": "same_conditions", "message": text} for text in alike]
        if row.decided_by is not DecidedBy.superior:
            found += [{"code": "cannot_decide", "message": text} for text in self._in_vain(session, row)]
        return found

    def _in_vain(self, session: Session, row: ApprovalRule) -> list[str]:
        model, able = models_by_name()[row.document], _able(session, row)
        named = [*row.people, *([row.deputy] if row.deputy else [])]
        unable = [str(person) for person in named if person.id not in _able_ids(session, row)]
        what = str(singular(model))
        texts = []
        if unable:
            texts.append(_("%(names)s cannot decide: they lack the right to read and approve “%(what)s”, or cannot "
                           "sign in.", names="、".join(unable), what=what))  # fmt: skip
        if len(able) == 1:
            texts.append(_("Only %(name)s decides, and nobody decides on their own documents.", name=str(able[0])))
        if not any(sees_every(model, actor_of(session, person)) for person in able):
            texts.append(_("None of those named sees every document of the type “%(what)s”: one that none of them may "
                           "see waits in vain.", what=what))  # fmt: skip
        return texts


# What speaks against a rule


def _faults_of_the_deciders(row: ApprovalRule) -> Iterator[Fault]:
    by = row.decided_by
    if (by is DecidedBy.role) != (row.role is not None):
        yield "role", _("A role is chosen where a role decides, and nowhere else.")
    if (by is DecidedBy.people) != bool(row.people):
        yield "people", _("People are named where named people decide, and nowhere else.")
    if by is DecidedBy.superior and row.deputy is not None:
        yield "deputy", _("A deputy stands in for a role or for named people; superiors stand in for each other.")
    if row.deputy is None and (row.deputy_from or row.deputy_until):
        yield "deputy", _("Please name the deputy whose days these are.")
    if row.deputy is not None and row.deputy in row.people:
        yield "deputy", _("%(name)s decides anyhow; a deputy is somebody else.", name=str(row.deputy))
    if row.deputy_from and row.deputy_until and row.deputy_until < row.deputy_from:
        yield "deputy_until", _("The last day lies before the first.")


def _faults_of_the_conditions(row: ApprovalRule) -> Iterator[Fault]:
    model = models_by_name()[row.document]
    if row.total_from is not None and row.total_from <= 0:
        yield "total_from", _("The amount must be more than zero.")
    if row.discount_below is not None and not 0 < row.discount_below <= 1:
        yield "discount_below", _("Please give a discount from 0.0001 to 1; 0.85 is 85 %.")
    if not issubclass(model, Priced):
        for name in ("total_from", "discount_below"):
            if getattr(row, name) is not None:
                yield name, _("“%(what)s” has no prices.", what=singular(model))
    if row.category is not None and row.category.dictionary != category_dictionary(model):
        yield "category", _("“%(label)s” is no category of “%(what)s”.", label=row.category, what=singular(model))


def _alike(session: Session, row: ApprovalRule) -> Sequence[str]:
    """Names of other rules with the same conditions."""
    query = sa.select(ApprovalRule.name).where(
        ApprovalRule.id != row.id,
        ApprovalRule.document == row.document,
        ApprovalRule.total_from.is_not_distinct_from(row.total_from),
        ApprovalRule.discount_below.is_not_distinct_from(row.discount_below),
        ApprovalRule.category_id.is_not_distinct_from(row.category_id),
    )
    return session.scalars(query.order_by(ApprovalRule.id)).all()


# Who could decide


def _principals(session: Session, row: ApprovalRule) -> Sequence[AppUser]:
    """Those whom the rule means, without the deputy; of a role those who work here."""
    if row.decided_by is DecidedBy.people:
        return row.people
    if row.role is None:
        return ()
    held = sa.select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id == row.role.id)
    query = sa.select(AppUser).where(AppUser.id.in_(held), AppUser.active, ~AppUser.has_left)
    return session.scalars(query.order_by(AppUser.id)).all()


def _able(session: Session, row: ApprovalRule) -> list[AppUser]:
    """Those of them who can sign in, read such documents and hold the right to approve them."""
    able = _able_ids(session, row)
    return [person for person in _principals(session, row) if person.id in able]


def _able_ids(session: Session, row: ApprovalRule) -> set[int]:
    model = models_by_name()[row.document]
    query = sa.select(AppUser.id).where(
        AppUser.active, ~AppUser.has_left, AppUser.id.in_(holders_of("approve", model)),
        AppUser.id.in_(holders_of("read", model)),
    )  # fmt: skip
    return set(session.scalars(query))


def _nobody_decides(session: Session, row: ApprovalRule) -> Refused:
    """What is refused when nobody could decide by the rule: who lacks what."""
    what = singular(models_by_name()[row.document])
    if not _principals(session, row):
        text = _("Nobody who works here has the role “%(role)s”.", role=str(row.role))
        return Refused("nobody_decides", text, field="role")
    field = "role" if row.decided_by is DecidedBy.role else "people"
    named = str(row.role) if row.role is not None else "、".join(str(person) for person in row.people)
    text = _("Nobody could decide: %(names)s lack the right to read and approve “%(what)s”, or cannot sign in. "
             "Please give it under “Roles and rights” first.", names=named, what=what)  # fmt: skip
    return Refused("nobody_decides", text, field=field)
