"""A REST resource has members, which its rows show, and schemas of its bodies, both read from the model.

A member is one named value of a JSON row. design.md §7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from app.core.record.virtual import virtual_lists, virtual_numbers
from app.models.system.user import AppUser
from app.query.listing import Listing
from app.rest.fields import BodySchema, LineSchema, LinesField, ValueField
from app.screens.frame.registry import view_of
from app.screens.list.address import public_name

METHODS = ("GET", "POST", "PUT", "DELETE")
# The system keeps these for its own use: search, comparison, proof of the ledger.
INTERNAL = {"search_text", "digest", "entries"}


@dataclass(frozen=True)
class Member:
    """One named value of a row.

    beside  whether it stands in the balance row that belongs to this row, and is 0 without one
    path    what leads to it from the row, where that is more than its field: "order.customer"
    """

    name: str
    field: Field
    beside: bool = False
    path: str = ""

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
        return self.field.column is not None and not self.kind.is_long

    @property
    def is_filterable(self) -> bool:
        return bool(self.kind.operators) and (self.field.column is not None or not self.kind.has_column)

    @cached_property
    def nullable(self) -> bool:
        column = self.field.column
        return column is None or bool(self.field.model.__table__.c[column].nullable)


def virtual_members(model: type[Any]) -> list[Member]:
    """Return the virtual numbers of a model."""
    return [Member(name, Field(name, kind_of_unit(unit), model)) for name, unit in virtual_numbers(model).items()]


def members_beside(model: type[Any]) -> list[Member]:
    """Return the exact numbers of a table that is kept beside another one."""
    return [Member(name, field, beside=True) for name, field in fields_of(model).items() if field.kind.is_exact]


def own_members(model: type[Any], without: Iterable[str] = ()) -> list[Member]:
    """Return the columns and relations of a model, `id` first; foreign keys without a relation become one."""
    left_out = INTERNAL | set(without)
    members = []
    for name, field in fields_of(model).items():
        if name in left_out:
            continue
        keys = model.__table__.c[field.column].foreign_keys if field.column else ()
        if keys and not field.kind.is_reference:
            name = name.removesuffix("_id")
            field = replace(field, name=name, kind=RelationKind(_model_of(next(iter(keys)))))
        members.append(Member(name.rstrip("_"), field))  # `class_` is called `class` public_name
    members.sort(key=lambda member: (member.name != "id", not member.kind.has_column))
    return members


def _model_of(key: sa.ForeignKey) -> type[Any]:
    """Return the mapped class of the table a foreign key points to."""
    if key.column.table.name == AppUser.__tablename__:
        return AppUser
    found: type[Any] = next(m.class_ for m in AppUser.registry.mappers if m.local_table is key.column.table)
    return found


class Resource:
    """One model as the interface offers it. Everything follows from the model but what is given on construction.

    columns  names of the members that are shown; all of them when empty
    methods  the HTTP methods that are answered, as far as the model takes them
    beside   name → (model, its column that holds our key): a table whose exact numbers are members of each row
    """

    def __init__(
        self,
        model: type[Any],
        *,
        columns: tuple[str, ...] = (),
        methods: tuple[str, ...] = METHODS,
        beside: Mapping[str, tuple[type[Any], str]] | None = None,
    ) -> None:
        self.model = model
        self.name = model_name(model)
        self.methods = methods
        self.beside = dict(beside or {})
        self._columns = columns

    @cached_property
    def members(self) -> dict[str, Member]:
        found = [*own_members(self.model), *virtual_members(self.model)]
        for model, _key in self.beside.values():
            found += members_beside(model)
        return {member.name: member for member in found if not self._columns or member.name in self._columns}

    @cached_property
    def filterable(self) -> dict[str, Member]:
        """What a list can be narrowed by: its members, and what its page is narrowed by through other rows."""
        found = {name: member for name, member in self.members.items() if member.is_filterable}
        view = view_of(self.model)
        for path in view.filter_columns if view is not None else ():
            if path.partition(".")[0] in sa.inspect(self.model).relationships and "." in path:
                found[public_name(path)] = Member(public_name(path), Listing(self.model).field(path), path=path)
        return found

    def column_of(self, path: str) -> str:
        """Return the name that a filter of its page has here.

        errors  LookupError
        """
        listing = Listing(self.model, self.beside)
        for name, member in self.filterable.items():
            if (member.path or listing.path_of(member.field)) == path:
                return name
        raise LookupError(f"{self.name} cannot be filtered by {path}")

    @cached_property
    def entry(self) -> Entry | None:
        return ENTRIES.get(self.model)

    @property
    def workflow(self) -> Workflow | None:
        return WORKFLOWS.get(self.model) if "POST" in self.methods else None

    @property
    def lines(self) -> list[Member]:
        return [member for member in self.members.values() if member.kind.is_lines]

    @cached_property
    def told(self) -> dict[str, Member]:
        """The members that the answer to an action shows: key and number of the document, its state and statuses."""
        codes = {n for n, m in self.members.items() if m.kind.choices and (n == "state" or n.endswith("status"))}
        return {name: member for name, member in self.members.items() if name in codes | {"id", "number"}}

    def line_members(self, lines: Member) -> dict[str, Member]:
        """Return the members of one line; what leads back to its head is left out."""
        target = lines.target
        back = {r.key for r in sa.inspect(target).relationships if r.mapper.class_ is self.model}
        found = own_members(target, without=back)
        found += virtual_members(target)
        return {member.name: member for member in found}

    def takes(self, method: str) -> bool:
        """Return whether this method is answered at the address of the list or of a row."""
        if method not in self.methods:
            return False
        return method == "GET" or (self.entry is not None and bool(self.entry.writable))

    @property
    def writer(self) -> Entry:
        """The entry of the model, for verbs that exist only where there is one."""
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
        shown = [*self.members, *virtual_lists(self.model)]
        return _schema(BodySchema, f"{self.name}_{'new' if new else 'change'}", written, shown)

    def _body_field(self, member: Member, entry: Entry, required: bool, *, new: bool) -> fields.Field[Any]:
        about = {"field": member.field}
        if member.kind.is_lines:
            line = fields.Nested(self._line_body(member, entry))
            needed = new and bool(entry.line_required) and not getattr(entry.model, "__may_be_empty__", False)
            return LinesField(line, required=needed, metadata=about)
        if member.kind.is_several:
            return LinesField(ValueField(member.kind), metadata=about)
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
        written["id"] = ValueField(WholeKind(), allow_none=True)
        return _schema(LineSchema, f"{self.name}_{lines.name}_line", written, members)


def _schema(
    base: type[BodySchema], name: str, written: dict[str, fields.Field[Any]], members: Iterable[str]
) -> type[Schema]:
    """Return the schema of a body that sets the written fields, and may bring the other members as they were read."""
    read_only = {member: fields.Raw(dump_only=True) for member in members if member not in written}
    return base.from_dict({**written, **read_only}, name=name)


def body_field(
    member: Member, *, required: bool = False, nullable: bool = False, is_needed: bool = False
) -> ValueField:
    """Return the marshmallow field that reads this member from a body."""
    return ValueField(
        member.kind,
        is_filled=member.kind.is_text and member.field.required,
        is_needed=is_needed,
        required=required,
        allow_none=nullable and not required,
        metadata={"field": member.field},
    )
