"""With a cursor, a page of a list begins at the row at which the page before it ended, however deep that is.

An offset would make the database read and throw away every row in front of the page. A cursor holds what the row is
sorted by and its key, so that the database begins reading there, and rows that come or go meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import enum
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from app.core.kinds.kind import Kind
from app.core.kinds.numerals import LARGEST_WHOLE

LONGEST_CURSOR = 2000


@dataclass(frozen=True)
class Cursor:
    """The row at which a page ended. The next page lies behind it, or in front of it when reading backwards.

    value  what the row is sorted by; None when the row has no value there
    """

    value: Any
    id: int
    backwards: bool = False

    def text(self, order: str) -> str:
        """Return the cursor as it stands in an address and in an answer; it holds for lists of this order only."""
        plain = self.value.value if isinstance(self.value, enum.Enum) else self.value
        value = None if plain is None else str(plain)
        content = json.dumps([order, value, self.id], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


# Reading backwards from behind all rows gives the last page.
END = Cursor(None, 0, backwards=True)


def read_cursor(text: str, order: str, kind: Kind, *, backwards: bool = False) -> Cursor | None:
    """Return the cursor of a text; None when the text is no cursor of this order.

    kind  the kind of the field that the list is sorted by
    """
    if not 0 < len(text) <= LONGEST_CURSOR or not text.isascii():
        return None
    try:
        of, value, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if of != order or type(row_id) is not int or not 0 < row_id <= LARGEST_WHOLE:
            return None
        if value is not None and type(value) is not str:
            return None
        return Cursor(None if value is None else kind.read_sort_value(value), row_id, backwards)
    except (ValueError, TypeError, RecursionError, ArithmeticError, ValidationError):
        return None


@dataclass(frozen=True)
class IndexRange:
    """Rows that follow each other in an order which one index gives."""

    conditions: tuple[Any, ...]
    order: tuple[Any, ...]


def index_ranges(
    cursor: Cursor | None, key: Any, row_id: Any, *, falling: bool, nullable: bool, indexed: bool
) -> list[IndexRange]:
    """Return the rows behind the cursor, in parts that the database reads one by one from an index, without sorting.

    Rows without a value at the key stand last. The parts are the rows of the cursor's own value, those of further
    values, and those without one. Without an index the first two are read together, so that they cost one scan.
    """
    whole = (row_id,) if key is row_id else (key, row_id)

    def index_range(*conditions: Any, by: tuple[Any, ...] = whole) -> IndexRange:
        return IndexRange(conditions, tuple(column.desc() if falling else column.asc() for column in by))

    at = None if cursor is END else cursor
    valued, empty = index_range(*((key.is_not(None),) if nullable else ())), index_range(key.is_(None), by=(row_id,))
    if at is None:
        return [valued, empty] if nullable else [valued]
    further = row_id < at.id if falling else row_id > at.id
    if key is row_id:
        return [index_range(further)]
    if at.value is None:
        rest = index_range(key.is_(None), further, by=(row_id,))
        return [rest, valued] if at.backwards else [rest]
    value = sa.literal(at.value, key.type)
    if indexed:
        found = [index_range(key == value, further, by=(row_id,)), index_range(key < value if falling else key > value)]
    else:
        row, here = sa.tuple_(key, row_id), sa.tuple_(value, sa.literal(at.id))
        found = [index_range(row < here if falling else row > here)]
    return [*found, empty] if nullable and not at.backwards else found
