"""审批 One-level approval adds the rows of its steps, what they ask and what they write. Manual 8.7, 12.4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.cache.per_transaction import cached_per_transaction
from app.core.clock import utc_now
from app.core.errors import AppError, NotAllowed, Refused
from app.core.flow.workflow import Effect, Guard, Move, Notice, Step, session_of
from app.models.document import ApprovalState, Approved
from app.models.system.approval_rule import DecidedBy
from app.security.approvals.deciding import decides
from app.security.approvals.rules import rule_for
from app.security.policy import may_write
from app.security.roles import R
from app.workflows.forms import ReasonForm, SeenForm

S = ApprovalState


def approval(
    side: tuple[R, ...],
    approvers: tuple[R, ...],
    *,
    submit: tuple[Guard, ...] = (),
    submitted: tuple[Effect, ...] = (),
    approve: tuple[Guard, ...] = (),
    approved: tuple[Effect, ...] = (),
    warns: Callable[[Any], Sequence[Notice]] | None = None,
    revoke: tuple[Guard, ...] = (),
    revoked: tuple[Effect, ...] = (),
) -> tuple[Step, ...]:
    """Return the five steps of a document that is approved before it counts.

    side       roles that write such documents: they submit and withdraw their own and those of people below
    approvers  roles that hold the right to decide; the approval rules say on which documents, never one's own.
               Where no rule fits, a role that stands alone here decides on every document, and of several roles
               whoever is a superior of the document's owner
    submit, approve, revoke        further guards of these steps
    submitted, approved, revoked   what else happens with them
    warns      what whoever approves should look at, though it speaks against nothing
    """
    # fmt: off
    return (
        Step("submit",   (S.draft, S.rejected), S.pending,  side,      (is_its_side, has_lines, *submit), (record_submission, *submitted), label=_l("Submit")),
        Step("withdraw", S.pending,             S.draft,    side,      (is_its_side,), (), label=_l("Withdraw")),
        Step("approve",  S.pending,             S.approved, approvers, (not_own, is_its_approver, *approve), (record_approval, *approved), label=_l("Approve"), form=SeenForm, warns=warns),
        Step("reject",   S.pending,             S.rejected, approvers, (not_own, is_its_approver), (record_rejection,), label=_l("Reject"), form=ReasonForm, danger=True),
        Step("revoke",   S.approved,            S.draft,    approvers, (was_approver_or_boss, *revoke), (*revoked, forget_approval), label=_l("Revoke approval"), danger=True),
    )
    # fmt: on


# Guards


def is_its_side(document: Approved, actor: Actor) -> AppError | None:
    """The actor owns the document or stands above its owner."""
    if may_write(session_of(document), document, actor):
        return None
    return NotAllowed("not_allowed", _("Only the document's owner or someone above may do this."))


def has_lines(document: Approved, actor: Actor) -> AppError | None:
    """The document has at least one line."""
    if document.lines:  # type: ignore[attr-defined]  # of the mixin beside this one
        return None
    return Refused("no_lines", _("The document has no lines."), field="lines")


def not_own(document: Approved, actor: Actor) -> AppError | None:
    """Nobody approves what they own, entered or submitted. Manual 8.7."""
    if actor.user_id not in people_of(document):
        return None
    return Refused("own_order", _("Nobody approves their own document. Please ask another superior."))


def people_of(document: Any) -> tuple[int | None, ...]:
    """Return keys of those whose own document it is: its owner, who entered it and who submitted it."""
    return document.owner_id, document.created_by_id, document.submitted_by_id


def is_its_approver(document: Any, actor: Actor) -> AppError | None:
    """The approval rules let the actor decide on this document, and the actor may see it. spec.md §8."""
    if actor.user_id in people_of(document):
        return None  # `not_own` says it better
    session = session_of(document)
    asked = ("decides", type(document), document.id, actor.user_id)
    if cached_per_transaction(session, asked, lambda: decides(session, document, actor)):
        return None
    if rule_for(session, document).decided_by is DecidedBy.superior:
        return NotAllowed("not_allowed", _("Only a superior of the document's owner decides on it."))
    return NotAllowed("not_allowed", _("Only those whom the approval rules name decide on this document."))


def was_approver_or_boss(document: Approved, actor: Actor) -> AppError | None:
    """The actor approved the document, or is the boss."""
    if actor.user_id == document.approved_by_id or actor.is_any(R.boss):
        return None
    return NotAllowed("not_allowed", _("Only who approved the document, or the general manager, may revoke it."))


# Effects


def record_submission(move: Move) -> None:
    """Note who submitted, and when."""
    move.document.submitted_at = utc_now()
    move.document.submitted_by_id = move.actor.user_id
    move.document.rejection_reason = None


def record_approval(move: Move) -> None:
    """Note who approved, and when."""
    move.document.approved_at = utc_now()
    move.document.approved_by_id = move.actor.user_id


def record_rejection(move: Move) -> None:
    """Keep the reason where the owner will look."""
    move.document.rejection_reason = move.form["reason"]


def forget_approval(move: Move) -> None:
    """Clear who approved the document, and when."""
    move.document.approved_at = None
    move.document.approved_by_id = None
