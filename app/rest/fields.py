"""Schemas of JSON bodies refuse in plain sentences. design.md §7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validates_schema

from app.core.kinds.kind import Kind

MOST_LINES = 2000
_REQUIRED = {"required": _l("Please fill this in."), "null": _l("This cannot be empty.")}
_UNKNOWN = {"unknown": _l("There is no such field."), "type": _l("This must be an object with named fields.")}


class BodySchema(Schema):
    """A body or a line of one. Fields that are only dumped can be read but not set, so they are passed over."""

    error_messages = _UNKNOWN

    class Meta:
        unknown = RAISE

    @pre_load
    def pass_over_known(self, given: Any, **_options: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if name in self.load_fields or name not in self.fields}


class LineSchema(BodySchema):
    """A line of a document; needed values may be left out of a line that has an id, which keeps what it has."""

    @property
    def needed(self) -> list[str]:
        return [name for name, field in self.fields.items() if isinstance(field, ValueField) and field.is_needed]

    @validates_schema
    def require_everything(self, line: dict[str, Any], **_options: Any) -> None:
        if line.get("id") is not None:
            return
        missing = {name: [_l("Please fill this in.")] for name in self.needed if line.get(name) is None}
        if missing:
            raise ValidationError(missing)


class ValueField(fields.Field[Any]):
    """This field reads a value of a kind.

    is_filled  blanks alone will not do
    is_needed  a new line must have it
    """

    default_error_messages = _REQUIRED

    def __init__(self, kind: Kind, *, is_filled: bool = False, is_needed: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        self.is_filled = is_filled
        self.is_needed = is_needed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        found = self.kind.read_json(value)
        if self.is_filled and not found.strip():
            raise ValidationError(_("Please fill this in."))
        return found


class LinesField(fields.List[Any]):
    default_error_messages = {**_REQUIRED, "invalid": _l("This must be a list of lines.")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > MOST_LINES:
            raise ValidationError(_("At most %(n)s lines are possible.", n=MOST_LINES))
        return super()._deserialize(value, attr, data, **options)
