"""The log of a record is shown with field labels, with names instead of keys, and with costs for those who see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.base import models_by_name
from app.core.record.fields import Field, code_label, fields_of, label_of
from app.models.system.user import AppUser
from app.query.history import entries_of, line_texts
from app.query.naming import display_text, row_texts
from app.screens.frame.cells import logged_text
from app.screens.frame.labels import act_label, right_label, subject_label
from app.screens.frame.values import moment
from app.security.roles import role_label

LONGEST_TOLD = 120


@dataclass
class Act:
    """One line of the log."""

    who: str
    role: str
    at: str
    act: str
    of: str = ""  # the row that was acted on, where it is not the record itself
    times: int = 1
    parts: list[tuple[str, int]] = field(default_factory=list)  # lines made with it, and how many
    state: str = ""
    note: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # label, before, after


def fields_by_column(model: type[Any]) -> dict[str, Field]:
    return {f.column or name: f for name, f in fields_of(model).items()}


def _names(
    session: Session, entries: Sequence[Any], models: Mapping[str, type[Any]]
) -> dict[type[Any], dict[int, str]]:
    """Return names of all rows that stand in the changes by key; one query per model."""
    keys: dict[type[Any], set[int]] = {}
    for entry in entries:
        model = models.get(entry.model)
        if model is None:
            continue
        described = fields_by_column(model)
        for name, pair in (entry.changes or {}).items():
            target = described[name].target if name in described else None
            if target is not None and isinstance(pair, list):
                keys.setdefault(target, set()).update(key for key in pair if isinstance(key, int))
    return {target: row_texts(session, target, found) for target, found in keys.items()}


def acts_of(entries: Sequence[Any], session: Session, actor: Actor) -> list[tuple[Any, Act]]:
    """Return (entry, act) for entries of the log. An update that touched only hidden figures is left out."""
    models = models_by_name()
    names = _names(session, entries, models)
    found = []
    for entry in entries:
        model = models.get(entry.model)
        act = Act(
            who=display_text(AppUser, (entry.name, entry.has_left)), role=role_label(entry.role) if entry.role else "",
            at=moment(entry.at), act=act_label(model, entry.action), note=entry.note or "",
        )  # fmt: skip
        if model is not None:
            act.changes = _changes(model, entry.changes or {}, names, actor)
            act.state = _state(model, entry.to_state) if entry.to_state != entry.from_state else ""
        if act.changes or entry.action != "update":
            found.append((entry, act))
    return found


def _state(model: type[Any], state: str | None) -> str:
    described = fields_of(model).get("state")
    if not state or described is None or described.choices is None or state not in described.choices.__members__:
        return state or ""
    return code_label(described.choices(state))


def _changes(
    model: type[Any], changes: Mapping[str, Any], names: Mapping[type[Any], Mapping[int, str]], actor: Actor
) -> list[tuple[str, str, str]]:
    described = fields_by_column(model)
    found = []
    for name, pair in changes.items():
        of = described.get(name)
        if of is not None and of.needs and not actor.may("view", of.needs):
            continue
        if not isinstance(pair, list) or len(pair) != 2:
            continue
        before, after = (_told(of, value, names)[:LONGEST_TOLD] for value in pair)
        found.append((label_of(model, name), before, after))
    return found


def _told(of: Field | None, value: Any, names: Mapping[type[Any], Mapping[int, str]]) -> str:
    if isinstance(value, dict):
        return "、".join(f"{name} {text}" for name, text in value.items()) or "—"
    if isinstance(value, list):
        return "、".join(_member(str(item)) for item in value) or "—"
    if of is not None and of.kind.is_reference and of.target is not None:
        return names.get(of.target, {}).get(value, "—" if value is None else str(value))
    return logged_text(of, value)


def _member(text: str) -> str:
    """Return the label of one member: a role, a right ("approve:sales_order"), or a name."""
    right, colon, subject = text.partition(":")
    if colon:
        return f"{subject_label(subject)} {right_label(right, subject)}"
    return role_label(text)


def line_facts(changes: Mapping[str, Any]) -> list[str]:
    """Return what a step did to the lines of its document, product by product: 防尘口罩 M1 10 → 8."""
    before, after = changes.get("lines") or ({}, {})
    return [f"{name} {text} → {after.get(name, '—')}" for name, text in before.items()]


def history(session: Session, parts: Mapping[str, Any], actor: Actor) -> list[Act]:
    """Return the log of a record the actor sees, with that of its lines; those made with it are told as one act.

    parts  model name → keys or a SELECT of them, the record's own first
    """
    main = next(iter(parts), "")
    found: list[Act] = []
    acts = acts_of(entries_of(session, parts), session, actor)
    lines = _lines(session, [entry for entry, act in acts if act.changes and entry.model != main])
    for entry, act in acts:
        act.of = "" if entry.model == main else subject_label(entry.model)
        if (entry.model, entry.record_id) in lines and act.changes:
            act.of = f"{act.of} {lines[entry.model, entry.record_id]}"
        last = found[-1] if found else None
        if last is not None and act.of and not act.changes and _same(last, act):
            last.times += 1
        else:
            found.append(act)
    return _folded(found)


def _lines(session: Session, entries: Sequence[Any]) -> dict[tuple[str, int], str]:
    """Return a mapping: (model, key) of changed lines → what the lines are called; one query per model."""
    keys: dict[str, set[int]] = {}
    for entry in entries:
        keys.setdefault(entry.model, set()).add(entry.record_id)
    models = models_by_name()
    return {
        (name, key): text
        for name, wanted in keys.items()
        if name in models
        for key, text in line_texts(session, models[name], wanted).items()
    }


def _folded(acts: Sequence[Act]) -> list[Act]:
    """Return the acts with what was made together with the document folded into its own act.

    The youngest act comes first.
    """
    found: list[Act] = []
    for act in acts:
        while not act.of and not act.changes and found and _made_with(found[-1], act):
            lines = found.pop()
            act.parts.append((lines.of, lines.times))
        found.append(act)
    return found


def _made_with(lines: Act, document: Act) -> bool:
    alike = (lines.who, lines.at, lines.act) == (document.who, document.at, document.act)
    return alike and bool(lines.of) and not lines.changes


def _same(one: Act, other: Act) -> bool:
    """Return whether two acts on lines belong together and are shown as one."""
    return (one.who, one.at, one.act, one.of, one.changes) == (other.who, other.at, other.act, other.of, other.changes)
