"""The description has JSON schemas for a value of a row, a body or form, and the query of a list.

A schema says all that is looked at while a value is read, so that a program may check before it sends; what depends on
other values or rows is a rule, and a rule answers 422.
"""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask_babel import gettext as _
from marshmallow import fields

from app.core.kinds.comparison import EMPTY, LISTED, OPERATORS
from app.core.kinds.kind import Json, Kind, Labels
from app.core.kinds.numerals import LARGEST_WHOLE
from app.core.record.schemas import Exact
from app.core.record.virtual import virtual_lists
from app.core.report import Report
from app.query.cursor import LONGEST_CURSOR
from app.rest.fields import MOST_LINES, LineSchema, LinesField, ValueField
from app.rest.query import LARGEST as LARGEST_SIZE
from app.rest.query import LAST_PAGE, MOST_FILTERS, MOST_ROWS, MOST_VALUES
from app.rest.schema import Member, Resource

ROW_ID: Json = {"type": "integer", "minimum": 1, "maximum": LARGEST_WHOLE}
_WHOLE: Json = {"type": "integer"}
_TEXT: Json = {"type": "string"}


def content(name: str) -> Json:
    """Return what a call takes or answers, by the name of its schema."""
    return {"application/json": {"schema": reference(name)}}


def reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Json, *optional: str) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


COMMON_SCHEMAS: Json = {
    "Named": _object({"id": _WHOLE, "name": _TEXT}),
    # An id stands alone or as rows show it.
    "Reference": {"anyOf": [ROW_ID, {"type": "string", "pattern": "^[0-9]{1,20}$"}, _object({"id": ROW_ID})]},
    "Refusal": _object({
        "code": _TEXT, "message": _TEXT,
        "reasons": _array(_object({"code": _TEXT, "message": _TEXT, "field": _TEXT}, "field")),
    }),
    "Token": _object({"access_token": _TEXT, "refresh_token": _TEXT}, "refresh_token"),
    "Message": _object({"message": _TEXT}),
    "PreparedFile": _object({
        "id": _WHOLE, "title": _TEXT, "state": _TEXT, "done": _WHOLE, "total": _WHOLE, "failure": _TEXT, "file": _TEXT,
    }),
    "Reports": _object({"result": _array(_object({"name": _TEXT, "title": _TEXT}))}),
}  # fmt: skip


# What is answered


def resource_schemas(resource: Resource) -> Json:
    """Return the schemas of what the calls of a resource answer, and of the query of its list."""
    name = resource.name
    row = {"id": _WHOLE, "result": reference(name)}
    found = {
        name: _row(resource),
        f"{name}_shown": _object(row),
        f"{name}_list": _object(
            {
                "count": {**_WHOLE, "nullable": True, "description": _("Null where “next” was followed.")},
                "ids": _array(_WHOLE),
                "result": _array(reference(name)),
                "next": {
                    **_TEXT,
                    "nullable": True,
                    "description": _("Give it back as “next” of the query to read on; null after the last row."),
                },
            }
        ),
        f"{name}_query": query_schema(resource),
    }
    if resource.takes("POST"):
        found[f"{name}_made"] = _object({**row, "warnings": _array({"type": "object"})}, "warnings")
    if resource.workflow is not None:
        found[f"{name}_after"] = _after(resource)
    return found


def _row(resource: Resource) -> Json:
    properties = {}
    for name, member in resource.members.items():
        if member.kind.is_lines:
            line = {n: shown_member(m) for n, m in resource.line_members(member).items()}
            properties[name] = {**_array(_object(line, *line)), "description": member.field.label}
        else:
            properties[name] = shown_member(member)
    for name, virtual in virtual_lists(resource.model).items():
        line = {column: kind.shown_schema() for column, kind in virtual.columns.items()}
        properties[name] = {**_array(_object(line)), "description": str(virtual.label)}
    return _object(properties, *properties)


