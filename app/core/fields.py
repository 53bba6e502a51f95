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

from app.core.types import Fixed, UtcDateTime


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
    """The translated name of a field; `customer_id` is called as `customer` is."""
    for key in (name, name.removesuffix("_id")):
        label = _LABELS.get((model.__tablename__, key)) or _COMMON_LABELS.get(key)
        if label is not None:
            return str(label)
    return name


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
    if isinstance(type_, sa.Enum):
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
