"""What a field of a model is, read from the mapping: its kind, label and limits.

Lists, forms, REST, import, export and the audit all read this one description.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Mapper

from app.core.db.types import DeferredChoice, Fixed, UtcDateTime


class Kind(enum.StrEnum):
    text = enum.auto()
    long_text = enum.auto()
    integer = enum.auto()
    decimal = enum.auto()
    flag = enum.auto()
    date = enum.auto()
    time = enum.auto()
    choice = enum.auto()  # a fixed code list
    dictionary = enum.auto()  # an item of an administrator's list
    relation = enum.auto()
    many = enum.auto()  # several rows of another model, as the keepers of a warehouse
    lines = enum.auto()


@dataclass(frozen=True)
class Field:
    """One field as people meet it. `name` is the relation's name for foreign keys: `customer`, not `customer_id`."""

    name: str
    kind: Kind
    model: type[Any]
    required: bool = False
    length: int | None = None
    scale: int = 0
    choices: type[enum.StrEnum] | None = None
    target: type[Any] | None = None
    dictionary: str | None = None
    needs: str | None = None  # the right without which the field does not exist: "cost"
    unit: str | None = None  # "money", "price", "quantity", "percent"
    column: str | None = None  # the column behind it

    @property
    def label(self) -> str:
        return label_of(self.model, self.name)


_LABELS: dict[tuple[str, str], Any] = {}
_COMMON_LABELS: dict[str, Any] = {}
_CODE_LABELS: dict[tuple[type[enum.StrEnum], str], Any] = {}


def label_fields(model: type[Any] | None, /, **labels: Any) -> None:
    """Name fields for people; without a model, the name holds for every model that has none of its own."""
    for name, label in labels.items():
        if model is None:
            _COMMON_LABELS[name] = label
        else:
            _LABELS[(model.__tablename__, name)] = label


def label_of(model: type[Any], name: str) -> str:
    """The translated name of a field; `customer_id` is called as `customer` is. A column may bring it as `info`."""
    for key in (name, name.removesuffix("_id")):
        label = _LABELS.get((model.__tablename__, key))
        if label is None:  # not `or`: to know whether it is empty a text would be translated
            label = _label_in(model, key)
        if label is None:
            label = _COMMON_LABELS.get(key)
        if label is not None:
            return str(label)
    return name


def _label_in(model: type[Any], name: str) -> Any:
    """What the model's own column says it is called: `info={"label": …}`."""
    columns = model.__table__.c
    column = columns.get(name) if name in columns else columns.get(f"{name}_id")
    return column.info.get("label") if column is not None else None


def label_codes(choices: type[enum.StrEnum], /, **labels: Any) -> None:
    """Name the codes of a fixed list for people."""
    for code, label in labels.items():
        _CODE_LABELS[(choices, code)] = label


def code_label(code: enum.StrEnum | None) -> str:
    """The translated name of a state or code."""
    if code is None:
        return ""
    return str(_CODE_LABELS.get((type(code), code.value), code.value))


def yes_no(value: bool | None) -> str:
    return "" if value is None else _("Yes") if value else _("No")


def title_column(model: type[Any]) -> str:
    """The column a row is called by, where its model says nothing else: a master record's name, a document's number."""
    fields = fields_of(model)
    known = [name for name in ("name", "label", "number", "title", "subject", "filename") if name in fields]
    return next(iter(known), "id")


def subject_field(model: type[Any]) -> str | None:
    """The field that says what a numbered row is about."""
    if title_column(model) != "number":
        return None
    return next((name for name in ("title", "subject") if name in fields_of(model)), None)


def default_of(described: Field) -> Any:
    """The value a new row begins with, where the column says one."""
    column = described.model.__table__.c.get(described.column or "")
    default = column.default if column is not None else None
    return default.arg if isinstance(default, sa.ColumnDefault) and default.is_scalar else None


def unique_fields(model: type[Any]) -> list[Field]:
    """Fields of text or number whose value no other row may have."""
    alone = {next(iter(c.columns)).key for c in model.__table__.constraints if _is_unique_alone(c)}
    alone |= {next(iter(i.columns)).key for i in model.__table__.indexes if _is_unique_index(i)}
    return [f for f in fields_of(model).values() if f.column in alone and f.kind in (Kind.text, Kind.integer)]


def _is_unique_alone(constraint: sa.Constraint) -> bool:
    return isinstance(constraint, sa.UniqueConstraint) and len(constraint.columns) == 1


def _is_unique_index(index: sa.Index) -> bool:
    """Of one column, and for all rows: an index over some of them allows the same value elsewhere."""
    partial = any(options.get("where") is not None for options in index.dialect_options.values())
    return bool(index.unique) and len(index.columns) == 1 and not partial


_FIELDS: dict[type[Any], dict[str, Field]] = {}


def fields_of(model: type[Any]) -> dict[str, Field]:
    """Every field of a model by name, foreign keys under their relation's name."""
    if model not in _FIELDS:
        _FIELDS[model] = _described(model)
    return _FIELDS[model]


def _described(model: type[Any]) -> dict[str, Field]:
    mapper: Mapper[Any] = sa.inspect(model)
    found: dict[str, Field] = {}
    related = {}
    for relation in mapper.relationships:
        if relation.uselist:
            if relation.cascade.delete_orphan:
                found[relation.key] = Field(relation.key, Kind.lines, model, target=relation.mapper.class_)
            elif relation.secondary is not None:
                found[relation.key] = Field(relation.key, Kind.many, model, target=relation.mapper.class_)
            continue
        local = next(iter(relation.local_columns))
        related[local.key] = relation
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if not isinstance(column, sa.Column):
            continue
        if column.key in related:
            relation = related[column.key]
            found[relation.key] = _relation_field(model, relation.key, column, relation.mapper.class_)
        else:
            found[attribute.key] = _column_field(model, attribute.key, column)
    return found


def _is_required(column: sa.Column[Any]) -> bool:
    return not column.nullable and column.default is None and column.server_default is None


def _relation_field(model: type[Any], name: str, column: sa.Column[Any], target: type[Any]) -> Field:
    dictionary = column.info.get("dictionary")
    kind = Kind.dictionary if dictionary else Kind.relation
    return Field(
        name, kind, model, required=_is_required(column), target=target, dictionary=dictionary,
        needs=column.info.get("needs"), column=column.key,
    )  # fmt: skip


def _column_field(model: type[Any], name: str, column: sa.Column[Any]) -> Field:
    kind, extra = _kind_of(column)
    unit = column.info.get("unit") or extra.pop("unit", None)
    extra.pop("unit", None)
    return Field(
        name, kind, model, required=_is_required(column) and not column.primary_key,
        needs=column.info.get("needs"), unit=unit, column=column.key, **extra,
    )  # fmt: skip


def _kind_of(column: sa.Column[Any]) -> tuple[Kind, dict[str, Any]]:
    type_ = column.type
    if isinstance(type_, Fixed):
        return Kind.decimal, {"scale": type_.scale, "unit": {2: "money", 3: "quantity"}.get(type_.scale)}
    if isinstance(type_, sa.Enum | DeferredChoice):
        return Kind.choice, {"choices": type_.enum_class}
    if isinstance(type_, sa.Boolean):
        return Kind.flag, {}
    if isinstance(type_, UtcDateTime):
        return Kind.time, {}
    if isinstance(type_, sa.Date):
        return Kind.date, {}
    if isinstance(type_, sa.Integer):
        return Kind.integer, {}
    if isinstance(type_, sa.Text):
        return Kind.long_text, {"length": 20_000}
    return Kind.text, {"length": getattr(type_, "length", None)}
