"""Rows become JSON: numbers are text, and what a reader has no right to see is left out. design.md §7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.errors import no_such_row
from app.core.money import plain, rate_of
from app.core.record.naming import is_named
from app.core.record.virtual import virtual_lists
from app.query.rest_rows import DictionaryItems, Loaded, dictionary_items, loaded_rows
from app.rest.schema import Member, Resource


def named_relations(model: type[Any], members: Iterable[Member]) -> list[str]:
    """Return relations whose display text the members show, so that they are read with the rows."""
    relations = sa.inspect(model).relationships
    return [
        member.field.name
        for member in members
        if (member.kind.is_relation or member.kind.is_several)
        and member.field.name in relations
        and is_named(member.target)
    ]


class RowSerializer:
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
        self._lists = {
            name: listed for name, listed in virtual_lists(resource.model).items() if columns is None or name in columns
        }
        self._items = items
        self._rates: dict[str, dict[Decimal, str]] = {}

    def _open(self, members: Mapping[str, Member]) -> dict[str, Member]:
        """Return the members that this person may see: a field that needs a right does not exist without it."""
        return {n: m for n, m in members.items() if m.field.needs is None or self.actor.may("view", m.field.needs)}

    def many(self, ids: list[int]) -> list[dict[str, Any]]:
        """Return rows of a list, without their lines."""
        members = [member for member in self.members.values() if not member.kind.is_lines]
        return [self._row(loaded, members) for loaded in self._loaded(ids, members, [])]

    def one(self, row_id: int) -> dict[str, Any]:
        """Return the whole row, lines and virtual lists too.

        errors  NotFound when it went away meanwhile
        """
        members = list(self.members.values())
        lines = [member for member in members if member.kind.is_lines]
        found = self._loaded([row_id], members, lines)
        if not found:
            raise no_such_row()
        further = {name: listed.rows(self.session, found[0].row) for name, listed in self._lists.items()}
        return {**self._row(found[0], members), **further}

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
                shown[member.name] = member.kind.json(value)
            elif member.kind.is_lines:
                inner = self._open(self.resource.line_members(member)).values()
                rows = getattr(loaded.row, member.field.name)
                shown[member.name] = [{m.name: self._value(m, row, None) for m in inner} for row in rows]
            else:
                shown[member.name] = self._value(member, loaded.row, loaded.creator)
        return shown

    def _value(self, member: Member, row: Any, creator: Any) -> Any:
        kind = member.kind
        if kind.is_relation:
            return self._relation(member, row, creator)
        if kind.dictionary is not None:
            item_id = getattr(row, member.field.column or "")
            return None if item_id is None else self.items.by_id[item_id].label
        value = getattr(row, member.field.name)
        if value is None:
            return None
        if kind.is_several:
            return [{"id": related.id, "name": str(related)} for related in value]
        return self._rate_label(value, kind.rates) if kind.rates is not None else kind.json(value)

    def _relation(self, member: Member, row: Any, creator: Any) -> dict[str, Any] | None:
        key = getattr(row, member.field.column or "")
        if key is None:
            return None
        if not is_named(member.target):  # A line of a document has the name of its product.
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

    def _rate_label(self, value: Decimal, dictionary: str) -> str:
        """Return the label of a rate such as 0.13 in its dictionary, else a plain percentage."""
        if dictionary not in self._rates:
            self._rates[dictionary] = rates(self.items, dictionary)
        return self._rates[dictionary].get(value, f"{plain(value * 100)}%")


def rates(items: DictionaryItems, dictionary: str) -> dict[Decimal, str]:
    """Return a mapping: rate → label of what a dictionary names; a retired label only where no other says the same."""
    found: dict[Decimal, str] = {}
    for item in items.of(dictionary):
        try:
            found.setdefault(rate_of(item.label), item.label)
        except InvalidOperation:
            continue  # A label in words says no rate.
    return found
