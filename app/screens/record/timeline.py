"""动态 The timeline of a record tells in sentences who did what to it and to its linked rows, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import SHANGHAI, today
from app.core.db.base import model_name, models_by_name
from app.core.record.entry import ENTRIES
from app.core.record.fields import label_of
from app.models.system.user import AppUser
from app.query.linked import LinkedRows, acts_on
from app.query.naming import display_text
from app.screens.frame.cells import link
from app.screens.frame.labels import act_label, subject_label
from app.screens.frame.registry import has_page, view_of
from app.screens.frame.values import moment, money
from app.screens.record.history import fields_by_column, line_facts

SHOWN = 8
READ = 80  # acts; enough sentences are left when those of one moment are merged
MOMENT = dt.timedelta(seconds=1)  # what one act of a person writes is written within this time
_MADE = ("create", "import")


@dataclass
class Sentence:
    """A sentence tells one thing that somebody did.

    objects  what it was done to: links, amounts, names; of many of a kind, made at once, their number is told
    made     what a step made, of the model `made_model`
    """

    who: str
    did: str
    at: dt.datetime
    by: int | None
    kind: str  # "made", "changed" or "step"
    model: str
    is_own: bool
    objects: list[Any] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)
    made_model: str = ""
    changed: list[str] = field(default_factory=list)  # labels of fields; of a step, what it did to which lines
    lines: int = 0
    note: str = ""

    @property
    def what(self) -> list[Any]:
        return [*self._some(self.objects, self.model), *self._some(self.made, self.made_model)]

    def _some(self, rows: list[Any], model: str) -> list[Any]:
        if len(rows) <= 2:
            return rows
        kind = subject_label(model)
        return [_("%(what)s × %(n)s", what="" if kind in self.did else kind, n=len(rows)).strip()]

    @property
    def when(self) -> str:
        return relative(self.at)

    @property
    def exactly(self) -> str:
        return moment(self.at)

    @property
    def details(self) -> list[str]:
        lines = [_("%(n)s lines", n=self.lines)] if self.lines else []
        return [*lines, *(["、".join(self.changed)] if self.changed else [])]


def relative(at: dt.datetime) -> str:
    """Return a moment relative to now: 今天 09:42, 昨天 15:10, 11-20 16:02, 2025-12-31 08:00."""
    local = at.astimezone(SHANGHAI)
    day, clock = local.date(), local.strftime("%H:%M")
    if day == today():
        return str(_("today %(time)s", time=clock))
    if day == today() - dt.timedelta(days=1):
        return str(_("yesterday %(time)s", time=clock))
    return local.strftime("%m-%d %H:%M" if day.year == today().year else "%Y-%m-%d %H:%M")


def timeline(
    session: Session, record: Any, linked: Sequence[LinkedRows], lines: Collection[str], actor: Actor
) -> list[Sentence]:
    """Return the latest sentences about a record the actor sees, newest first.

    lines  names of the models that are its lines: their acts are told as the record's
    """
    collected = _Timeline(record, lines, actor)
    for row in reversed(acts_on(session, record, linked, READ, actor)):
        collected.take(row)
    return collected.sentences[: -SHOWN - 1 : -1]


class _Timeline:
    """Sentences made of entries of the log, oldest first; what one act wrote becomes one sentence."""

    def __init__(self, record: Any, lines: Collection[str], actor: Actor) -> None:
        self.record = record
        self.own = model_name(record)
        self.lines = lines
        self.actor = actor
        self.models = models_by_name()
        self.sentences: list[Sentence] = []

    def take(self, row: Any) -> None:
        model = self.models.get(row.model)
        if model is None:
            return
        if row.model in self.lines:
            self._line(row, model)
        elif row.action == "update":
            self._changed(row, model)
        elif row.action in _MADE:
            self._made(row, model)
        else:
            self._step(row, model)

    def _sentence(self, row: Any, model: type[Any], kind: str) -> Sentence:
        is_own = row.model == self.own and row.record_id == self.record.id
        view = view_of(model)
        labels = view.timeline_labels if view is not None else {}
        did = str(labels.get(row.action) or act_label(model, row.action))
        named = kind != "step" and row.action not in labels and view is not None
        told = Sentence(
            who=display_text(AppUser, (row.name, row.has_left)), at=row.at, by=row.user_id, kind=kind,
            did=_("%(act)s %(what)s", act=did, what=view.one) if named and view is not None else did,
            model=row.model, is_own=is_own, note=row.note or "",
        )  # fmt: skip
        if not is_own:
            told.objects.append(self._named(row, model))
        return told

    def _named(self, row: Any, model: type[Any]) -> Any:
        text = money(row.amount) if row.amount is not None else display_text(model, (row.title, None))
        if has_page(model) and self.actor.may("read", model):
            return link(model, row.record_id, text or f"#{row.record_id}")
        return text

    def _last(self, row: Any) -> Sentence | None:
        """Return the last sentence when the same person wrote it in the same moment."""
        last = self.sentences[-1] if self.sentences else None
        return last if last is not None and last.by == row.user_id and row.at - last.at <= MOMENT else None

    def _made(self, row: Any, model: type[Any]) -> None:
        last = self._last(row)
        if last is not None and last.kind == "made" and last.model == row.model and not last.is_own:
            last.objects.append(self._named(row, model))
        else:
            self.sentences.append(self._sentence(row, model, "made"))

    def _step(self, row: Any, model: type[Any]) -> None:
        """Add the sentence of a step; what it changed on other records is part of it."""
        told = self._sentence(row, model, "step")
        told.changed = line_facts(row.changes or {})
        while (last := self._last(row)) and last.model != row.model and last.kind != "step":
            if last.kind == "made":
                if last.is_own:
                    break
                told.made += last.objects
                told.made_model = last.model
            self.sentences.pop()
        self.sentences.append(told)

    def _changed(self, row: Any, model: type[Any]) -> None:
        """Add the sentence of a change by hand; what the system computes from it is left out."""
        entry = ENTRIES.get(model)
        by_hand = set(entry.writable) if entry is not None else set()
        described = fields_by_column(model)
        labels = []
        for name in row.changes or {}:
            of = described.get(name)
            hidden = of is not None and of.needs and not self.actor.may("view", of.needs)
            if not hidden and ((of.name if of is not None else name) in by_hand or name == "roles"):
                labels.append(label_of(model, name))
        if not labels:
            return
        told = self._sentence(row, model, "changed")
        told.changed = labels
        self.sentences.append(told)

    def _line(self, row: Any, model: type[Any]) -> None:
        """Add lines to the sentence of their document: how many it was made with, or that they changed."""
        if row.action == "update" and set(row.changes or {}) <= getattr(model, "__frozen_open__", frozenset()):
            return
        last = self._last(row)
        if last is not None and last.is_own and last.kind == "made":
            last.lines += row.action in _MADE
            return
        label = subject_label(row.model)
        if last is None or not last.is_own or last.kind != "changed":
            told = self._sentence(row, type(self.record), "changed")
            told.is_own, told.objects = True, []
            if told.by is None and not told.who:
                return
            told.did = _("%(act)s %(what)s", act=act_label(None, "update"), what=_one(type(self.record)))
            self.sentences.append(told)
            last = told
        if label not in last.changed:
            last.changed.append(label)


def _one(model: type[Any]) -> str:
    view = view_of(model)
    return str(view.one) if view is not None else ""
