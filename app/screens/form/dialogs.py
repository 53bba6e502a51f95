"""A workflow step asks in a dialog: its controls are made from the step's schema, and its answer is read back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, fields, missing
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.core.clock import today
from app.core.errors import AppError, all_refused
from app.core.flow.workflow import Offer
from app.core.kinds.kind import Kind
from app.core.money import plain
from app.core.record.schemas import kind_of_answer
from app.query.naming import nameable
from app.screens.form.forms import Control, Typed, place_errors
from app.screens.frame.registry import model_named
from app.security.roles import ROLE_LABELS

MOST_LINES = 2000
_LINE = re.compile(r"lines-(\d{1,4})-(id|quantity)")
_REFUSED_LINE = re.compile(r"lines\.(\d{1,4})\.")


@dataclass(frozen=True)
class LineChoice:
    """One line whose quantity a step asks for: the most that can be given is filled in."""

    id: int
    text: Any
    unit: str
    quantity: Any


@dataclass
class Dialog:
    """The form behind a button; `is_open` when it comes back refused."""

    offer: Offer
    controls: list[Control] = field(default_factory=list)
    lines: Sequence[LineChoice] = ()
    typed: Mapping[int, str] = field(default_factory=dict)  # quantities as typed, by line
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # what should be looked at before the step is taken
    is_open: bool = False

    @property
    def action(self) -> str:
        return self.offer.step.action

    @property
    def is_needed(self) -> bool:
        """Whether the step asks, warns or is dangerous; any other is taken by pressing its button."""
        return bool(self.controls or self.lines or self.warnings or self.offer.step.danger)

    def line_value(self, line: LineChoice) -> str:
        return self.typed.get(line.id, plain(line.quantity))


@cached_per_process()
def asked_fields(form: type[Schema]) -> Mapping[str, fields.Field[Any]]:
    """Return the fields of a step's form by name, to be read only: to bind them takes as long as to draw them."""
    return MappingProxyType(form().fields)


def dialog_of(offer: Offer, defaults: Mapping[str, Any], choices: Mapping[str, list[tuple[int, str, bool]]]) -> Dialog:
    """Return the dialog of a step.

    defaults  values by field name; "lines" holds `LineChoice`s, a relation (key, text)
    """
    dialog = Dialog(offer, warnings=offer.warnings)
    if offer.step.form is None:
        return dialog
    consents = offer.consents
    for name, described in asked_fields(offer.step.form).items():
        if described.metadata.get("hidden") or (described.metadata.get("consent") and name not in consents):
            continue
        if described.metadata.get("lines"):
            dialog.lines = defaults.get("lines", ())
        else:
            dialog.controls.append(_control(name, described, defaults.get(name), choices))
            if name in consents:
                dialog.controls[-1].label, dialog.controls[-1].is_broad = consents[name], True
    if dialog.controls and offer.told:
        dialog.controls[0].hint = offer.told
    return dialog


def _control(name: str, described: Any, value: Any, choices: Mapping[str, list[tuple[int, str, bool]]]) -> Control:
    told = described.metadata
    control = Control(name, str(told.get("label", name)), "text", required=described.required)
    if "dictionary" in told:
        control.kind, control.value = "select", value or ""
        control.options = [(label, label) for _key, label, usable in choices.get(told["dictionary"], []) if usable]
    elif told.get("roles"):
        control.kind, control.value = "many", list(value or [])
        control.options = [(str(code), str(label)) for code, label in ROLE_LABELS.items()]
    elif "target" in told:
        control.source, control.target = f"/pick/{told['target']}", told["target"]
        if isinstance(described, fields.List):
            control.kind, control.value = "picks", list(value or [])
        else:
            control.kind, (control.value, control.text) = "pick", value or ("", "")
    else:
        kind = kind_of_answer(described)
        control.kind, control.places = kind.control, kind.scale
        control.value = kind.typed(_beginning(described, kind) if value is None else value)
    return control


def _beginning(described: Any, kind: Kind) -> Any:
    """Return what a control begins with: the number that is meant where none is given, today where a day is needed."""
    if kind.is_temporal:
        return today() if described.required else None
    default = described.load_default
    return None if callable(default) or default is missing else default


def payload_of(schema: type[Schema] | None, form: Typed) -> dict[str, Any]:
    """Return what was typed, as the step's schema wants it; what was left empty is left out, or None if it may be."""
    payload: dict[str, Any] = {}
    if schema is None:
        return payload
    for name, described in schema().fields.items():
        if described.metadata.get("lines"):
            if lines := _lines(form):
                payload[name] = lines
        elif isinstance(described, fields.List):
            if not described.metadata.get("hidden"):
                payload[name] = [text for text in form.getlist(name) if text]
        elif isinstance(described, fields.Boolean):
            payload[name] = name in form
        elif text := form.get(name, "").replace("\x00", "").strip():
            payload[name] = text
        elif described.allow_none and name in form:
            payload[name] = None
    return payload


def _lines(form: MultiDict[str, str]) -> list[dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for key, value in form.items():
        match = _LINE.fullmatch(key)
        if match and len(found) <= MOST_LINES:
            found.setdefault(int(match[1]), {})[match[2]] = value.strip()
    return [found[position] for position in sorted(found) if found[position].get("quantity")]


def reopened(dialog: Dialog, form: Typed, error: AppError, session: Session, actor: Actor) -> Dialog:
    """Return the dialog as it was sent, with why it was refused beside each field or with the name of its line."""
    dialog.is_open = True
    lines = _lines(form)
    names = {str(choice.id): str(choice.text) for choice in dialog.lines}
    named = [_with_line(reason, [names.get(line.get("id", ""), "") for line in lines]) for reason in error.reasons]
    dialog.errors = place_errors(dialog.controls, all_refused(named))
    for control in dialog.controls:
        if control.kind in ("picks", "many"):
            sent = form.getlist(control.name)
            control.value = _picked(control, sent, session, actor) if control.kind == "picks" else sent
        elif control.kind == "flag":
            control.value = control.name in form
        else:
            control.value = form.get(control.name, "")
            if control.kind == "pick":
                control.text = dict(_picked(control, [control.value], session, actor)).get(control.value, "")
    dialog.typed = {int(line["id"]): line["quantity"] for line in lines if line.get("id", "").isdigit()}
    return dialog


def _with_line(reason: AppError, names: Sequence[str]) -> AppError:
    """Return a refusal of one line, `lines.3.quantity`, with the name of the line in front, unless it names it."""
    found = _REFUSED_LINE.match(reason.field or "")
    name = names[int(found[1])] if found and int(found[1]) < len(names) else ""
    if not name or name in reason.message:
        return reason
    return type(reason)(reason.code, f"{name}: {reason.message}", field=reason.field)


def _picked(control: Control, keys: Sequence[str], session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (key, name) of rows picked in a dialog that came back."""
    model = model_named(control.target)
    if model is None:
        return []
    texts = nameable(
        session, model, [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 10], actor
    )
    return [(str(key), text) for key, text in texts.items()]