def _after(resource: Resource) -> Json:
    """Return what an action answers: the document's states, what to look at, and what it made."""
    properties: Json = {name: shown_member(member) for name, member in resource.told.items()}
    properties["warnings"] = _array({"type": "object"})
    properties["created"] = _array(_object({"model": _TEXT, "id": _WHOLE, "number": _TEXT}))
    return _object(properties, *(properties.keys() - {"id"}))


def shown_member(member: Member) -> Json:
    """Return the schema of one value of a row."""
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


# What is taken


class BodyPlugin(MarshmallowPlugin):
    """Describes the schemas of bodies and forms as apispec does, and their fields by the kinds of their values.

    labels  what can be chosen from a dictionary
    """

    def __init__(self, labels: Labels) -> None:
        super().__init__(schema_name_resolver=lambda _schema: "")  # A schema within another one is described there.
        self.labels = labels

    def init_spec(self, spec: APISpec) -> None:
        super().init_spec(spec)
        if self.converter is not None:
            self.converter.add_attribute_function(lambda _converter, field, **_options: self._described(field))

    def _described(self, field: fields.Field[Any]) -> Json:
        """Return what apispec does not know of a field."""
        found = self._limits(field)
        label = field.metadata.get("label") or getattr(field.metadata.get("field"), "label", None)
        return found | ({"description": str(label)} if label else {})

    def _limits(self, field: fields.Field[Any]) -> Json:
        if isinstance(field, LinesField):
            return {"maxItems": MOST_LINES}
        if isinstance(field, fields.Nested) and isinstance(field.schema, LineSchema) and field.schema.needed:
            return {"anyOf": [{"required": field.schema.needed}, {"required": ["id"]}]}
        if not isinstance(field, ValueField | Exact):
            return {}
        found = field.kind.body_schema(self.labels)
        if isinstance(field, ValueField) and field.is_filled:
            found |= {"minLength": 1, "pattern": r"\S"}
        if field.allow_none:
            if field.kind.dictionary is not None:
                found["enum"] = ["", *found["enum"]]
            _allow_nothing(found)
        return found


def report_schema(report: Report) -> Json:
    """Return the schema of what a report answers; a column that needs a right is left out for who lacks it."""
    behind: Json = {
        "type": "object", "additionalProperties": _TEXT,
        "description": _("Column → address of the rows that its figure is the sum of."),
    }  # fmt: skip
    cells = {c.name: {**c.kind.shown_schema(), "nullable": True} for c in report.columns}
    totals = {c.name: c.kind.shown_schema() for c in report.columns if c.total}
    running = {c.name: c.kind.shown_schema() for c in report.columns if report.opening and c.last}
    ends = {name: kind for kind in running.values() for name in ("opening", "closing")}
    return _object({
        **ends,
        "columns": _array(_object({"name": _TEXT, "title": _TEXT, "kind": _TEXT})),
        "rows": _array(_object({**cells, "_behind": behind}, *cells)),
        "totals": _object(totals, *totals),
        "more": {"type": "boolean"},
        "_behind": behind,
    })  # fmt: skip


# The query of a list


def query_parameter(resource: Resource) -> Json:
    """Return the query of a list: JSON, or the same in Rison, which is shorter in an address."""
    names = list(resource.filterable)
    text = _(
        "Rison: (filters:!((col:name,opr:ct,value:x)),order_column:id,order_direction:desc,page:0,page_size:20,"
        "columns:!(id)). Columns: %(columns)s. Operators: %(operators)s.",
        columns=", ".join(names), operators=", ".join(sorted(OPERATORS)),
    )  # fmt: skip
    return {"name": "q", "description": text, "content": content(f"{resource.name}_query")}


def query_schema(resource: Resource) -> Json:
    """Return what a list can be filtered and ordered by, and which columns there are."""
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
    """Return the filters there are: one schema for all columns that are compared alike."""
    alike: dict[str, tuple[list[str], Kind]] = {}
    for name, member in resource.filterable.items():
        kind = member.kind
        alike.setdefault(f"{sorted(kind.operators)} {kind.rest_filter_schema()}", ([], kind))[0].append(name)
    found = []
    for names, kind in alike.values():
        value = kind.rest_filter_schema()
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
