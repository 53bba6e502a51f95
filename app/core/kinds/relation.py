"""These fields refer to rows: to one of another model, to an item of a dictionary, or to several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from app.core.kinds.comparison import HAS_ROW, NEGATIVE, is_one_of
from app.core.kinds.kind import EQUALITY, Json, Kind, Labels, RowFinder
from app.core.kinds.number import REST_FILTER_WHOLE
from app.core.kinds.numerals import counting_number, rest_filter_whole, whole_sort_value
from app.core.kinds.text import REST_FILTER_TEXT, rest_filter_text
from app.core.text import storable

MOST_TYPED = 200  # rows that one control may name
LONGEST_LABEL = 60
REFERRING = EQUALITY | {"rel_o_m", "nrel_o_m"}
_BETWEEN = re.compile(r"[、,，;；\n]")
_NAMED: Json = {"$ref": "#/components/schemas/Named"}
_REFERENCE: Json = {"$ref": "#/components/schemas/Reference"}


def row_key(text: str) -> int | None:
    """Return a key that an address or a form names; None for anything that is no key."""
    return counting_number(text)


def chosen_key(text: str) -> int:
    """Return the key of what was chosen in a form.

    errors  ValidationError
    """
    key = row_key(text)
    if key is None:
        raise ValidationError(_("Please choose from the list."))
    return key


def json_key(value: Any) -> int:
    """Return the id of another record, alone or as the interface shows it: 5 or {"id": 5, "name": …}."""
    found = value.get("id") if isinstance(value, dict) else value
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 20:
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        raise ValidationError(_("This must be the id of a record."))
    return found


@dataclass(frozen=True)
class RelationKind(Kind):
    """A row of another model."""

    target: type[Any]

    control = "pick"
    drawing = "row"
    note = _l("Name or number of a record you may see")
    operators = REFERRING
    is_relation = True
    is_reference = True

    def typed(self, value: Any) -> str:
        return "" if value is None else str(value.id)

    def read_text(self, text: str) -> int:
        return chosen_key(text)

    def read_json(self, value: Any) -> int:
        return json_key(value)

    def read_filter(self, text: str) -> int | None:
        return row_key(text)

    def read_sort_value(self, text: str) -> int:
        return whole_sort_value(text)

    def read_rest_filter(self, value: Any) -> int:
        return rest_filter_whole(value)

    def resolved(self, value: Any, rows: RowFinder) -> Any:
        return rows.row(self.target, value)

    def shown_schema(self) -> Json:
        return {"allOf": [dict(_NAMED)]}

    def body_schema(self, labels: Labels) -> Json:
        return {"allOf": [dict(_REFERENCE)]}

    def rest_filter_schema(self) -> Json:
        return dict(REST_FILTER_WHOLE)


@dataclass(frozen=True)
class DictionaryKind(Kind):
    """An item of an administrator's list: forms name it by its key, all others by its label."""

    target: type[Any]
    dictionary: str

    control = "select"
    drawing = "row"
    note = _l("One of the dictionary")
    operators = REFERRING
    is_reference = True

    def typed(self, value: Any) -> str:
        return "" if value is None else str(value.id)

    def read_text(self, text: str) -> int:
        return chosen_key(text)

    def read_json(self, value: Any) -> str:
        if not isinstance(value, str) or not storable(value) or len(value) > LONGEST_LABEL:
            raise ValidationError(_("This must be a value of its list."))
        return value

    def read_filter(self, text: str) -> int | None:
        return row_key(text)

    def read_sort_value(self, text: str) -> int:
        return whole_sort_value(text)

    def read_rest_filter(self, value: Any) -> str:
        return rest_filter_text(value)

    def resolved(self, value: Any, rows: RowFinder) -> Any:
        return rows.item(self.dictionary, value)

    def where(self, attribute: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
        """`value` is a key, or a list of keys; an empty list stands for a label that the dictionary does not have."""
        if value is None:
            return super().where(attribute, operator, value)
        found: sa.ColumnElement[bool] = is_one_of(attribute, value if isinstance(value, list) else [value])
        return sa.or_(attribute.is_(None), ~found) if operator in NEGATIVE else found

    def options(self, items: Sequence[tuple[int, str, bool]]) -> list[tuple[str, str]]:
        return [(str(key), label) for key, label, _usable in items]

    def shown_schema(self) -> Json:
        return {"type": "string"}

    def body_schema(self, labels: Labels) -> Json:
        return {"type": "string", "enum": labels(self.dictionary)}

    def rest_filter_schema(self) -> Json:
        return dict(REST_FILTER_TEXT)


@dataclass(frozen=True)
class ManyKind(Kind):
    """Several rows of another model, as the keepers of a warehouse."""

    target: type[Any]

    control = "picks"
    note = _l("Names with 、 between them")
    operators = frozenset({HAS_ROW})
    has_column = False
    has_filter = False
    is_listed = False
    is_several = True

    def text(self, value: Sequence[Any]) -> str:
        return "、".join(str(row) for row in value)

    def typed(self, value: Sequence[Any] | None) -> list[tuple[str, str]]:
        return [(str(row.id), str(row)) for row in value or ()]

    def read_typed(self, texts: Sequence[str]) -> list[int]:
        return [chosen_key(text) for text in dict.fromkeys(text for text in texts[:MOST_TYPED] if text)]

    def read_json(self, value: Any) -> int:
        """Return the key of one row; the schema of a body reads the list."""
        return json_key(value)

    def read_cell(self, text: str) -> list[str]:
        return [name.strip() for name in _BETWEEN.split(text) if name.strip()]

    def read_rest_filter(self, value: Any) -> int:
        return rest_filter_whole(value)

    def resolved(self, value: Any, rows: RowFinder) -> Any:
        return rows.several(self.target, value)

    def where(self, attribute: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
        found: sa.ColumnElement[bool] = attribute.any(self.target.id == value)
        return found

    def shown_schema(self) -> Json:
        return {"type": "array", "items": dict(_NAMED)}

    def body_schema(self, labels: Labels) -> Json:
        return {"allOf": [dict(_REFERENCE)]}

    def rest_filter_schema(self) -> Json:
        return dict(REST_FILTER_WHOLE)
