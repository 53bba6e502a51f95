"""清单 The rows behind lists and related tables: one query each, other columns joined in. design.md §9."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.record.fields import Field, fields_of
from app.core.search.first_hits import FirstHits
from app.core.search.index import SearchTerms, matches, search_terms
from app.core.text import normalised
from app.query.naming import display_columns
from app.security.policy import sees_every, visible, visible_ways

COUNTED_TO = 1000
READ_AT_ONCE = 1000


@dataclass(frozen=True)
class ListColumn:
    """One column of a list; its values stand at [start:stop] of a row. A relation's begin with its key."""

    path: str
    field: Field
    start: int
    stop: int

    @property
    def label(self) -> str:
        return self.field.label


@dataclass(frozen=True)
class Sort:
    path: str = "id"
    descending: bool = True


@dataclass(frozen=True)
class Mark:
    """The row a page ends at: the next page begins behind it, going back the one before it ends in front of it."""

    value: Any
    id: int
    backwards: bool = False


LAST = Mark(None, 0, backwards=True)  # behind all rows: going back from there is the last page


_ALIASES: dict[tuple[type[Any], str], Any] = {}


def _alias_of(model: type[Any], path: str, target: type[Any]) -> Any:
    """The same alias for a path at each request: to make one takes longer than to read its rows."""
    if (model, path) not in _ALIASES:
        _ALIASES[model, path] = aliased(target)
    return _ALIASES[model, path]


class Listing:
    """A SELECT over one model. Paths lead through relations ("order.customer") or to a table kept beside the model.

    beside  name → (model, its column that holds our key), at most one row each: a customer's balance
    """

    def __init__(self, model: type[Any], beside: Mapping[str, tuple[type[Any], str]] | None = None) -> None:
        self.model = model
        self.beside = dict(beside or {})
        self.columns: list[ListColumn] = []
        self._entities: dict[str, tuple[type[Any], Any]] = {"": (model, model)}
        self._selected: list[Any] = [model.id]
        self._joins: dict[str, tuple[Any, Any]] = {}
        self._asked: set[str] = set()  # paths of the joins that conditions and order are about
        self.conditions: list[Any] = []
        self._sought: SearchTerms | None = None
        self._found: FirstHits | None = None
        self._counted: int | None = None  # rows there are, capped, where a page has brought it along

    def field(self, path: str) -> Field:
        head, _dot, name = path.rpartition(".")
        return fields_of(self._entity(head)[0])[name]

    def _entity(self, path: str) -> tuple[type[Any], Any]:
        """The model behind a path and the alias it is joined under."""
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
        """The column a path is filtered and sorted by: the foreign key of a relation."""
        head = path
        while head := head.rpartition(".")[0]:
            self._asked.add(head)
        return self._key(path)

    def _key(self, path: str) -> Any:
        head, _dot, name = path.rpartition(".")
        model, entity = self._entity(head)
        field = fields_of(model).get(name)
        return getattr(entity, (field.column or name) if field else name)

    def is_nullable(self, path: str) -> bool:
        return "." in path or bool(self.model.__table__.c[self.key(path).key].nullable)

    def add(self, path: str) -> ListColumn:
        """Select a column; a relation brings its key and what its row is called."""
        field = self.field(path)
        start = len(self._selected)
        self._selected.append(self._key(path))
        if field.kind.is_reference:
            target, _alias = self._entity(path)
            self._selected += [self._key(f"{path}.{name}") for name in display_columns(target)]
        column = ListColumn(path, field, start, len(self._selected))
        self.columns.append(column)
        return column

    def add_computed(self, value: sa.ColumnElement[Any]) -> int:
        """Select what is computed of a row; returns where it stands."""
        self._selected.append(value)
        return len(self._selected) - 1

    def _rows(self, selected: Sequence[Any] = (), *, indexed: bool = True) -> sa.Select[Any]:
        """All rows that meet the conditions, whoever may see them.

        selected  their keys when left out, without the joins of which only the columns are shown
        indexed   whether the index of words is asked with them
        """
        statement = sa.select(*(selected or (self.model.id,))).select_from(self.model)
        for path, (alias, condition) in self._joins.items():
            if selected or path in self._asked:
                statement = statement.outerjoin(alias, condition)
        if self._sought is not None:
            whole = (
                self._found.conditions if self._found else (self._sought.condition(self.model), *self._sought.checks)
            )
            statement = statement.where(*(whole if indexed else ()))
        return statement.where(*self.conditions)

    def search(self, paths: Iterable[str], query: str) -> None:
        """Keep to what a quick search finds."""
        asked = search_terms(self.model, query) if hasattr(self.model, "search_text") else None
        if asked is not None and asked.words:
            self._sought = asked
        else:
            self.conditions.append(search_condition(self.model, paths, query))

    def _search(self, session: Session) -> FirstHits | None:
        """What is searched, known from here on by how much it finds."""
        if self._sought is not None and self._found is None:
            self._found = FirstHits(session, self.model, self._sought)
        return self._found

    def statement(self, actor: Actor, selected: Sequence[Any] = ()) -> sa.Select[Any]:
        """The rows this actor may see that meet the conditions: what is selected of them, else their keys."""
        narrowed: sa.Select[Any] = visible(self._rows(selected), self.model, actor)
        return narrowed

    def _seen(self, actor: Actor, limit: int, narrowed: Sequence[Any] = (), order: Sequence[Any] = ()) -> Any:
        """Ids of the first rows of each way in which this actor sees rows; None when they see all."""
        if sees_every(self.model, actor):
            return None
        ways = visible_ways(self.model, actor)
        parts = [
            self._rows().where(way, *narrowed).order_by(*order).limit(limit).correlate(None).subquery()
            for way in ways or [sa.false()]
        ]
        return sa.union(*(sa.select(part.c.id) for part in parts))

    def page(
        self, session: Session, actor: Actor, *, sort: Sort, mark: Mark | None, size: int, counted: bool = False
    ) -> tuple[list[sa.Row[Any]], bool]:
        """Rows in order, the sort value last in each; and whether more lie beyond in the direction of reading.

        counted  bring along what `count` will be asked for
        """
        expression = self.key(sort.path)
        backwards = mark is not None and mark.backwards
        nullable = self.is_nullable(sort.path)
        narrowed = []
        if mark is not None and mark is not LAST:
            narrowed.append(_beyond(expression, self.model.id, mark, sort, nullable=nullable))
        falling = sort.descending is not backwards
        order = [column.desc() if falling else column.asc() for column in (expression, self.model.id)]
        if nullable:  # rows without a value stand last, whichever way the list is sorted
            order.insert(0, expression.is_(None).desc() if backwards else expression.is_(None).asc())
        found = self._search(session)
        brings_count = counted and found is None and mark is None
        selected = [*self._selected, *([self._capped(actor)] if brings_count else []), expression]
        if found is not None and sort.path == "id":
            beyond = mark.id if mark is not None and mark is not LAST else None
            unsearched = visible(self._rows(selected, indexed=False), self.model, actor)
            rows = found.first_rows(unsearched, size + 1, falling=falling, beyond=beyond)
        else:
            seen = self._seen(actor, size + 1, narrowed, order)
            statement = self._rows(selected)
            statement = statement.where(*narrowed) if seen is None else statement.where(self.model.id.in_(seen))
            rows = list(session.execute(statement.order_by(*order).limit(size + 1)))
        self._counted = rows[0][len(selected) - 2] if brings_count and rows else None
        more = len(rows) > size
        rows = rows[:size]
        return (rows[::-1] if backwards else rows), more

    def count(self, session: Session, actor: Actor, *, exactly: bool = False) -> int:
        """How many rows there are; counted to 1001 unless asked exactly."""
        found = self._search(session)
        if found is not None and not exactly and not self.conditions and sees_every(self.model, actor):
            return found.count(COUNTED_TO + 1)
        if exactly:
            every = self.statement(actor).subquery()
            return session.execute(sa.select(sa.func.count()).select_from(every)).scalar_one()
        if self._counted is None:
            self._counted = session.execute(sa.select(self._capped(actor))).scalar_one()
        return self._counted

    def _capped(self, actor: Actor) -> sa.ScalarSelect[Any]:
        """How many rows there are, counted to 1001."""
        seen = self._seen(actor, COUNTED_TO + 1)
        statement = self.statement(actor) if seen is None else sa.select(seen.subquery().c.id)
        some = statement.limit(COUNTED_TO + 1).subquery()
        return sa.select(sa.func.count()).select_from(some).scalar_subquery()

    def every_row(self, session: Session, actor: Actor, sort: Sort) -> Iterator[sa.Row[Any]]:
        """All rows in order, read a block at a time."""
        mark: Mark | None = None
        more = True
        while more:
            rows, more = self.page(session, actor, sort=sort, mark=mark, size=READ_AT_ONCE)
            yield from rows
            if rows:
                mark = Mark(rows[-1][-1], rows[-1][0])

    def sums(self, session: Session, actor: Actor) -> dict[str, Decimal]:
        """Path → sum over all rows, of the columns that hold money (yuan) or quantities."""
        summed = [column.path for column in self.columns if column.field.kind.is_summed]
        if not summed:
            return {}
        inner = self.statement(actor, [self.key(path).label(f"c{n}") for n, path in enumerate(summed)]).subquery()
        row = session.execute(sa.select(*(sa.func.sum(column) for column in inner.c))).one()
        return {path: total or ZERO for path, total in zip(summed, row, strict=True)}


