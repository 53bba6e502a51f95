"""The schemas of JSON bodies, whose refusals are plain sentences. design.md §7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, ValidationError, fields, pre_load

from app.core.kinds.kind import Kind

MOST_LINES = 2000
_REQUIRED = {"required": _l("Please fill this in."), "null": _l("This cannot be empty.")}
_UNKNOWN = {"unknown": _l("There is no such field."), "type": _l("This must be an object with named fields.")}


class Body(Schema):
    """A body or a line of one. `known` are the names that can be read but not set: they are passed over."""

    known: frozenset[str] = frozenset()
    error_messages = _UNKNOWN

    class Meta:
        unknown = RAISE

    @pre_load
    def pass_over_known(self, given: Any, **_options: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if name not in self.known}


class Value(fields.Field[Any]):
    """A value of a kind; `is_filled`: blanks alone will not do."""

    default_error_messages = _REQUIRED

    def __init__(self, kind: Kind, *, is_filled: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        self.is_filled = is_filled

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        found = self.kind.read_json(value)
        if self.is_filled and not found.strip():
            raise ValidationError(_("Please fill this in."))
        return found


class Lines(fields.List[Any]):
    default_error_messages = {**_REQUIRED, "invalid": _l("This must be a list of lines.")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > MOST_LINES:
            raise ValidationError(_("At most %(n)s lines are possible.", n=MOST_LINES))
        return super()._deserialize(value, attr, data, **options)
