"""The JSON schemas of the description: a value of a row, a body or form, the query of a list.

A schema says all that is looked at while a value is read, so that a program may check before it sends; what depends on
other values or rows is a rule, and a rule answers 422.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.kinds.comparison import EMPTY, LISTED
from app.core.kinds.kind import Json, Kind, Labels
from app.core.kinds.number import LARGEST_WHOLE
from app.core.record.schemas import Exact
from app.rest.fields import MOST_LINES, Body, Lines, Value
from app.rest.query import LARGEST as LARGEST_SIZE
from app.rest.query import LAST_PAGE, MOST_FILTERS, MOST_ROWS, MOST_VALUES
from app.rest.schema import Member, Resource

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
# What a step asks is read by marshmallow's own fields, and takes more than a column holds: 1e9 as 1000000000.
_ASKED: dict[type[Any], Json] = {
    fields.Integer: {"type": "integer"},
    fields.Date: {"type": "string", "format": "date"},
    fields.Boolean: {"type": "boolean"},
    fields.Field: {"type": "string"},
}


def shown_member(member: Member) -> Json:
    """The schema of one value of a row."""
    field = member.field
    found = member.kind.shown_schema()
    if member.nullable and not member.beside and not member.kind.is_several:
        _allow_nothing(found)
    found["description"] = field.label
    if field.needs:
        found["description"] = _("%(field)s; only with the right to see it", field=field.label)
    return found


def _allow_nothing(schema: Json) -> None:
    schema["nullable"] = True
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]


def taken_field(field: fields.Field[Any], labels: Labels) -> Json:
    """The schema of one value of a body or form."""
    found = _taken_value(field, labels) | _limits(field)
    if field.allow_none:
        _allow_nothing(found)
    if "label" in field.metadata:
        found["description"] = str(field.metadata["label"])
    return found


def _taken_value(field: fields.Field[Any], labels: Labels) -> Json:
    if isinstance(field, fields.List):
        found: Json = {"type": "array", "items": taken_field(field.inner, labels)}
        return found | ({"maxItems": MOST_LINES} if isinstance(field, Lines) else {})
    if isinstance(field, fields.Nested):
        return taken_schema(type(field.schema), labels)
    if isinstance(field, Exact):
        return field.kind.body_schema(labels)
    if not isinstance(field, Value):
        return dict(next(schema for base, schema in _ASKED.items() if isinstance(field, base)))
    found = field.kind.body_schema(labels)
    if field.kind.dictionary is not None and field.allow_none:
        found["enum"] = ["", *found["enum"]]
    return found | ({"minLength": 1, "pattern": r"\S"} if field.is_filled else {})


def _limits(field: fields.Field[Any]) -> Json:
    """How long, large or many."""
    found: Json = {}
    ends = ("minItems", "maxItems") if isinstance(field, fields.List) else ("minLength", "maxLength")
    for each in field.validators:
        if isinstance(each, validate.Length):
            found |= {name: end for name, end in zip(ends, (each.min, each.max), strict=True) if end}
        elif isinstance(each, validate.Range):
            found |= {"minimum": each.min, "maximum": each.max}
        elif isinstance(each, validate.OneOf):
            found["enum"] = list(each.choices)
    return found


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
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _tests(resource: Resource) -> list[Json]:
    """The filters there are: one schema for all columns that are compared alike."""
    alike: dict[str, tuple[list[str], Kind]] = {}
    for name, member in resource.members.items():
        if member.is_filterable:
            kind = member.kind
            alike.setdefault(f"{sorted(kind.operators)} {kind.asked_schema()}", ([], kind))[0].append(name)
    found = []
    for names, kind in alike.values():
        value = kind.asked_schema()
        several = {"type": "array", "items": value, "maxItems": MOST_VALUES}
        nothing = {"anyOf": [value, {"nullable": True, "enum": [None]}]}
        for operators, taken in ((EMPTY, nothing), (LISTED, several), (kind.operators - EMPTY - LISTED, value)):
            if possible := sorted(operators & kind.operators):
                parts = {"col": {"type": "string", "enum": names}, "opr": {"type": "string", "enum": possible}}
                found.append({
                    "type": "object", "properties": {**parts, "value": taken},
                    "required": ["col", "opr", "value"], "additionalProperties": False,
                })  # fmt: skip
    return found
