"""A field is described as the mapping says: its kind, label and limits.

Lists, forms, REST, import, export and the audit all read this one description.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from app.core.cache.per_process import cached_per_process
from app.core.kinds.kind import Kind, kind_of
from app.core.kinds.lines import LinesKind
from app.core.kinds.relation import DictionaryKind, ManyKind, RelationKind
from app.core.record.labels import code_label, label_codes, label_fields, label_of, yes_no

# Labels are a part of a field, so code that describes a model or shows a value imports them from here.
__all__ = [
    "Field", "code_label", "default_of", "fields_of", "label_codes", "label_fields", "label_of", "subject_field",
    "title_column", "unique_fields", "yes_no",
]  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field as people meet it. `name` is the relation's name for foreign keys: `customer`, not `customer_id`."""

    name: str
    kind: Kind
    model: type[Any]
    required: bool = False
    needs: str | None = None  # the right without which the field does not exist: "cost"
    column: str | None = None  # the column behind it

    @property
    def label(self) -> str:
        return label_of(self.model, self.name)

    @property
    def target(self) -> type[Any] | None:
        """The model a relation leads to."""
        return self.kind.target

    @property
    def choices(self) -> type[enum.StrEnum] | None:
        """The codes of a code list."""
        found: type[enum.StrEnum] | None = self.kind.choices
        return found

    @property
    def dictionary(self) -> str | None:
        """The administrator's list that its items are chosen from."""
        return self.kind.dictionary

    @property
    def said(self) -> Mapping[str, Any]:
        """The `info` of the column behind the field: what it says beside its type."""
        column = self.model.__table__.c.get(self.column or self.name)
        return column.info if column is not None else {}

    @property
    def is_computed(self) -> bool:
        """Whether steps or entries write the field, never people."""
        return bool(self.said.get("computed"))

    @property
    def may_be_null(self) -> bool:
        """Whether the database takes the field without a value."""
        column = self.model.__table__.c.get(self.column or self.name)
        return column is None or bool(column.nullable)

    @property
    def empty_value(self) -> Any:
        """The value of an empty control: an empty text where the column takes no NULL."""
        column = self.model.__table__.c.get(self.column or self.name)
        return "" if self.kind.is_text and column is not None and not column.nullable else None


def title_column(model: type[Any]) -> str:
    """Return the column a row is called by, where its model says nothing else. It is a name, or a document's number."""
    fields = fields_of(model)
    known = [name for name in ("name", "label", "number", "title", "subject", "filename") if name in fields]
    return next(iter(known), "id")


def subject_field(model: type[Any]) -> str | None:
    """Return the field that says what a numbered row is about."""
    if title_column(model) != "number":
        return None
    return next((name for name in ("title", "subject") if name in fields_of(model)), None)


def default_of(described: Field) -> Any:
    """Return the value a new row begins with, where the column says one."""
    column = described.model.__table__.c.get(described.column or "")
    default = column.default if column is not None else None
    return default.arg if isinstance(default, sa.ColumnDefault) and default.is_scalar else None


def unique_fields(model: type[Any]) -> list[Field]:
    """Return fields of text or number whose value no other row may have, as it is or in its normal form."""
    table = model.__table__
    columns = [next(iter(c.columns)) for c in table.constraints if _is_unique_alone(c)]
    columns += [next(iter(i.columns)) for i in table.indexes if _is_unique_index(i)]
    alone = {column.info.get("normal_form_of", column.key) for column in columns}
    return [f for f in fields_of(model).values() if f.column in alone and f.kind.is_identifying]


def _is_unique_alone(constraint: sa.Constraint) -> bool:
    return isinstance(constraint, sa.UniqueConstraint) and len(constraint.columns) == 1


def _is_unique_index(index: sa.Index) -> bool:
    """Return whether a unique index is over one column and all rows; one over some rows allows the value elsewhere."""
    return bool(index.unique) and len(index.columns) == 1 and not is_partial(index)


def is_partial(index: sa.Index) -> bool:
    """Return whether the index holds only some of the rows."""
    return any(options.get("where") is not None for options in index.dialect_options.values())


@cached_per_process(most=None)
def fields_of(model: type[Any]) -> dict[str, Field]:
    """Return every field of a model by name, foreign keys under their relation's name."""
    mapper: Mapper[Any] = sa.inspect(model)
    found: dict[str, Field] = {}
    related = {}
    for relation in mapper.relationships:
        if relation.uselist:
            if relation.cascade.delete_orphan:
                found[relation.key] = Field(relation.key, LinesKind(relation.mapper.class_), model)
            elif relation.secondary is not None:
                found[relation.key] = Field(relation.key, ManyKind(relation.mapper.class_), model)
            continue
        local = next(iter(relation.local_columns))
        related[local.key] = relation
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if not isinstance(column, sa.Column) or "normal_form_of" in column.info:
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
    kind = DictionaryKind(target, dictionary) if dictionary else RelationKind(target)
    return _field(model, name, column, kind, required=_is_required(column))


def _column_field(model: type[Any], name: str, column: sa.Column[Any]) -> Field:
    return _field(model, name, column, kind_of(column), required=_is_required(column) and not column.primary_key)


def _field(model: type[Any], name: str, column: sa.Column[Any], kind: Kind, *, required: bool) -> Field:
    return Field(name, kind, model, required=required, needs=column.info.get("needs"), column=column.key)
