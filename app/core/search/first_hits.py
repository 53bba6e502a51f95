"""The first rows of a search are read in the order of their keys, without looking at all others it would find."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.key_list import in_key_list
from app.core.search.index import INDEX, KEY_BITS, SearchTerms, search_terms

RARE = 5_000  # the index is asked for at most so many keys at once
GLANCED, OFTEN = 500, 50  # of so many newest records: when so many have the words, nearly all records have them
SPAN = 2**14  # keys that are walked through at once, twice as many each time after
# All keys come as one value: a row for each would take longer than finding them.
_KEYS = {
    "sqlite": f"SELECT json_group_array(key) FROM (SELECT rowid & {KEY_BITS} AS key FROM {INDEX} "  # noqa: S608
    f"WHERE {INDEX} MATCH :words LIMIT {RARE + 1})",
    "postgresql": f"SELECT array_agg(key) FROM (SELECT CAST(id & {KEY_BITS} AS int) AS key FROM {INDEX} "  # noqa: S608
    f"WHERE pieces @> string_to_array(:words, ' ') LIMIT {RARE + 1}) found",
}


class FirstHits:
    """One search, without regard to who may see its hits; each question is asked once, and only when needed.

    An index of words knows no order: asked for the fifty newest it reads every record that has the words. Of what few
    records have, all keys are read, and the rest is arithmetic. What many have is not looked up at all: records are
    walked through in order, and soon enough of them have it.
    """

    def __init__(self, session: Session, model: type[Any], asked: SearchTerms) -> None:
        self.session, self.model, self.asked = session, model, asked

    @cached_property
    def _newest(self) -> tuple[int, int]:
        """The last key there is, and how many of the newest records have the words."""
        last = sa.select(sa.func.max(self.model.id)).correlate(None).scalar_subquery()
        # Without both ends the planner expects a third of all rows.
        newest = self.model.id.between(last - GLANCED + 1, last)
        some = sa.select(sa.func.count()).select_from(self.model).where(newest, *self.asked.without)
        found = self.session.execute(sa.select(last, some.correlate(None).scalar_subquery())).one()
        return found[0] or 0, found[1]

    @cached_property
    def keys(self) -> list[int] | None:
        """Keys of all records that have the words in the index, in order; None when they are many."""
        if self._newest[1] >= OFTEN:
            return None
        statement = sa.text(_KEYS[self.session.get_bind().dialect.name])
        answer = self.session.scalar(statement, {"words": self.asked.words}) or []
        found = json.loads(answer) if isinstance(answer, str) else answer
        return sorted(found) if len(found) <= RARE else None

    @property
    def conditions(self) -> tuple[sa.ColumnElement[bool], ...]:
        """The conditions on a row: it is one of the hits where these are few, else its text holds the words."""
        if self.keys is None:
            return self.asked.without
        return (in_key_list(self.model.id, self.keys), *self.asked.checks)

    def first_keys(self, most: int, *, falling: bool = True, beyond: int | None = None) -> list[int]:
        """Return the first records that have the words, by key, from `beyond` on."""
        if self.keys is None:
            return self._walked(most, falling, beyond)
        if falling:
            end = len(self.keys) if beyond is None else bisect_left(self.keys, beyond)
            return self.keys[max(0, end - most) : end][::-1]
        start = 0 if beyond is None else bisect_right(self.keys, beyond)
        return self.keys[start : start + most]

    def _walked(self, most: int, falling: bool, beyond: int | None) -> list[int]:
        key = self.model.id
        low, high, width = 0, self._newest[0] + 1, SPAN
        if beyond is not None:
            low, high = (low, min(beyond, high)) if falling else (beyond + 1, high)
        found: list[int] = []
        while low < high and len(found) < most:
            edge = max(low, high - width) if falling else min(high, low + width)
            start, end = (edge, high) if falling else (low, edge)
            span = sa.select(key).where(key >= start, key < end, *self.asked.without)
            ordered = span.order_by(key.desc() if falling else key.asc())
            found += self.session.scalars(ordered.limit(most - len(found)))
            low, high, width = (low, edge, 2 * width) if falling else (edge, high, 2 * width)
        return found

    def first_rows(
        self, statement: sa.Select[Any], size: int, *, falling: bool = True, beyond: int | None = None
    ) -> list[sa.Row[Any]]:
        """Return the first rows in the order of their keys.

        statement  all that is asked of a row but the words
        """
        key = self.model.id
        statement = statement.order_by(key.desc() if falling else key.asc()).limit(size)
        for most in (size, 8 * size):
            keys = self.first_keys(most, falling=falling, beyond=beyond)
            rows = (
                list(self.session.execute(statement.where(in_key_list(key, keys), *self.asked.checks))) if keys else []
            )
            if len(rows) == size or len(keys) < most:
                return rows
        # Other conditions leave too few of them.
        further = [] if beyond is None else [key < beyond if falling else key > beyond]
        return list(self.session.execute(statement.where(*self.conditions, *further)))

    def count(self, most: int) -> int:
        """Return how many records there are, counted to `most`."""
        if self.keys is None:
            return len(self._walked(most, True, None))
        if not self.asked.checks:
            return min(most, len(self.keys))
        rows = sa.select(self.model.id).where(*self.conditions).limit(most).subquery()
        return self.session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()


def latest_hits(
    session: Session, model: type[Any], query: str, statement: sa.Select[Any], size: int
) -> Sequence[sa.Row[Any]]:
    """Return the latest rows that a query finds, of those the statement asks for."""
    asked = search_terms(model, query)
    if asked.words:
        return FirstHits(session, model, asked).first_rows(statement, size)
    return session.execute(statement.where(*asked.checks).order_by(model.id.desc()).limit(size)).all()
