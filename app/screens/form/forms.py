"""Forms made from the description of a model's fields: controls, reading what was typed, errors beside the field."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.db.base import model_name
from app.core.errors import AppError, NotFound, invalid, invalid_many
from app.core.money import plain
from app.core.record.fields import Field, Kind, code_label
from app.core.record.schemas import exact
from app.models.system.setting import DictionaryItem, ItemState
from app.screens.frame.cells import shown
from app.screens.frame.registry import VIEWS, model_named
from app.screens.list.address import outside, whole
from app.security.policy import require_visible

LONGEST_TEXT = 20_000
MOST_ROWS = 200
Typed = MultiDict[str, str]


@dataclass
class Control:
    """One control of a form as the template draws it. `value` is text as typed; a picked row has a `text` besides."""

    name: str
    label: str
    kind: str  # text, area, number, date, flag, select, pick, many, fixed
    value: Any = ""
    text: Any = ""
    required: bool = False
    length: int | None = None
    places: int = 0
    options: list[tuple[str, str]] = field(default_factory=list)
    rows: int = 3  # lines of an area
    has_blank: bool = True  # a list can be left open
    is_broad: bool = False  # takes the room of two
    is_title: bool = False  # what the row is called by
    source: str = ""  # address of the picker
    adds: str = ""  # address where a missing row is made without leaving the form
    adds_one: str = ""  # what one of them is called
    target: str = ""  # name of the model picked from
    depends: str = ""  # name of the control whose value narrows the picker
    hint: str = ""
    unit: str = ""
    hint_kind: str = ""  # of a password: what the browser may fill in
    errors: list[str] = field(default_factory=list)
    now: str = ""  # what stands in the database, when somebody else changed it meanwhile


@dataclass
class Section:
    title: Any
    controls: list[Control]


def form_token() -> str:
    """A new name for one filled-in form, so that sending it twice saves once."""
    return secrets.token_urlsafe(18)


class Fields:
    """The fields of one form: how they are shown, and how what was typed is read.

    choices   dictionary → its items, (key, label, selectable)
    sources   field → address of its picker, where it is not the model's own
    """

    def __init__(
        self,
        fields: Sequence[Field],
        required: Iterable[str],
        choices: Mapping[str, list[tuple[int, str, bool]]],
        *,
        sources: Mapping[str, str] | None = None,
        depends: Mapping[str, str] | None = None,
        hints: Mapping[str, Any] | None = None,
    ) -> None:
        self.fields = list(fields)
        self.required = set(required)
        self.choices = choices
        self.sources = sources or {}
        self.depends = depends or {}
        self.hints = hints or {}

    # Showing

    def control(self, described: Field, value: Any, *, fixed: bool = False) -> Control:
        """The control of a field with a Python value in it."""
        control = Control(
            outside(described.name), described.label, _CONTROLS.get(described.kind, "text"),
            required=described.name in self.required, length=described.length,
            hint=str(self.hints.get(described.name, "")), unit="¥" if described.unit in ("money", "price") else "",
        )  # fmt: skip
        if fixed:
            control.kind, control.text, control.hint = "fixed", shown(described, value), ""
        elif described.kind is Kind.relation and described.target is not None:
            control.source = self.sources.get(described.name) or f"/pick/{model_name(described.target)}"
            control.depends, control.target = self.depends.get(described.name, ""), model_name(described.target)
            control.value, control.text = (str(value.id), str(value)) if value is not None else ("", "")
        elif described.kind is Kind.many and described.target is not None:
            control.source = f"/pick/{model_name(described.target)}"
            control.value = [(str(row.id), str(row)) for row in value or ()]
        elif described.kind is Kind.dictionary:
            control.value = str(value.id) if value is not None else ""
            control.options = self._items(described, control.value)
        elif described.kind is Kind.choice and described.choices is not None:
            control.value = value.value if value is not None else ""
            control.options = [(code.value, code_label(code)) for code in described.choices]
        else:
            control.value = _as_typed(described, value)
            control.places = described.scale
        return control

    def _items(self, described: Field, current: str) -> list[tuple[str, str]]:
        items = self.choices.get(str(described.dictionary), [])
        return [(str(key), label) for key, label, selectable in items if selectable or str(key) == current]

    def typed(self, control: Control, described: Field, form: Typed, texts: Mapping[str, str]) -> Control:
        """The control with what the person typed, for a form that was refused."""
        if control.kind == "flag":
            control.value = control.name in form
        elif control.kind == "picks":
            control.value = [
                (key, texts.get(f"{control.name}:{key}", key)) for key in form.getlist(control.name) if key
            ]
        elif control.kind != "fixed" and control.name in form:
            before, control.value = control.value, form.get(control.name, "")[:LONGEST_TEXT]
            if control.kind == "pick" and control.value != before:
                control.text = texts.get(control.name, "")
        return control

    # Reading

    def read(self, form: Typed, session: Session, actor: Actor, current: Any = None) -> dict[str, Any]:
        """Python values and mapped rows by field name.

        current  the row being changed: a choice that stays as it is needs no new check
        errors   Refused "invalid" with every field that cannot be read or is missing
        """
        values: dict[str, Any] = {}
        refused: list[AppError] = []
        for described in self.fields:
            text = form.get(outside(described.name), "").replace("\x00", "")
            try:
                if described.kind is Kind.many:
                    values[described.name] = self._rows(described, form, session, actor)
                    continue
                values[described.name] = self._value(described, text, session, actor, current)
                if values[described.name] in (None, "") and described.name in self.required:
                    raise invalid(described.name, _("Please fill in “%(field)s”.", field=described.label))
            except ValidationError as error:
                refused.append(invalid(described.name, str(error.messages[0])))
            except NotFound:
                refused.append(invalid(described.name, _("Please choose from the list.")))
            except AppError as error:
                refused.append(error)
        if refused:
            raise invalid_many((str(error.field), error.message) for error in refused)
        return values

    def _value(self, described: Field, text: str, session: Session, actor: Actor, current: Any) -> Any:
        if described.kind is Kind.flag:
            return text not in ("", "0")
        text = text.strip() if described.kind is not Kind.long_text else text.replace("\r\n", "\n").strip()
        if not text:
            return self._nothing(described)
        if described.kind is Kind.relation:
            return self._row(described, text, session, actor, current)
        if described.kind is Kind.dictionary:
            return self._item(described, text, session, current)
        return _READERS.get(described.kind, _read_text)(described, text)

    def _nothing(self, described: Field) -> Any:
        column = described.model.__table__.c.get(described.column or described.name)
        empty_text = described.kind in (Kind.text, Kind.long_text) and column is not None and not column.nullable
        return "" if empty_text else None

    def _rows(self, described: Field, form: Typed, session: Session, actor: Actor) -> list[Any]:
        target = described.target or described.model
        texts = dict.fromkeys(text for text in form.getlist(outside(described.name))[:MOST_ROWS] if text)
        return [require_visible(session, target, whole(text), actor) for text in texts]

    def _row(self, described: Field, text: str, session: Session, actor: Actor, current: Any) -> Any:
        key = whole(text)
        if current is not None and key is not None and key == getattr(current, str(described.column)):
            return getattr(current, described.name)
        return require_visible(session, described.target or described.model, key, actor)

    def _item(self, described: Field, text: str, session: Session, current: Any) -> Any:
        item = session.get(DictionaryItem, whole(text) or 0)
        stays = current is not None and item is not None and item.id == getattr(current, str(described.column))
        if item is None or item.dictionary != described.dictionary:
            raise ValidationError(_("Please choose from the list."))
        if item.state is not ItemState.enabled and not stays:
            raise ValidationError(_("“%(label)s” is retired and can no longer be chosen.", label=item.label))
        return item


_CONTROLS = {
    Kind.text: "text", Kind.long_text: "area", Kind.integer: "number", Kind.decimal: "number", Kind.flag: "flag",
    Kind.date: "date", Kind.choice: "select", Kind.dictionary: "select", Kind.relation: "pick",
    Kind.many: "picks",
}  # fmt: skip


def _as_typed(described: Field, value: Any) -> Any:
    """A value as it would be typed: money and prices with all their places, quantities without trailing zeros."""
    if value is None:
        return ""
    if described.kind is Kind.flag:
        return bool(value)
    if isinstance(value, Decimal):
        return plain(value) if described.unit == "quantity" else f"{value:f}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _read_text(described: Field, text: str) -> str:
    longest = described.length or LONGEST_TEXT
    if len(text) > longest:
        raise ValidationError(_("At most %(n)s characters are possible here.", n=longest))
    return text


def _read_whole(described: Field, text: str) -> int:
    number = exact(text, 0)
    if abs(number) >= 2**31:
        raise ValidationError(_("This is not a number."))
    return int(number)


def _read_date(described: Field, text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.date.min
    if not 1900 <= day.year < 2200:
        raise ValidationError(_("This is not a date; write it as 2026-11-23."))
    return day


def _read_choice(described: Field, text: str) -> Any:
    if described.choices is None or text not in described.choices.__members__:
        raise ValidationError(_("Please choose from the list."))
    return described.choices(text)


_READERS: dict[Kind, Callable[[Field, str], Any]] = {
    Kind.integer: _read_whole,
    Kind.decimal: lambda described, text: exact(text, described.scale),
    Kind.date: _read_date,
    Kind.choice: _read_choice,
}


def offer_new(controls: Iterable[Control], actor: Actor) -> None:
    """Let a picker make the row that is missing, where this person may make one from a short form."""
    for control in controls:
        model = model_named(control.target) if control.kind == "pick" and control.target else None
        if model is not None:
            control.adds, control.adds_one = VIEWS[model].quick_address(actor), str(VIEWS[model].one)


def place_errors(controls: Iterable[Control], error: AppError) -> list[str]:
    """Put each refusal beside its field; returns the texts that belong to no field of this form."""
    by_name = {control.name: control for control in controls}
    rest = []
    for reason in error.reasons:
        control = by_name.get(outside(reason.field)) if reason.field else None
        if control is None or control.kind == "fixed":
            rest.append(reason.message)
        else:
            control.errors.append(reason.message)
    return rest
