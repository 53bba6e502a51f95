"""审批 Decisions that wait for a person stand on the desk and in the bell, whatever the role. Manual 3.3, 8.7."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from flask_babel import gettext as _

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
from app.screens.list.decisions import WAITING
from app.workflows.from_fields import owner_of

_ICON = "rubber-stamp"


def decisions_besides(parts: Iterable[Figure], actor: Actor) -> tuple[Figure, ...]:
    """Return a count of the documents to decide on, for each model of which the parts have none."""
    return tuple(
        Figure(_label(rows.model), _ICON, rows, (("approve", rows.model),), tone="wait")
        for rows in _waiting_rows(actor)
        if rows not in [part.rows for part in parts]
    )


def decision_reminders_besides(parts: Iterable[Reminder], actor: Actor) -> tuple[Reminder, ...]:
    """Return the documents to decide on, for each model of which the parts have none."""
    return tuple(
        Reminder(
            _label(rows.model), _ICON, rows, _told(rows.model), partial(_line, rows.model), Sort("submitted_at", False)
        )
        for rows in _waiting_rows(actor)
        if rows not in [part.rows for part in parts]
    )


def _waiting_rows(actor: Actor) -> Iterator[Rows]:
    for model in VIEWS:
        if issubclass(model, Approved) and actor.may("approve", model):
            yield Rows(model, WAITING)


def _label(model: type[Any]) -> str:
    return str(_("To approve: %(what)s", what=singular(model)))


def _told(model: type[Any]) -> tuple[str, ...]:
    names = ("number", subject_field(model), owner_of(model), "total", "submitted_at")
    return tuple(name for name in names if name in fields_of(model))


def _line(model: type[Any], row: Mapping[str, Any], scope: Scope) -> Line:
    told = (row.get(subject_field(model) or ""), row[owner_of(model)][1])
    submitted = row["submitted_at"].astimezone(SHANGHAI).date()
    return Line(
        row["number"], record_url(model, row["id"]), " · ".join(text for text in told if text),
        money(row.get("total")), when=short_day(submitted),
    )  # fmt: skip