def _beyond(expression: Any, key: Any, mark: Mark, sort: Sort, *, nullable: bool) -> Any:
    """Condition: the row stands behind the mark in reading direction; rows without a value stand last."""
    falling = sort.descending is not mark.backwards
    further = key < mark.id if falling else key > mark.id
    if sort.path == "id":
        return further
    if mark.value is None:
        level = sa.and_(expression.is_(None), further)
        return sa.or_(expression.is_not(None), level) if mark.backwards else level
    ways = [
        expression < mark.value if falling else expression > mark.value,
        sa.and_(expression == mark.value, further),
    ]
    if nullable and not mark.backwards:
        ways.append(expression.is_(None))
    return sa.or_(*ways)


def search_condition(model: type[Any], paths: Iterable[str], query: str) -> Any:
    """Rows that a quick search finds: by their searched text, else by the beginning of a column or by a relation."""
    if hasattr(model, "search_text"):
        return matches(model, query)
    ways = []
    fields = fields_of(model)
    for path in paths:
        field = fields[path]
        if field.kind.is_relation and field.target is not None and hasattr(field.target, "search_text"):
            found = sa.select(field.target.id).where(matches(field.target, query))
            ways.append(getattr(model, str(field.column)).in_(found))
        elif field.kind.is_line:
            column = sa.func.lower(getattr(model, path))
            # As it was typed, with its spaces; and without them, for a number pasted in parts or in wide letters.
            forms = dict.fromkeys((query[:60].lower(), normalised(query)[:60]))
            ways += [column.startswith(form, autoescape=True) for form in forms]
    return sa.or_(sa.false(), *ways)


def related_count(session: Session, model: type[Any], relation: str, row_id: int, actor: Actor) -> int:
    """Visible rows of a model that belong to one row, counted to 1001."""
    listing = Listing(model)
    listing.conditions.append(listing.key(relation) == row_id)
    return listing.count(session, actor)
