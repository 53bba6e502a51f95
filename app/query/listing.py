"""Listings read the rows of a model for pages, exports, desks, search and REST.

A listing is one SELECT: the columns of related rows are joined in, what a person may not see is narrowed away, and a
page begins at a cursor. design.md §9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.db.types import ZERO, Fixed
from app.core.record.fields import Field, fields_of, is_partial
from app.core.search.first_hits import FirstHits
from app.core.search.index import SearchTerms, matches, search_terms
from app.core.text import folded
from app.query.conditions import Criterion, condition
from app.query.cursor import END, Cursor, IndexRange, index_ranges, read_cursor
from app.query.naming import display_columns
from app.security.policy import sees_every, visible, visible_conditions

COUNTED_TO = 1000
READ_AT_ONCE = 1000


@dataclass(frozen=True)
class ListColumn:
    """One column of a listing. Its values stand at [start:stop] of a row; those of a relation begin with its key."""

    path: str
    field: Field
    start: int
    stop: int

    @property
    def label(self) -> str:
        return self.field.label


@dataclass(frozen=True)
class Sort:
    """The order of a listing. Rows without a value at the path stand last in both directions."""

    path: str = "id"
    descending: bool = True

    @property
    def name(self) -> str:
        """The order in one word: "-signed_on" is the latest day first."""
        return f"-{self.path}" if self.descending else self.path

    def falls(self, cursor: Cursor | None) -> bool:
        """Return whether values fall in the direction of reading."""
        return self.descending is not (cursor is not None and cursor.backwards)


_ALIASES: dict[tuple[type[Any], str], Any] = {}


def _alias_of(model: type[Any], path: str, target: type[Any]) -> Any:
    """Return the same alias for a path at each request, because making one takes longer than reading its rows."""
    if (model, path) not in _ALIASES:
        _ALIASES[model, path] = aliased(target)
    return _ALIASES[model, path]


class Listing:
    """A SELECT over one model. Paths lead through relations ("order.customer") or to a table kept beside the model.

    beside  name → (model, its column that holds our key), at most one row each: a customer's balance. The exact
            numbers of a missing row are 0 where rows are filtered by them
    zeros   whether they are 0 in the order of rows, too; rows without one stand last otherwise
    """

    def __init__(
        self, model: type[Any], beside: Mapping[str, tuple[type[Any], str]] | None = None, *, zeros: bool = False
    ) -> None:
        self.model = model
        self.beside = dict(beside or {})
        self.zeros = zeros
        self.columns: list[ListColumn] = []
        self.conditions: list[Any] = []
        self._entities: dict[str, tuple[type[Any], Any]] = {"": (model, model)}
        self._selected: list[Any] = [model.id]
        self._joins: dict[str, tuple[Any, Any]] = {}
        self._asked: set[str] = set()  # paths of the joins that conditions and order need
        self._terms: SearchTerms | None = None
        self._hits: FirstHits | None = None
        self._counted: int | None = None  # the capped number of rows, once a page has read it along

    # Paths

    def field(self, path: str) -> Field:
        head, _dot, name = path.rpartition(".")
        return fields_of(self._entity(head)[0])[name]

    def path_of(self, field: Field) -> str:
        """Return the path that leads to a field of the model or of a table beside it."""
        name = field.name if field.name in fields_of(field.model) else str(field.column)
        head = next((head for head, (model, _key) in self.beside.items() if model is field.model), "")
        return f"{head}.{name}" if head else name

    def _entity(self, path: str) -> tuple[type[Any], Any]:
        """Return the model behind a path and the alias under which it is joined."""
        if path not in self._entities:
            head, _dot, name = path.rpartition(".")
            parent_model, parent = self._entity(head)
            if not head and name in self.beside:
                model, key = self.beside[name]
                alias = _alias_of(self.model, path, model)
                condition = getattr(alias, key) == self.model.id
            else:
                relation = sa.inspect(parent_model).relationships[name]
                model = relation.mapper.class_
                alias = _alias_of(self.model, path, model)
                condition = getattr(parent, next(iter(relation.local_columns)).key) == alias.id
            self._joins[path] = alias, condition
            self._entities[path] = (model, alias)
        return self._entities[path]

    def key(self, path: str) -> Any:
        """Return the column that a path is sorted by: for a relation its foreign key."""
        return self.compared(path) if self.zeros else self._needed(path)

    def compared(self, path: str) -> Any:
        """Return what a path is filtered by: its column, and 0 for a missing number beside."""
        column = self._needed(path)
        return sa.func.coalesce(column, sa.literal(ZERO, column.type)) if self._is_beside(path) else column

    def _needed(self, path: str) -> Any:
        """Return the column of a path, and note that conditions or order need its joins."""
        head = path
        while head := head.rpartition(".")[0]:
            self._asked.add(head)
        return self._column(path)

    def _column(self, path: str) -> Any:
        head, _dot, name = path.rpartition(".")
        model, entity = self._entity(head)
        field = fields_of(model).get(name)
        return getattr(entity, (field.column or name) if field else name)

    def _is_beside(self, path: str) -> bool:
        """Return whether a path leads to an exact number of a table beside, of which a row may be missing."""
        return path.rpartition(".")[0] in self.beside and isinstance(self._column(path).type, Fixed)

    def is_nullable(self, path: str) -> bool:
        """Return whether a row may have no value at the path."""
        if self.zeros and self._is_beside(path):
            return False
        head, _dot, name = path.rpartition(".")
        if head in self.beside or (head and self.is_nullable(head)):
            return True
        model, _entity = self._entity(head)
        field = fields_of(model).get(name)
        return bool(model.__table__.c[(field.column or name) if field else name].nullable)

    def is_indexed(self, path: str) -> bool:
        """Return whether an index gives the rows in the order of the path."""
        if "." in path:
            return False
        table, name = self.model.__table__, self._column(path).key
        whole = (index for index in table.indexes if not is_partial(index))
        unique = (c for c in table.constraints if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint))
        return any(column.key == name for each in (*whole, *unique) for column in list(each.columns)[:1])

    # What is listed

    def add(self, path: str) -> ListColumn:
        """Select a column; a relation brings its key and what its row is called."""
        field = self.field(path)
        start = len(self._selected)
        self._selected.append(self._column(path))
        if field.kind.is_reference:
            target, _alias = self._entity(path)
            self._selected += [self._column(f"{path}.{name}") for name in display_columns(target)]
        column = ListColumn(path, field, start, len(self._selected))
        self.columns.append(column)
        return column

    def add_computed(self, value: sa.ColumnElement[Any]) -> int:
        """Select what is computed of a row; returns where it stands."""
        self._selected.append(value)
        return len(self._selected) - 1

    def filter(self, criterion: Criterion, path: str = "") -> None:
        """Keep the rows that meet the criterion.

        path  leads to the field; without one it is a field of the model or of a table beside it
        """
        if criterion.field.kind.has_column:
            attribute = self.compared(path or self.path_of(criterion.field))
        else:
            attribute = getattr(self.model, criterion.field.name)
        self.conditions.append(condition(criterion, attribute))

    def search(self, paths: Iterable[str], query: str) -> None:
        """Keep the rows that a quick search finds."""
        terms = search_terms(self.model, query) if hasattr(self.model, "search_text") else None
        if terms is not None and terms.words:
            self._terms = terms
        else:
            self.conditions.append(search_condition(self.model, paths, query))

    def _search(self, session: Session) -> FirstHits | None:
        """Return the first hits of the search; from here on it is known how much the search finds."""
        if self._terms is not None and self._hits is None:
            self._hits = FirstHits(session, self.model, self._terms)
        return self._hits

    def _rows(self, selected: Sequence[Any] = (), *, indexed: bool = True) -> sa.Select[Any]:
        """Return all rows that meet the conditions, without regard to who may see them.

        selected  their keys when left out, without the joins that only shown columns need
        indexed   whether the search index is asked with them
        """
        statement = sa.select(*(selected or (self.model.id,))).select_from(self.model)
        for path, (alias, on) in self._joins.items():
            if selected or path in self._asked:
                statement = statement.outerjoin(alias, on)
        if self._terms is not None and indexed:
            terms = self._terms
            found = self._hits.conditions if self._hits else (terms.condition(self.model), *terms.checks)
            statement = statement.where(*found)
        return statement.where(*self.conditions)

    def statement(self, actor: Actor, selected: Sequence[Any] = ()) -> sa.Select[Any]:
        """Return the SELECT of the rows that meet the conditions and that this actor may see."""
        narrowed: sa.Select[Any] = visible(self._rows(selected), self.model, actor)
        return narrowed

    # Pages

    def page(
        self, session: Session, actor: Actor, *, sort: Sort, size: int,
        cursor: Cursor | None = None, skip: int = 0, counted: bool = False,
    ) -> tuple[list[sa.Row[Any]], bool]:  # fmt: skip
        """Return rows in order, the sort value last in each; and whether more lie beyond in the direction of reading.

        skip     rows to leave out first; the database reads them nevertheless, which a cursor spares it
        counted  whether to bring along what `count` will be asked for
        """
        key = self.key(sort.path)
        hits = self._search(session)
        brings_count = counted and hits is None and cursor is None
        selected = [*self._selected, *([self._capped(actor)] if brings_count else []), key]
        most = skip + size + 1
        if hits is not None and sort.path == "id":
            beyond = cursor.id if cursor is not None and cursor is not END else None
            unsearched = visible(self._rows(selected, indexed=self.is_indexed(sort.path)), self.model, actor)
            rows = hits.first_rows(unsearched, most, falling=sort.falls(cursor), beyond=beyond)[skip:]
        else:
            statement = self._page_statement(actor, selected, sort, cursor, most)
            rows = list(session.execute(statement.offset(skip) if skip else statement))
        self._counted = rows[0][len(selected) - 2] if brings_count and rows else None
        more = len(rows) > size
        rows = rows[:size]
        return (rows[::-1] if cursor is not None and cursor.backwards else rows), more

    def _page_statement(
        self, actor: Actor, selected: Sequence[Any], sort: Sort, cursor: Cursor | None, most: int
    ) -> sa.Select[Any]:
        """Return the first rows in order, merged from the index ranges and the conditions that let the actor see."""
        ranges = self._index_ranges(sort, cursor)
        statement = self._rows(selected)
        if sees_every(self.model, actor) and len(ranges) == 1:
            return statement.where(*ranges[0].conditions).order_by(*ranges[0].order).limit(most)
        key, falling = self.key(sort.path), sort.falls(cursor)
        order = [column.desc() if falling else column.asc() for column in (key, self.model.id)]
        if self.is_nullable(sort.path):
            without = key.is_(None)
            order.insert(0, without.desc() if cursor is not None and cursor.backwards else without.asc())
        return statement.where(self.model.id.in_(self._first_ids(actor, ranges, most))).order_by(*order).limit(most)

    def _first_ids(self, actor: Actor, ranges: Sequence[IndexRange], most: int) -> sa.CompoundSelect[Any]:
        """Return the ids of the first rows of each index range under each condition by which the actor sees rows."""
        every = sees_every(self.model, actor)
        conditions = (sa.true(),) if every else visible_conditions(self.model, actor) or (sa.false(),)
        first = [
            self._rows().where(condition, *one.conditions).order_by(*one.order).limit(most).correlate(None).subquery()
            for condition in conditions
            for one in ranges
        ]
        return sa.union(*(sa.select(rows.c.id) for rows in first))

    def _index_ranges(self, sort: Sort, cursor: Cursor | None) -> list[IndexRange]:
        """Return the rows behind the cursor in the parts in which they are read."""
        return index_ranges(
            cursor, self.key(sort.path), self.model.id, falling=sort.falls(cursor),
            nullable=self.is_nullable(sort.path), indexed=self.is_indexed(sort.path),
        )  # fmt: skip

    def cursor_of(self, row: sa.Row[Any], *, backwards: bool = False) -> Cursor:
        """Return the cursor at a row of a page."""
        return Cursor(row[-1], row[0], backwards)

    def read_cursor(self, text: str, sort: Sort, *, backwards: bool = False) -> Cursor | None:
        """Return the cursor of a text; None when the text is no cursor of this order."""
        found = read_cursor(text, sort.name, self.field(sort.path).kind, backwards=backwards)
        is_lost = found is not None and found.value is None and sort.path != "id" and not self.is_nullable(sort.path)
        return None if is_lost else found

    def every_row(self, session: Session, actor: Actor, sort: Sort) -> Iterator[sa.Row[Any]]:
        """Yield all rows in order, read a block at a time."""
        cursor: Cursor | None = None
        more = True
        while more:
            rows, more = self.page(session, actor, sort=sort, cursor=cursor, size=READ_AT_ONCE)
            yield from rows
            if rows:
                cursor = self.cursor_of(rows[-1])

    # Figures

    def count(self, session: Session, actor: Actor, *, exactly: bool = False) -> int:
        """Return how many rows there are; counted to 1001 unless asked exactly."""
        hits = self._search(session)
        if hits is not None and not exactly and not self.conditions and sees_every(self.model, actor):
            return hits.count(COUNTED_TO + 1)
        if exactly:
            every = self.statement(actor).subquery()
            return session.execute(sa.select(sa.func.count()).select_from(every)).scalar_one()
        if self._counted is None:
            self._counted = session.execute(sa.select(self._capped(actor))).scalar_one()
        return self._counted

    def _capped(self, actor: Actor) -> sa.ScalarSelect[Any]:
        """Return how many rows there are, counted to 1001."""
        statement = self.statement(actor)
        if not sees_every(self.model, actor):
            statement = sa.select(self._first_ids(actor, [IndexRange((), ())], COUNTED_TO + 1).subquery().c.id)
        some = statement.limit(COUNTED_TO + 1).subquery()
        return sa.select(sa.func.count()).select_from(some).scalar_subquery()

    def sums(self, session: Session, actor: Actor) -> dict[str, Decimal]:
        """Return a mapping: path → sum over all rows, of the columns that hold money (yuan) or quantities."""
        summed = [column.path for column in self.columns if column.field.kind.is_summed]
        if not summed:
            return {}
        inner = self.statement(actor, [self.key(path).label(f"c{n}") for n, path in enumerate(summed)]).subquery()
        row = session.execute(sa.select(*(sa.func.sum(column) for column in inner.c))).one()
        return {path: total or ZERO for path, total in zip(summed, row, strict=True)}


def search_condition(model: type[Any], paths: Iterable[str], query: str) -> Any:
    """Return the condition of a quick search: the searched text, else the beginning of a column, or a relation."""
    if hasattr(model, "search_text"):
        return matches(model, query)
    conditions = []
    fields = fields_of(model)
    for path in paths:
        field = fields[path]
        if field.kind.is_relation and field.target is not None and hasattr(field.target, "search_text"):
            found = sa.select(field.target.id).where(matches(field.target, query))
            conditions.append(getattr(model, str(field.column)).in_(found))
        elif field.kind.is_line:
            column = sa.func.lower(getattr(model, path))
            # The text is tried as it was typed, and without spaces, for a number pasted in parts or in wide letters.
            forms = dict.fromkeys((query[:60].lower(), folded(query)[:60]))
            conditions += [column.startswith(form, autoescape=True) for form in forms]
    return sa.or_(sa.false(), *conditions)
