"""Forms are made from the description of a model's fields: controls, reading, errors beside the field."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.db.base import model_name
from app.core.errors import AppError, NotFound, invalid, invalid_many
from app.core.kinds.text import LONGEST_TEXT
from app.core.record.fields import Field
from app.models.system.setting import DictionaryItem, ItemState
from app.screens.frame.cells import field_markup
from app.screens.frame.registry import VIEWS, model_named
from app.screens.list.address import public_name
from app.security.policy import NAMEABLE, row_to_name

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
    is_broad: bool = False  # takes the width of two
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
class FormSection:
    title: Any
    controls: list[Control]


def form_token() -> str:
    """Return a new name for one filled-in form, so that sending it twice saves once."""
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
        """Return the control of a field with a Python value in it."""
        kind = described.kind
        control = Control(
            public_name(described.name), described.label, kind.control, kind.typed(value), places=kind.scale,
            required=described.name in self.required, length=kind.length, unit=kind.sign,
            hint=str(self.hints.get(described.name, "")),
        )  # fmt: skip
        if fixed:
            control.kind, control.text, control.hint = "fixed", field_markup(described, value), ""
        elif kind.control == "select":
            items = self.choices.get(str(kind.dictionary), ())
            control.options = kind.options([i for i in items if i[2] or str(i[0]) == control.value])
        elif kind.target is not None:
            control.source = self.sources.get(described.name) or _picker(described, model_name(kind.target))
            control.depends, control.target = self.depends.get(described.name, ""), model_name(kind.target)
            control.text = "" if value is None or kind.is_several else str(value)
        return control

    def typed(self, control: Control, described: Field, form: Typed, texts: Mapping[str, str]) -> Control:
        """Return the control with what the person typed, for a form that was refused."""
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
        """Return Python values and mapped rows by field name.

        current  the row being changed: a choice that stays as it is needs no new check
        errors   Refused "invalid" with every field that cannot be read or is missing
        """
        values: dict[str, Any] = {}
        refused: list[AppError] = []
        for described in self.fields:
            try:
                rows = _TypedRows(described, session, actor, current)
                values[described.name] = self._value(described, form, rows)
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

    def _value(self, described: Field, form: Typed, rows: _TypedRows) -> Any:
        texts = [text.replace("\x00", "") for text in form.getlist(public_name(described.name))]
        value = described.kind.read_typed(texts)
        return described.empty_value if value is None else described.kind.resolved(value, rows)


def _picker(described: Field, target: str) -> str:
    """Return the address of a picker's rows; a field that may hold rows one cannot open says which field it is."""
    may_be_unseen = (described.model, described.name) in NAMEABLE
    return f"/pick/{target}" + (f"?for={model_name(described.model)}.{described.name}" if may_be_unseen else "")


@dataclass(frozen=True)
class _TypedRows:
    """Finds the rows that the control of one field names by their keys; what stays as it is needs no new check."""

    described: Field
    session: Session
    actor: Actor
    current: Any

    def row(self, model: type[Any], named: int) -> Any:
        if self._stays(named):
            return getattr(self.current, self.described.name)
        return row_to_name(self.session, self.described, named, self.actor)

    def several(self, model: type[Any], named: Sequence[int]) -> list[Any]:
        return [row_to_name(self.session, self.described, key, self.actor) for key in named]

    def item(self, dictionary: str, named: int) -> Any:
        item = self.session.get(DictionaryItem, named)
        if item is None or item.dictionary != dictionary:
            raise ValidationError(_("Please choose from the list."))
        if item.state is not ItemState.enabled and not self._stays(named):
            raise ValidationError(_("“%(label)s” is retired and can no longer be chosen.", label=item.label))
        return item

    def _stays(self, key: int) -> bool:
        return self.current is not None and key == getattr(self.current, str(self.described.column))


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
        control = by_name.get(public_name(reason.field)) if reason.field else None
        if control is None or control.kind == "fixed":
            rest.append(reason.message)
        else:
            control.errors.append(reason.message)
    return rest
