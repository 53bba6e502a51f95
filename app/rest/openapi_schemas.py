"""The JSON schemas of the description: a value of a row, a body or form, the query of a list.

A schema says all that is looked at while a value is read, so that a program may check before it sends; what depends on
other values or rows is a rule, and a rule answers 422.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.record.fields import Kind
from app.core.record.schemas import LARGEST, Exact
from app.query.cursor import LONGEST_CURSOR
from app.rest.fields import (
    LARGEST_WHOLE,
    MOST_LINES,
    Body,
    Code,
    Day,
    Flag,
    Label,
    Lines,
    Moment,
    Rate,
    Reference,
    Text,
    Whole,
)
from app.rest.query import EMPTY, LAST_PAGE, MOST_FILTERS, MOST_ROWS, MOST_VALUES, OPERATORS
from app.rest.query import LARGEST as LARGEST_SIZE
from app.rest.schema import Member, Resource
from app.rest.shown import TAX_RATE

Json = dict[str, Any]
Labels = Callable[[str], list[str]]
EXACT: Json = {"type": "string", "format": "decimal", "example": "12.50"}
ROW_ID: Json = {"type": "integer", "minimum": 1, "maximum": LARGEST_WHOLE}
NAMED: Json = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    "required": ["id", "name"],
}
# An id alone or as rows show it.
REFERENCE: Json = {
    "anyOf": [
        ROW_ID,
        {"type": "string", "pattern": "^[0-9]{1,20}$"},
        {"type": "object", "properties": {"id": ROW_ID}, "required": ["id"]},
    ]
}
_SHOWN: dict[Kind, Json] = {
    Kind.text: {"type": "string"},
    Kind.long_text: {"type": "string"},
    Kind.integer: {"type": "integer"},
    Kind.decimal: EXACT,
    Kind.flag: {"type": "boolean"},
    Kind.date: {"type": "string", "format": "date"},
    Kind.time: {"type": "string", "format": "date-time"},
    Kind.dictionary: {"type": "string"},
    Kind.relation: {"allOf": [{"$ref": "#/components/schemas/Named"}]},
    Kind.many: {"type": "array", "items": {"$ref": "#/components/schemas/Named"}},
}
_FRACTION: Json = {"type": "number", "minimum": 0, "maximum": 100, "exclusiveMaximum": True}
# Read from the first class of a field that stands here.
_TAKEN: dict[type[Any], Json] = {
    Whole: {"type": "integer", "minimum": -LARGEST_WHOLE, "maximum": LARGEST_WHOLE},
    Reference: {"allOf": [{"$ref": "#/components/schemas/Reference"}]},
    Flag: {"type": "boolean"},
    Day: {"type": "string", "format": "date"},
    Moment: {"type": "string", "format": "date-time", "maxLength": 40},
    Text: {"type": "string"},
    fields.Integer: {"type": "integer"},
    fields.Date: {"type": "string", "format": "date"},
    fields.Boolean: {"type": "boolean"},
    fields.String: {"type": "string"},
}


def shown_member(member: Member) -> Json:
    """The schema of one value of a row."""
    field = member.field
    if member.kind is Kind.choice:
        found: Json = {"type": "string", "enum": list(member.choices.__members__)}
    elif member.is_rate:
        found = {"type": "string", "example": "13%"}
    else:
        found = dict(_SHOWN[member.kind])
    if member.nullable and not member.beside and member.kind is not Kind.many:
        found["nullable"] = True
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    found["description"] = field.label
    if field.needs:
        found["description"] = _("%(field)s; only with the right to see it", field=field.label)
    return found


def taken_field(field: fields.Field[Any], labels: Labels) -> Json:
    """The schema of one value of a body or form."""
    if isinstance(field, fields.List):
        found: Json = {"type": "array", "items": taken_field(field.inner, labels)}
        if isinstance(field, Lines):
            found["maxItems"] = MOST_LINES
    elif isinstance(field, fields.Nested):
        found = taken_schema(type(field.schema), labels)
    elif isinstance(field, Code):
        found = {"type": "string", "enum": list(field.choices.__members__)}
    elif isinstance(field, Label):
        found = {"type": "string", "enum": labels(field.dictionary)}
        if field.allow_none:
            found["enum"] = ["", *found["enum"]]
    elif isinstance(field, Rate):
        found = {"anyOf": [{"type": "string", "enum": labels(TAX_RATE)}, _FRACTION], "example": "13%"}
    elif isinstance(field, Exact):
        found = exact_value(field.places, None if field.lowest is None else float(field.lowest))
    else:
        known = next((base for base in type(field).__mro__ if base in _TAKEN), fields.String)
        found = dict(_TAKEN[known])
    found |= _limits(field)
    if field.allow_none:
        found["nullable"] = True
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    if "label" in field.metadata:
        found["description"] = str(field.metadata["label"])
    return found


def _limits(field: fields.Field[Any]) -> Json:
    """How long, large or many."""
    found: Json = {}
    if isinstance(field, Text):
        if field.longest is not None:
            found["maxLength"] = field.longest
        if field.filled:
            found |= {"minLength": 1, "pattern": r"\S"}
    ends = ("minItems", "maxItems") if isinstance(field, fields.List) else ("minLength", "maxLength")
    for each in field.validators:
        if isinstance(each, validate.Length):
            found |= {name: end for name, end in zip(ends, (each.min, each.max), strict=True) if end}
        elif isinstance(each, validate.Range):
            found |= {"minimum": each.min, "maximum": each.max}
        elif isinstance(each, validate.OneOf):
            found["enum"] = list(each.choices)
    return found


def exact_value(places: int, lowest: float | None = None) -> Json:
    """An exact number as it is taken: best as text, a number of JSON as it is written."""
    sign = "-?" if lowest is None else ""
    whole = len(str(LARGEST)) - 1
    text = f"^{sign}[0-9]{{1,{whole}}}" + (rf"(\.[0-9]{{1,{places}}})?$" if places else "$")
    least = float(-LARGEST) if lowest is None else lowest
    number = {"type": "number", "minimum": least, "maximum": float(LARGEST), "exclusiveMaximum": True}
    number["multipleOf"] = float(Decimal(1).scaleb(-places))
    if lowest is None:
        number["exclusiveMinimum"] = True
    return {"anyOf": [{"type": "string", "pattern": text}, number], "example": "12.50"}


def taken_schema(
    schema: type[Schema], labels: Labels, members: dict[str, Member] | None = None, *, closed: bool = False
) -> Json:
    """The schema of a body or form; descriptions come from the members where there are any.

    labels  what a dictionary holds to be chosen
    closed  a name that is not described is refused; what a body may bring back as it was read is passed over
    """
    made = schema()
    found: Json = {"type": "object", "properties": {name: taken_field(f, labels) for name, f in made.fields.items()}}
    for name, value in found["properties"].items():
        if members and name in members:
            value.setdefault("description", members[name].field.label)
    required = {name for name, field in made.fields.items() if field.required}
    must = sorted(getattr(made, "must", ()))
    if getattr(made, "may_leave_out", False):
        found["anyOf"] = [{"required": must}, {"required": ["id"]}]  # a line that is there keeps what is left out
    else:
        required |= set(must)
    if required:
        found["required"] = sorted(required)
    if closed or isinstance(made, Body):
        found["additionalProperties"] = False
        for name in sorted(getattr(made, "known", ())):
            found["properties"][name] = {"readOnly": True}
    return found


# The query of a list


_TEXT: Json = {"anyOf": [{"type": "string", "maxLength": 1000, "pattern": "^[^\\u0000]*$"}, {"type": "integer"}]}
_KEY: Json = {
    "anyOf": [
        {"type": "integer", "minimum": -LARGEST_WHOLE, "maximum": LARGEST_WHOLE},
        {"type": "string", "pattern": "^[0-9]{1,9}$"},
    ]
}
_COMPARED: dict[Kind, Json] = {
    Kind.text: _TEXT,
    Kind.long_text: _TEXT,
    Kind.dictionary: _TEXT,
    Kind.integer: _KEY,
    Kind.relation: _KEY,
    Kind.many: _KEY,
    Kind.date: {"type": "string", "format": "date"},
    Kind.time: {"type": "string", "format": "date-time", "maxLength": 40},
    Kind.flag: {"enum": [True, False, "true", "false", "True", "False", 1, 0]},
}


def query_schema(resource: Resource) -> Json:
    """What a list can be filtered and ordered by, and which columns there are."""
    members = resource.members
    sortable = [name for name, member in members.items() if member.is_sortable]
    names = {"type": "array", "items": {"type": "string", "enum": list(members)}, "maxItems": MOST_ROWS}
    tests = {"type": "array", "items": {"anyOf": _tests(resource)}, "maxItems": MOST_FILTERS}
    properties: Json = {
        "filters": tests,
        "columns": names,
        "select_columns": names,
        "order_column": {"type": "string", "enum": sortable},
        "order_direction": {"type": "string", "enum": ["asc", "desc"]},
        "page": {"type": "integer", "minimum": 0, "maximum": LAST_PAGE},
        "page_size": {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE},
        "next": {
            "type": "string",
            "maxLength": LONGEST_CURSOR,
            "description": _("What the last page told; the order must be the same, the number of the page left out."),
        },
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _tests(resource: Resource) -> list[Json]:
    """The filters there are: one schema for all columns that are compared alike."""
    alike: dict[str, tuple[list[str], Kind, Json]] = {}
    for name, member in resource.members.items():
        if member.is_filterable:
            value = _compared(member)
            alike.setdefault(f"{member.kind} {value}", ([], member.kind, value))[0].append(name)
    found = []
    for names, kind, value in alike.values():
        several = {"type": "array", "items": value, "maxItems": MOST_VALUES}
        nothing = {"anyOf": [value, {"nullable": True, "enum": [None]}]}
        ways = [(EMPTY, nothing), ({"in", "not_in"}, several)]
        ways.append((OPERATORS[kind] - EMPTY - {"in", "not_in"}, value))
        for operators, taken in ways:
            if possible := sorted(operators & OPERATORS[kind]):
                parts = {"col": {"type": "string", "enum": names}, "opr": {"type": "string", "enum": possible}}
                found.append({
                    "type": "object", "properties": {**parts, "value": taken},
                    "required": ["col", "opr", "value"], "additionalProperties": False,
                })  # fmt: skip
    return found


def _compared(member: Member) -> Json:
    if member.kind is Kind.choice:
        return {"type": "string", "enum": list(member.choices.__members__)}
    if member.kind is Kind.decimal:
        return exact_value(member.field.scale)
    return _COMPARED[member.kind]
