"""Rows are named where they are referred to: by the columns a name needs, and only those one may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.core.db.key_list import Keys, in_key_list
from app.core.record.fields import Field
from app.core.record.naming import display_columns, display_text, is_named
from app.security.policy import actor_placeholder, bind_actor, may_name, sees_every, visible

__all__ = [
    "LARGEST_KEY", "display_columns", "display_text", "is_named", "loaded_columns", "nameable", "row_texts",
    "visible_ids", "with_display_columns",
]  # fmt: skip

LARGEST_KEY = 2**31

_WANTED: Any = sa.bindparam("wanted", type_=Keys())


def with_display_columns(statement: sa.Select[Any], model: type[Any]) -> sa.Select[Any]:
    """Return the SELECT with the display columns of the model added; related rows that hold one are joined in."""
    for name in display_columns(model):
        relation, dotted, column = name.partition(".")
        if dotted:
            target = aliased(getattr(model, relation).property.mapper.class_)
            statement = statement.outerjoin(target, getattr(model, relation).of_type(target))
            statement = statement.add_columns(getattr(target, column))
        else:
            statement = statement.add_columns(getattr(model, name))
    return statement


def loaded_columns(model: type[Any]) -> tuple[str, ...]:
    """Return names of what must be loaded of a row that is merely named; nothing where it has to be read whole.

    A name in two parts leads to a further row, whose key is loaded with it.
    """
    if not is_named(model):
        return ()
    keys = [
        sa.inspect(model).get_property_by_column(next(iter(getattr(model, relation).property.local_columns))).key
        for relation, dotted, _column in (name.partition(".") for name in display_columns(model))
        if dotted
    ]
    return (*display_columns(model), *keys)


def row_texts(session: Session, model: type[Any], ids: Iterable[Any]) -> dict[int, str]:
    """Return what rows are called, by key: for history and headings, where naming a row shows nothing else of it."""
    wanted = {key for key in ids if isinstance(key, int) and 0 < key < LARGEST_KEY}
    if not wanted:
        return {}
    rows = session.execute(_texts_query(model), {"wanted": sorted(wanted)})
    return {row[0]: display_text(model, row[1:]) for row in rows}


@cached_per_process()
def _texts_query(model: type[Any]) -> sa.Select[Any]:
    return with_display_columns(sa.select(model.id), model).where(in_key_list(model.id, _WANTED))


def visible_ids(session: Session, model: type[Any], ids: Iterable[Any], actor: Actor) -> set[int]:
    """Return those of the keys whose page this actor may open."""
    wanted = {key for key in ids if isinstance(key, int) and 0 < key < LARGEST_KEY}
    if not wanted or sees_every(model, actor):
        return wanted
    return set(session.scalars(_visible_keys(model, actor.roles), bind_actor(actor, wanted=sorted(wanted))))


@cached_per_process()
def _visible_keys(model: type[Any], roles: frozenset[str]) -> sa.Select[Any]:
    query = sa.select(model.id).where(in_key_list(model.id, _WANTED))
    narrowed: sa.Select[Any] = visible(query, model, actor_placeholder(roles))
    return narrowed


def nameable(session: Session, model: type[Any], ids: Iterable[Any], actor: Actor) -> dict[int, str]:
    """Return key → name of the rows this person may see. A key in an address or a form must not tell more."""
    return row_texts(session, model, visible_ids(session, model, ids, actor))


def nameable_in(session: Session, field: Field, ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """Return what rows are called, by key, of those this person may choose in a field of a form."""
    target = field.target or field.model
    if may_name(field.model, field.name, actor):
        return row_texts(session, target, ids)
    return nameable(session, target, ids, actor)
