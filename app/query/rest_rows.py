"""The rows of a page of REST are read with the names of related rows in one joined statement. design.md §7.

Every function here narrows to what the actor may see, or is given ids of rows that they see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Load, Session, aliased, joinedload, selectinload

from app.core.actor import Actor
from app.models.system.setting import DictionaryItem, ItemState
from app.models.system.user import AppUser
from app.query.naming import loaded_columns
from app.security.policy import visible


@dataclass
class Loaded:
    """A row, who made it, and its row in each table that is kept beside it, None where there is none."""

    row: Any
    creator: AppUser | None
    beside: dict[type[Any], Any]


@dataclass
class DictionaryItems:
    """The items of all dictionaries, read once and asked by key or by label."""

    by_id: dict[int, DictionaryItem] = field(default_factory=dict)
    by_label: dict[tuple[str, str], DictionaryItem] = field(default_factory=dict)

    def of(self, dictionary: str) -> list[DictionaryItem]:
        """Return items of one list in order, retired ones last."""
        found = [item for item in self.by_id.values() if item.dictionary == dictionary]
        return sorted(found, key=lambda item: (item.state is not ItemState.enabled, item.position, item.id))


def dictionary_items(session: Session) -> DictionaryItems:
    """Return every item, retired ones too: old records still show them."""
    found = DictionaryItems()
    with session.no_autoflush:
        for item in session.scalars(sa.select(DictionaryItem)):
            found.by_id[item.id] = item
            found.by_label[(item.dictionary, item.label)] = item
    return found


def visible_id(session: Session, model: type[Any], row_id: int, actor: Actor) -> bool:
    query = visible(sa.select(model.id).where(model.id == row_id), model, actor)
    return session.execute(query).first() is not None


def visible_rows(session: Session, model: type[Any], ids: Iterable[int], actor: Actor) -> dict[int, Any]:
    """Return those of the wanted rows this person may see, by id."""
    query = visible(sa.select(model).where(model.id.in_(set(ids))), model, actor)
    with session.no_autoflush:
        return {row.id: row for row in session.scalars(query)}


def loaded_rows(
    session: Session,
    model: type[Any],
    ids: Sequence[int],
    relations: Iterable[str],
    lines: Iterable[tuple[str, Iterable[str]]] = (),
    beside: Sequence[tuple[type[Any], str]] = (),
) -> list[Loaded]:
    """Return the rows with these ids, in this order, with what they name.

    It takes one statement, and one more for each collection of lines.

    relations  names of relations whose display text is shown
    lines      collections to read too, each with the relations its lines show
    beside     (model, its column that holds the key of a row) of tables that have at most one row for each
    """
    creator = aliased(AppUser)
    query = sa.select(model)
    made_by = getattr(model, "created_by_id", None)
    if made_by is not None:
        query = query.add_columns(creator).outerjoin(creator, creator.id == made_by)
        query = query.options(_columns_of(Load(creator), creator, loaded_columns(AppUser)))
    for table, key in beside:
        query = query.add_columns(table).outerjoin(table, getattr(table, key) == model.id)
    query = query.options(*(named(getattr(model, name)) for name in relations))
    for collection, inner in lines:
        attribute = getattr(model, collection)
        target = attribute.property.mapper.class_
        query = query.options(selectinload(attribute).options(*(named(getattr(target, name)) for name in inner)))
    found = {}
    for row, *rest in session.execute(query.where(model.id.in_(ids))):
        maker = rest.pop(0) if made_by is not None else None
        found[row.id] = Loaded(row, maker, {table: rest.pop(0) for table, _key in beside})
    return [found[row_id] for row_id in ids if row_id in found]


def named(relation: InstrumentedAttribute[Any]) -> Any:
    """Read a related row in the same statement, several in one more, and of them only what the display text needs."""
    target = relation.property.mapper.class_
    load = selectinload(relation) if relation.property.uselist else joinedload(relation)
    return _columns_of(load, target, loaded_columns(target))


def _columns_of(load: Any, target: Any, names: Iterable[str]) -> Any:
    plain = [getattr(target, name) for name in names if "." not in name]
    if plain:
        load = load.load_only(*plain)
    for name in names:
        relation, dotted, column = name.partition(".")
        if dotted:
            further = getattr(target, relation)
            load = load.options(joinedload(further).load_only(getattr(further.property.mapper.class_, column)))
    return load
