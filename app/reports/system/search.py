"""全局搜索 One question over everything a person may see. design.md §8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.record.numbering import whole_number
from app.core.search.index import has_number
from app.core.search.phone import is_phone_number
from app.core.text import normalised
from app.query.listing import ListColumn, Listing, Sort

SHOWN = 8
_SHORTEST_NUMBER = 4


@dataclass(frozen=True)
class Searchable:
    """A model whose rows are found.

    columns    paths told beside each other of each hit, what a row is called first
    begins     columns whose beginning is looked at, where the model is in no index of words
    has_phone  whether its texts hold telephone numbers, which people write in many ways
    """

    model: type[Any]
    columns: tuple[str, ...]
    begins: tuple[str, ...] = ()
    has_phone: bool = False


@dataclass(frozen=True)
class Hits:
    """The latest rows of one model that were found, and whether there are more than are shown."""

    model: type[Any]
    columns: Sequence[ListColumn]
    rows: Sequence[sa.Row[Any]]
    has_more: bool


def search(session: Session, kinds: Sequence[Searchable], query: str, actor: Actor) -> list[Hits]:
    """The hits of each readable kind that has any; where there are none, whose telephone number it may be."""
    results = []
    models = [kind.model for kind in kinds]
    for kind in kinds:
        if kind.begins and not _may_begin_a_number(kind.model, models, query):
            continue
        listing = Listing(kind.model)
        listing.search(kind.begins, query)
        results += _hits(session, kind, listing, actor)
    return results or _by_phone(session, kinds, query, actor)


def _hits(session: Session, kind: Searchable, listing: Listing, actor: Actor) -> list[Hits]:
    if not actor.may("read", kind.model):
        return []
    for path in kind.columns:
        listing.add(path)
    rows, more = listing.page(session, actor, sort=Sort("id", True), size=SHOWN)
    return [Hits(kind.model, listing.columns, rows, more)] if rows else []


def _may_begin_a_number(model: type[Any], models: Sequence[type[Any]], query: str) -> bool:
    """Whether it is worth looking: all rows are read for it, in no index. The whole number of another kind is not."""
    text = normalised(query)
    if any(whole_number(other, text) for other in models if other is not model):
        return False
    return len(text) >= _SHORTEST_NUMBER and text.isascii() and any(map(str.isdigit, text))


def _by_phone(session: Session, kinds: Sequence[Searchable], query: str, actor: Actor) -> list[Hits]:
    """Written with dashes, without, or with the country before it: it is the same number. Manual 3.2."""
    results: list[Hits] = []
    if not is_phone_number(query):
        return results
    for kind in kinds:
        if kind.has_phone:
            listing = Listing(kind.model)
            listing.conditions.append(has_number(kind.model, query))
            results += _hits(session, kind, listing, actor)
    return results
