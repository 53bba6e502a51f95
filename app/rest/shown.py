"""Rows as the REST interface shows them: relations by id and name, exact numbers as text. design.md §7."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.errors import no_such_row
from app.core.money import plain, rate_of, rounded
from app.core.record.fields import Kind
from app.core.record.naming import is_named
from app.query.rest_rows import DictionaryItems, Loaded, dictionary_items, loaded_rows
from app.rest.schema import Member, Resource

TAX_RATE = "tax_rate"


def named_relations(model: type[Any], members: Iterable[Member]) -> list[str]:
    """Relations whose display text the members show, so that they are read with the rows."""
    relations = sa.inspect(model).relationships
    return [
        member.field.name
        for member in members
        if member.kind in (Kind.relation, Kind.many) and member.field.name in relations and is_named(member.target)
    ]


class Showing:
    """Turns rows of one resource into JSON for one person; dictionaries are read once."""

    def __init__(
        self,
        session: Session,
        resource: Resource,
        actor: Actor,
        columns: frozenset[str] | None = None,
        items: DictionaryItems | None = None,
    ) -> None:
        self.session = session
        self.resource = resource
        self.actor = actor
        self.members = {
            name: member for name, member in self._open(resource.members).items() if columns is None or name in columns
        }
        self._items = items
        self._rates: dict[Decimal, str] | None = None

    def _open(self, members: Mapping[str, Member]) -> dict[str, Member]:
        """A field that needs a right does not exist for who lacks it."""
        return {n: m for n, m in members.items() if m.field.needs is None or self.actor.may("view", m.field.needs)}

    def many(self, ids: list[int]) -> list[dict[str, Any]]:
        """Rows of a list, without their lines."""
        members = [member for member in self.members.values() if member.kind is not Kind.lines]
        return [self._row(loaded, members) for loaded in self._loaded(ids, members, [])]

    def one(self, row_id: int) -> dict[str, Any]:
        """The whole row, lines too.

        errors  NotFound when it went away meanwhile
        """
        members = list(self.members.values())
        lines = [member for member in members if member.kind is Kind.lines]
        found = self._loaded([row_id], members, lines)
        if not found:
            raise no_such_row()
        return self._row(found[0], members)

    def _loaded(self, ids: list[int], members: list[Member], lines: list[Member]) -> list[Loaded]:
        resource = self.resource
        wanted = {member.field.model for member in members if member.beside}
        beside = [(model, key) for model, key in resource.beside.values() if model in wanted]
        collections = []
        for member in lines:
            inner = self._open(resource.line_members(member)).values()
            collections.append((member.field.name, named_relations(member.target, inner)))
        relations = named_relations(resource.model, members)
        return loaded_rows(self.session, resource.model, ids, relations, collections, beside)

    def _row(self, loaded: Loaded, members: Iterable[Member]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for member in members:
            if member.beside:
                balance = loaded.beside[member.field.model]
                value = ZERO if balance is None else getattr(balance, member.field.name)
                shown[member.name] = number(value, member.field.scale)
            elif member.kind is Kind.lines:
                inner = self._open(self.resource.line_members(member)).values()
                rows = getattr(loaded.row, member.field.name)
                shown[member.name] = [{m.name: self._value(m, row, None) for m in inner} for row in rows]
            else:
                shown[member.name] = self._value(member, loaded.row, loaded.creator)
        return shown

    def _value(self, member: Member, row: Any, creator: Any) -> Any:
        if member.kind is Kind.relation:
            return self._relation(member, row, creator)
        if member.kind is Kind.dictionary:
            item_id = getattr(row, member.field.column or "")
            return None if item_id is None else self.items.by_id[item_id].label
        value = getattr(row, member.field.name)
        if value is None:
            return None
        if member.kind is Kind.many:
            return [{"id": related.id, "name": str(related)} for related in value]
        if member.is_rate:
            return self._rate_label(value)
        return _PLAIN.get(member.kind, _as_it_is)(member, value)

    def _relation(self, member: Member, row: Any, creator: Any) -> dict[str, Any] | None:
        key = getattr(row, member.field.column or "")
        if key is None:
            return None
        if not is_named(member.target):  # a line of a document is called as its product is
            related = getattr(row, "product", None)
        elif member.field.name in sa.inspect(type(row)).relationships:
            related = getattr(row, member.field.name)
        else:
            related = creator
        return {"id": key, "name": "" if related is None else str(related)}

    @property
    def items(self) -> DictionaryItems:
        if self._items is None:
            self._items = dictionary_items(self.session)
        return self._items

    def _rate_label(self, value: Decimal) -> str:
        """0.13 as its dictionary calls it, else as a plain percentage."""
        if self._rates is None:
            self._rates = rates(self.items)
        return self._rates.get(value, f"{plain(value * 100)}%")


def rates(items: DictionaryItems) -> dict[Decimal, str]:
    """Rate → label of the tax rates; a retired label only where no other says the same."""
    found: dict[Decimal, str] = {}
    for item in items.of(TAX_RATE):
        try:
            found.setdefault(rate_of(item.label), item.label)
        except InvalidOperation:
            continue  # a label the administrator wrote in words says no rate
    return found


def number(value: Decimal, scale: int) -> str:
    """An exact number with all its places: 12.5 → "12.50"."""
    return f"{rounded(value, Decimal(1).scaleb(-scale)):f}"


def _as_it_is(_member: Member, value: Any) -> Any:
    return value


def _iso(_member: Member, value: dt.date | dt.datetime) -> str:
    return value.isoformat()


_PLAIN: dict[Kind, Callable[[Member, Any], Any]] = {
    Kind.decimal: lambda member, value: number(value, member.field.scale),
    Kind.date: _iso,
    Kind.time: _iso,
    Kind.choice: lambda _member, value: str(value),
}
