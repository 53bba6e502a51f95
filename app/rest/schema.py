"""What a REST resource shows and takes: members of its rows and the schema of its bodies, read from the model.

A member is one named value of a JSON row. design.md §7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from marshmallow import Schema, fields

from app.core.db.base import model_name
from app.core.flow.workflow import WORKFLOWS, Workflow
from app.core.kinds.kind import Kind, kind_of_unit
from app.core.kinds.number import WholeKind
from app.core.kinds.relation import RelationKind
from app.core.record.entry import ENTRIES, Entry
from app.core.record.fields import Field, fields_of
from app.models.system.user import AppUser
from app.rest.fields import Body, Line, Lines, Value

# Kept for the system's own use: search, comparison, proof of the ledger.
INTERNAL = {"search_text", "name_key", "digest", "entries"}


@dataclass(frozen=True)
class Member:
    """One named value of a row. `beside`: it stands in the balance row that belongs to this row, 0 without one."""

    name: str
    field: Field
    beside: bool = False

    @property
    def kind(self) -> Kind:
        return self.field.kind

    @property
    def target(self) -> type[Any]:
        """The model a relation, or lines, lead to."""
        if self.field.target is None:
            raise TypeError(f"{self.name} leads to no model")
        return self.field.target

    @property
    def is_sortable(self) -> bool:
        return self.field.column is not None

    @property
    def is_filterable(self) -> bool:
        return bool(self.kind.operators) and (self.is_sortable or not self.kind.has_column)

    @cached_property
    def nullable(self) -> bool:
        column = self.field.column
        return column is None or bool(self.field.model.__table__.c[column].nullable)


def computed(model: type[Any], name: str, unit: str) -> Member:
    """A property of the model that no column holds."""
    return Member(name, Field(name, kind_of_unit(unit), model))


def own_members(model: type[Any], without: Iterable[str] = ()) -> list[Member]:
    """The columns and relations of a model, `id` first; foreign keys without a relation become one."""
    left_out = INTERNAL | set(without)
    members = []
    for name, field in fields_of(model).items():
        if name in left_out:
            continue
        keys = model.__table__.c[field.column].foreign_keys if field.column else ()
        if keys and not field.kind.is_reference:
            name = name.removesuffix("_id")
            field = replace(field, name=name, kind=RelationKind(_model_of(next(iter(keys)))))
        members.append(Member(name.rstrip("_"), field))  # `class_` is called `class` outside
    members.sort(key=lambda member: (member.name != "id", not member.kind.has_column))
    return members


def _model_of(key: sa.ForeignKey) -> type[Any]:
    """The mapped class of the table a foreign key points to."""
    if key.column.table.name == AppUser.__tablename__:
        return AppUser
    found: type[Any] = next(m.class_ for m in AppUser.registry.mappers if m.local_table is key.column.table)
    return found


class Resource:
    """One model as the interface offers it. Everything follows from the model; the rest is said on construction.

    only        the names shown, when it is not all of them
    computed    members that are properties of the model or of its line model
    beside      a balance model keyed by this one's id, and its figures
    """

    def __init__(
        self,
        model: type[Any],
        *,
        only: tuple[str, ...] = (),
        computed: tuple[Member, ...] = (),
        beside: type[Any] | None = None,
        beside_key: str = "",
        figures: tuple[str, ...] = (),
    ) -> None:
        self.model = model
        self.name = model_name(model)
        self.beside = beside
        self.beside_key = beside_key
        self._only = only
        self._computed = computed
        self._figures = figures

    @cached_property
    def members(self) -> dict[str, Member]:
        found = [m for m in own_members(self.model) if not self._only or m.name in self._only]
        found += [m for m in self._computed if m.field.model is self.model]
        if self.beside is not None:
            described = fields_of(self.beside)
            found += [Member(name, described[name], beside=True) for name in self._figures]
        return {member.name: member for member in found}

    @cached_property
    def entry(self) -> Entry | None:
        return None if self._only else ENTRIES.get(self.model)

    @property
    def workflow(self) -> Workflow | None:
        return WORKFLOWS.get(self.model)

    @property
    def lines(self) -> list[Member]:
        return [member for member in self.members.values() if member.kind.is_lines]

    def line_members(self, lines: Member) -> dict[str, Member]:
        """The members of one line; what leads back to its head is left out."""
        target = lines.target
        back = {r.key for r in sa.inspect(target).relationships if r.mapper.class_ is self.model}
        found = own_members(target, without=back)
        found += [m for m in self._computed if m.field.model is target]
        return {member.name: member for member in found}

    @property
    def takes_new(self) -> bool:
        return self.entry is not None and bool(self.entry.writable)

    @property
    def writer(self) -> Entry:
        """The way into the model, for verbs that exist only where there is one."""
        if self.entry is None:
            raise TypeError(f"{self.name} has no entry")
        return self.entry

    @cached_property
    def new_body(self) -> type[Schema]:
        return self._body(new=True)

    @cached_property
    def change_body(self) -> type[Schema]:
        return self._body(new=False)

    def _body(self, *, new: bool) -> type[Schema]:
        entry = self.writer
        required = {field.name for field in entry.required()} if new else set()
        written: dict[str, fields.Field[Any]] = {}
        for name, member in self.members.items():
            if member.field.name in entry.writable:
                written[name] = self._body_field(member, entry, member.field.name in required, new=new)
        if not new and "version" in self.members:
            written["version"] = body_field(self.members["version"])
        return _schema(Body, f"{self.name}_{'new' if new else 'change'}", written, self.members)

    def _body_field(self, member: Member, entry: Entry, required: bool, *, new: bool) -> fields.Field[Any]:
        about = {"field": member.field}
        if member.kind.is_lines:
            line = fields.Nested(self._line_body(member, entry))
            return Lines(line, required=new and bool(entry.line_required), metadata=about)
        if member.kind.is_several:
            return Lines(Value(member.kind), metadata=about)
        # Left empty on creation, the rules fill it in.
        filled = new and (member.field.name in entry.optional or not member.field.required) and not required
        return body_field(member, required=required, nullable=member.nullable or filled)

    def _line_body(self, lines: Member, entry: Entry) -> type[Schema]:
        members = self.line_members(lines)
        written: dict[str, fields.Field[Any]] = {}
        for name, member in members.items():
            if member.field.name in entry.line_fields:
                is_needed = name in entry.line_required
                required = member.field.required and not entry.line_required
                written[name] = body_field(member, required=required, nullable=member.nullable, is_needed=is_needed)
        written["id"] = Value(WholeKind(), allow_none=True)
        return _schema(Line, f"{self.name}_{lines.name}_line", written, members)


def _schema(base: type[Body], name: str, written: dict[str, fields.Field[Any]], members: Iterable[str]) -> type[Schema]:
    """The schema of a body that sets the written fields, and may bring the other members as they were read."""
    read_only = {member: fields.Raw(dump_only=True) for member in members if member not in written}
    return base.from_dict({**written, **read_only}, name=name)


def body_field(member: Member, *, required: bool = False, nullable: bool = False, is_needed: bool = False) -> Value:
    """The marshmallow field that reads this member from a body."""
    return Value(
        member.kind,
        is_filled=member.kind.is_text and member.field.required,
        is_needed=is_needed,
        required=required,
        allow_none=nullable and not required,
        metadata={"field": member.field},
    )
