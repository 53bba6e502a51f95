"""审批 Decisions that wait for a person, and what came back, stand on desk and bell of any role. Manual 3.3, 8.7."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.record.fields import fields_of, subject_field
from app.core.record.naming import singular
from app.models.document import Approved
from app.query.listing import Sort
from app.screens.desk.desk_parts import Figure, Line, Reminder, Rows, Scope
from app.screens.frame.cells import record_url
from app.screens.frame.registry import VIEWS
from app.screens.frame.values import money, short_day
from app.screens.list.decisions import REJECTED, WAITING
from app.workflows.from_fields import owner_of

_WAITING = ("rubber-stamp", _l("To approve: %(what)s"))
_REJECTED = ("thumb-down", _l("Sent back: %(what)s"))


def decisions_besides(parts: Iterable[Figure], actor: Actor) -> tuple[Figure, ...]:
    """Return counts of what is to be decided on and what was sent back, for each model of which the parts have none."""
    known = [part.rows for part in parts]
    return tuple(
        Figure(_label(label, rows.model), icon, rows, ((right, rows.model),), tone=tone)
        for rows, right, tone, (icon, label) in _asked_of(actor)
        if rows not in known
    )


def decision_reminders_besides(parts: Iterable[Reminder], actor: Actor) -> tuple[Reminder, ...]:
    """Return the documents to decide on and those sent back, for each model of which the parts have none."""
    known = [part.rows for part in parts]
    return tuple(
        Reminder(
            _label(label, rows.model), icon, rows, _told(rows.model), partial(_line, rows.model),
            Sort("submitted_at", False), is_aside=tone == "stop",
        )
        for rows, _right, tone, (icon, label) in _asked_of(actor)
        if rows not in known
    )  # fmt: skip


def _asked_of(actor: Actor) -> Iterator[tuple[Rows, str, str, tuple[str, Any]]]:
    """Yield (rows, the right to go on with them, tone, icon and label) of what asks something of this person."""
    for model in VIEWS:
        if issubclass(model, Approved) and actor.may("approve", model):
            yield Rows(model, WAITING), "approve", "wait", _WAITING
        if issubclass(model, Approved) and actor.may("submit", model):
            yield Rows(model, REJECTED), "submit", "stop", _REJECTED


def _label(label: Any, model: type[Any]) -> str:
    return str(label) % {"what": singular(model)}


def _told(model: type[Any]) -> tuple[str, ...]:
    names = ("number", subject_field(model), owner_of(model), "total", "submitted_at", "rejection_reason")
    return tuple(name for name in names if name in fields_of(model))


def _line(model: type[Any], row: Mapping[str, Any], scope: Scope) -> Line:
    told = (row.get(subject_field(model) or ""), row[owner_of(model)][1])
    submitted = row["submitted_at"].astimezone(SHANGHAI).date()
    return Line(
        row["number"], record_url(model, row["id"]), " · ".join(text for text in told if text),
        money(row.get("total")), said=row["rejection_reason"] or "",
        when=short_day(submitted),
    )  # fmt: skip
