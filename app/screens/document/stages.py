"""The stages of a document stand above its page: drafted, decided on, done in parts, ended. Manual 8.11."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.db.types import ZERO
from app.core.money import plain
from app.core.record.fields import code_label
from app.models.document import ApprovalState, counted_of
from app.screens.record.timeline import relative


@dataclass(frozen=True)
class Stage:
    """One stage of a document: done "d", current "c", gone wrong "x", or still to come."""

    icon: str
    label: Any
    note: str = ""
    tone: str = ""


def drafted(row: Any) -> Stage:
    """Return the stage that tells who wrote the document, and when."""
    who = row.owner.name if row.owner is not None else ""
    note = _("%(who)s, %(at)s", who=who, at=relative(row.created_at))
    return Stage("edit", _("Drafted"), note, "c" if row.state is ApprovalState.draft else "d")


def decision(row: Any) -> Stage:
    """Return the stage that tells what became of the request for approval. Manual 8.7."""
    if row.state is ApprovalState.pending:
        since = relative(row.submitted_at) if row.submitted_at else ""
        return Stage("clock", _("Waiting for approval"), since, "c")
    if row.state is ApprovalState.rejected:
        return Stage("x", code_label(row.state), "", "x")
    if row.state is ApprovalState.draft:
        return Stage("clock", _("Decision"))
    by = ""
    if row.approved_by and row.approved_at:
        by = _("%(who)s, %(at)s", who=row.approved_by.name, at=relative(row.approved_at))
    return Stage("check", _("Approved"), by, "d")


def progress(row: Any, done: str, label: Any, icon: str) -> Stage:
    """Return the stage that tells how much of the lines is done, once the document counts."""
    wanted = sum((counted_of(line) for line in row.lines), ZERO)
    moved = sum((getattr(line, done) for line in row.lines), ZERO)
    if row.state is not ApprovalState.approved:
        return Stage(icon, label)
    note = _("%(done)s of %(wanted)s", done=plain(moved), wanted=plain(wanted))
    return Stage(icon, label, note, "d" if wanted and moved >= wanted else "c")
