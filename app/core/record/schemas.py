"""Schemas read what people send to an action; their errors name the field in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session

from app.core.errors import invalid_many
from app.core.kinds.choice import FlagKind
from app.core.kinds.day import DayKind
from app.core.kinds.kind import Kind
from app.core.kinds.number import NumberKind, WholeKind
from app.core.kinds.numerals import exact
from app.core.kinds.text import LongTextKind, TextKind
from app.core.ledger.books import require_days


class Exact(fields.Field[Decimal]):
    """A number of at most `places` decimals, as text or number; never a float's tail.

    errors  ValidationError for anything that is no finite number, too large, or too fine
    """

    def __init__(self, *, places: int, lowest: Decimal | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.kind = NumberKind(places, lowest=lowest)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Decimal:
        number = exact(value, self.kind.scale)
        self.kind.require_in_range(number)
        return number


class WholeNumber(fields.Integer):
    """A whole number, as text or number; 2.5 and 1_000 are refused, which marshmallow would take."""

    def _validated(self, value: Any) -> int:
        try:
            return super()._validated(int(exact(value, 0)))
        except ValidationError as error:
            raise self.make_error("invalid", input=value) from error


class HappenedOn(fields.Date):
    """The day of something that has happened: not after today, and in no closed month (core/ledger/books.py)."""


def require_days_of(session: Session, schema: type[Schema] | None, form: Mapping[str, Any]) -> None:
    """See that the days of a form lie within their bounds.

    errors  Refused "date_out_of_bounds", "month_closed"
    """
    if schema is None:
        return
    asked = schema().fields
    days = [(asked[name], name, day) for name, day in form.items() if isinstance(asked.get(name), fields.Date) and day]
    require_days(
        session,
        (
            (name, field.metadata.get("label", name), day, "happened" if isinstance(field, HappenedOn) else "")
            for field, name, day in days
        ),
    )


def kind_of_answer(field: fields.Field[Any]) -> Kind:
    """Return the kind of the value that a field of a form asks for, which draws and describes it as in a model."""
    if isinstance(field, Exact):
        return field.kind
    if isinstance(field, fields.String) and field.metadata.get("long"):
        return LongTextKind(None)
    return next(kind for base, kind in _KINDS.items() if isinstance(field, base))


_KINDS: dict[type[fields.Field[Any]], Kind] = {
    fields.Integer: WholeKind(),
    fields.Date: DayKind(),
    fields.Boolean: FlagKind(),
    fields.Field: TextKind(),
}


# The messages that marshmallow has in English, by kind of field.
_SAID: tuple[tuple[type[fields.Field[Any]], dict[str, Any]], ...] = (
    (fields.Field, {"required": _l("Please fill this in."), "null": _l("This cannot be empty.")}),
    (fields.String, {"invalid": _l("This must be text.")}),
    (fields.Integer, {"invalid": _l("This must be a whole number."), "too_large": _l("This must be a whole number.")}),
    (fields.Date, {"invalid": _l("This must be a date written like 2026-11-23.")}),
    (fields.List, {"invalid": _l("This must be a list of lines.")}),
)


def _too_long(field: fields.Field[Any], limits: validate.Length) -> Any:
    if isinstance(field, fields.List):
        return _l("At most %(n)s lines are possible.", n=limits.max)
    if limits.min:
        return _l("Please fill this in, with at most %(n)s characters.", n=limits.max)
    return _l("At most %(n)s characters fit here.", n=limits.max)


def _speak_plainly(field: fields.Field[Any]) -> None:
    """Give a field, and what it holds, our own sentences."""
    for kind, texts in _SAID:
        if isinstance(field, kind):
            field.error_messages = {**field.error_messages, **texts}
    for validator in field.validators:
        if isinstance(validator, validate.Length):
            validator.error = _too_long(field, validator)
        elif isinstance(validator, validate.Range):
            validator.error = _l("This must be from %(low)s to %(high)s.", low=validator.min, high=validator.max)
    if isinstance(field, fields.List):
        _speak_plainly(field.inner)


class Form(Schema):
    """Base of the forms of workflow steps; keys that are not theirs are left alone."""

    error_messages = {"type": _l("This must be an object with named fields.")}  # noqa: RUF012 - marshmallow's attribute

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        _speak_plainly(field_obj)


def load(schema: type[Schema] | None, payload: Any) -> dict[str, Any]:
    """Return the cleaned values of a form.

    errors  Refused "invalid" with a reason for each field that cannot be read
    """
    if schema is None:
        return {}
    try:
        loaded: dict[str, Any] = schema().load(payload if payload is not None else {})
    except ValidationError as error:
        raise invalid_many(flat(error.messages)) from error
    return loaded


def flat(messages: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Return nested messages of marshmallow as (field, text): {"lines": {0: {"id": [..]}}} → lines.0.id."""
    if isinstance(messages, dict):
        found = []
        for key, inner in messages.items():
            name = str(key) if not prefix else f"{prefix}.{key}"
            found += flat(inner, prefix if key == "_schema" else name)
        return found
    return [(prefix, str(message)) for message in (messages if isinstance(messages, list) else [messages])]
