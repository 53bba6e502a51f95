"""Texts have one line or many; telephone numbers are texts too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from app.core.kinds.kind import ORDERING, Json, Kind, Labels
from app.core.text import storable, without_hidden

LONGEST_TEXT = 20_000
LONGEST_ASKED = 1000
MATCHING = frozenset({"ct", "nct", "sw", "nsw", "ew", "new"})
REST_FILTER_TEXT: Json = {
    "anyOf": [{"type": "string", "maxLength": LONGEST_ASKED, "pattern": "^[^\\u0000]*$"}, {"type": "integer"}]
}
_PHONES = ("phone", "mobile")


def rest_filter_text(value: Any) -> str:
    """Return a text that a filter of the REST interface compares with.

    errors  ValidationError
    """
    # An unquoted 13800138000 in rison is a number, though the telephone column holds text.
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not storable(text) or len(text) > LONGEST_ASKED:
        raise ValidationError(_("This must be text."))
    return without_hidden(text)


@dataclass(frozen=True)
class TextKind(Kind):
    """A text of one line; it also stands for whatever no other kind claims."""

    length: int | None = None

    columns = (sa.types.TypeEngine,)
    unit = "text"
    drawing = "line"
    operators = ORDERING | MATCHING
    has_filter = False
    has_order = True
    is_text = True
    is_line = True
    is_identifying = True

    @classmethod
    def of(cls, column: sa.Column[Any]) -> Kind:
        is_phone = column.key.rpartition("_")[2] in _PHONES
        return (PhoneKind if is_phone else cls)(getattr(column.type, "length", None))

    def trimmed(self, text: str) -> str:
        return without_hidden(text).strip()

    def read_text(self, text: str) -> str:
        longest = self.length or LONGEST_TEXT
        if len(text) > longest:
            raise ValidationError(_("At most %(n)s characters are possible here.", n=longest))
        return text

    def read_json(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(_("This must be text."))
        if self.length is not None and len(value) > self.length:
            raise ValidationError(_("At most %(n)s characters fit here.", n=self.length))
        if not storable(value):
            raise ValidationError(_("This text contains characters that cannot be stored."))
        return without_hidden(value)

    def read_cell(self, text: str) -> str:
        return without_hidden(text)

    def read_rest_filter(self, value: Any) -> str:
        return rest_filter_text(value)

    def shown_schema(self) -> Json:
        return {"type": "string"}

    def body_schema(self, labels: Labels) -> Json:
        return {"type": "string"} | ({} if self.length is None else {"maxLength": self.length})

    def rest_filter_schema(self) -> Json:
        return dict(REST_FILTER_TEXT)

    def note_for(self, *, is_unique: bool) -> Any:
        if not self.length:
            return ""
        longest, once = _l("At most %(n)s characters fit here.", n=self.length), _l("Only once")
        return f"{once}；{longest}" if is_unique else longest

    def width(self) -> int:
        return min(max((self.length or 60) // 4, 12), 34)


class PhoneKind(TextKind):
    """A telephone number, which a page dials."""

    drawing = "phone"
    is_phone = True


@dataclass(frozen=True)
class LongTextKind(TextKind):
    """Text of many lines."""

    length: int | None = LONGEST_TEXT

    columns = (sa.Text,)
    unit = ""
    control = "area"
    drawing = "text"
    operators = MATCHING
    has_order = False
    is_line = False
    is_long = True
    is_identifying = False
    is_listed = False
    template_width = 40

    @classmethod
    def of(cls, column: sa.Column[Any]) -> Kind:
        return cls()

    def trimmed(self, text: str) -> str:
        return super().trimmed(text.replace("\r\n", "\n"))

    def width(self) -> int:
        return self.template_width
