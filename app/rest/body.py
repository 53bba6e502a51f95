"""The values of a body are read: ids become rows, labels become items of their dictionaries. design.md §7."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import AppError, NotFound, invalid_many
from app.core.kinds.numerals import LARGEST_WHOLE
from app.core.record.schemas import load
from app.core.text import numeral_in
from app.models.system.setting import ItemState
from app.query.rest_rows import DictionaryItems, dictionary_items, visible_rows
from app.rest.row_json import rates
from app.rest.schema import Member, Resource
from app.security.policy import may_name


@dataclass
class _Named:
    """One id in a body: where it stands, what it points to, and its row once all rows have been looked up."""

    path: str
    field: str
    target: type[Any]
    row_id: int
    row: Any = None


@dataclass(frozen=True)
class _BodyRows:
    """Finds what one value of a body names: items at once, rows later, all of a model in one query."""

    reader: BodyReader
    member: Member
    present: Any  # the row or line that is changed
    path: str

    def row(self, model: type[Any], named: int) -> _Named:
        return self.reader.noted(_Named(self.path, self.member.field.name, model, named))

    def several(self, model: type[Any], named: Sequence[int]) -> list[_Named]:
        # One of several rows has no field of its own, so nobody may name it without seeing it.
        return [
            self.reader.noted(_Named(f"{self.path}.{position}", "", model, key))
            for position, key in enumerate(dict.fromkeys(named))
        ]

    def item(self, dictionary: str, named: str) -> Any:
        """Return the item of this label; a retired one only where the row has it already."""
        if not named:
            if not self.member.nullable:
                self.reader.faults.append((self.path, _("This cannot be empty.")))
            return None
        item = self.reader.items.by_label.get((dictionary, named.strip()))
        present = None if self.present is None else getattr(self.present, self.member.field.column or "")
        if item is None or (item.state is not ItemState.enabled and item.id != present):
            self.reader.faults.append((self.path, _("“%(label)s” is not a value of this list.", label=named)))
            return None
        return item


class BodyReader:
    """Reads one body for one person, inside the transaction that will save it."""

    def __init__(self, session: Session, resource: Resource, actor: Actor) -> None:
        self.session = session
        self.resource = resource
        self.actor = actor
        self.references: list[_Named] = []
        self.faults: list[tuple[str, Any]] = []
        self.items_read: DictionaryItems | None = None

    def values(self, body: Any, row: Any = None) -> dict[str, Any]:
        """Return the values keyed by field name, for `Entry.create` and, with the row, `Entry.change`.

        errors  Refused "invalid" with every field that cannot be read; NotFound for rows that are missing or invisible
        """
        resource = self.resource
        given = load(resource.new_body if row is None else resource.change_body, body)
        found = self._taken(given, resource.members, row, "")
        for member in resource.lines:
            if found.get(member.field.name) is not None:
                found[member.field.name] = self._lines(member, found[member.field.name], row)
        if self.faults:
            raise invalid_many(self.faults)
        self._find_rows(row)
        found = _with_rows(found)
        if row is None:
            # An empty value is left out, and the rules fill it in.
            found = {name: value for name, value in found.items() if value is not None}
        return found

    def _taken(self, given: Mapping[str, Any], members: Mapping[str, Member], row: Any, prefix: str) -> dict[str, Any]:
        """Return the values of a row or a line, labels already turned into items; ids are noted for later."""
        found: dict[str, Any] = {}
        for name, value in given.items():
            member = members.get(name)
            if member is None or (name == "id" and prefix) or name == "version":
                found[name] = value
                continue
            key, path = member.field.name, prefix + name
            if value is None or member.kind.is_lines:
                found[key] = value
            elif member.kind.rates is not None:
                found[key] = self._rate(member.kind.rates, value, None if row is None else getattr(row, key), path)
            else:
                found[key] = member.kind.resolved(value, _BodyRows(self, member, row, path))
        return found

    def noted(self, reference: _Named) -> _Named:
        """Keep an id to be looked up with all others."""
        self.references.append(reference)
        return reference

    def _lines(self, lines: Member, given: list[Any], row: Any) -> list[dict[str, Any]]:
        members = self.resource.line_members(lines)
        present = {} if row is None else {line.id: line for line in getattr(row, lines.field.name)}
        return [
            self._taken(line, members, present.get(line.get("id")), f"{lines.name}.{position}.")
            for position, line in enumerate(given)
        ]

    @property
    def items(self) -> DictionaryItems:
        if self.items_read is None:
            self.items_read = dictionary_items(self.session)
        return self.items_read

    def _rate(self, dictionary: str, value: str | Decimal, present: Decimal | None, path: str) -> Decimal | None:
        """Return a rate by its label or as a number, as long as the dictionary has it or the line had it before."""
        known = rates(self.items, dictionary)
        enabled = {label: rate for rate, label in known.items() if self._is_enabled(dictionary, label)}
        if present is not None:
            enabled.setdefault(known.get(present, ""), present)
        found = enabled.get(value) if isinstance(value, str) else None
        if found is None:
            number = _number(value)
            found = number if number in enabled.values() else None
        if found is None:
            self.faults.append((path, _("“%(label)s” is not a value of this list.", label=str(value))))
        return found

    def _is_enabled(self, dictionary: str, label: str) -> bool:
        return self.items.by_label[(dictionary, label)].state is ItemState.enabled

    def _find_rows(self, row: Any) -> None:
        """Find the row of every noted id.

        errors  NotFound with the field of each row that is missing or not for these eyes. A row also counts as
                visible when another visible row of the same body, or the row being changed, leads to it.
        """
        wanted: dict[type[Any], set[int]] = defaultdict(set)
        for reference in self.references:
            if 0 < reference.row_id <= LARGEST_WHOLE:
                wanted[reference.target].add(reference.row_id)
        seen = {target: visible_rows(self.session, target, ids, self.actor) for target, ids in wanted.items()}
        sources = [found for rows in seen.values() for found in rows.values()] + ([row] if row is not None else [])
        missing: list[AppError] = []
        for reference in self.references:
            found = seen.get(reference.target, {}).get(reference.row_id)
            is_asked = reference.row_id in wanted[reference.target]  # A value that is no key is not looked up.
            named = may_name(self.resource.model, reference.field, self.actor)
            if found is None and is_asked and (named or leads_to(reference.target, reference.row_id, sources)):
                found = self.session.get(reference.target, reference.row_id)
            if found is None:
                text = _("This record does not exist, or you may not see it.")
                missing.append(NotFound("not_found", text, field=reference.path))
            reference.row = found
        if missing:
            missing[0].reasons = missing
            raise missing[0]


def _with_rows(value: Any) -> Any:
    """Return the value with rows in place of their ids."""
    if isinstance(value, _Named):
        return value.row
    if isinstance(value, dict):
        return {name: _with_rows(inner) for name, inner in value.items()}
    return [_with_rows(inner) for inner in value] if isinstance(value, list) else value


def leads_to(target: type[Any], row_id: int, sources: Iterable[Any]) -> bool:
    """Return whether one of these rows leads straight to that one: an order to its customer."""
    for source in sources:
        for relation in sa.inspect(type(source)).relationships:
            if relation.uselist or relation.mapper.class_ is not target:
                continue
            if getattr(source, next(iter(relation.local_columns)).key) == row_id:
                return True
    return False


def _number(value: str | Decimal) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    numeral = numeral_in(value)
    return None if numeral is None else Decimal(numeral)
