"""A rule over several rows holds however many people save at once, and by whatever way they save.

Ten hot customers of a salesperson, one default of a dictionary, nobody above themselves: two people may each look and
find such a rule kept, and break it together. A rule is therefore declared, and asked at every flush, whether a form, a
step, an import or the recycle bin writes. Before a row is written that brings the rule into play, the group of rows
that it is judged with is locked; once the row is written the rule is judged in the database. The second of two people
waits for the first, and is judged with what the first has done. People in other groups never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import event
from sqlalchemy.orm import RelationshipProperty, Session, UOWTransaction

from app.core.cache.per_process import cached_per_process
from app.core.db.base import models_by_name
from app.core.db.locks import Group, lock, reread
from app.core.errors import AppError, Refused
from app.core.ledger.verify import check
from app.core.record.fields import label_of

_IN_PLAY = "rules_over_rows"


class OverRows:
    """A rule about rows of one model, which a change of one of these attributes brings into play."""

    def __init__(self, model: type[Any], *attributes: str) -> None:
        self.model, self.attributes = model, attributes
        DECLARED.setdefault(model, []).append(self)

    def groups(self, session: Session, row: Any) -> Iterable[Group]:
        """Return the groups of rows that the row is judged with; none when the rule does not speak of it."""
        raise NotImplementedError

    def settle(self, session: Session, row: Any) -> None:
        """Change other rows, so that the rule is kept when this one is written."""

    def refusal(self, session: Session, row: Any) -> AppError | None:
        """Return why the rows cannot stay as they have been written; asked of the database."""
        return None

    def mismatches(self, session: Session) -> Iterator[str]:
        """Yield a line for `crm verify` wherever the rule is broken."""
        yield from ()


class AtMost(OverRows):
    """So many rows may be marked among those that name the same other row.

    most     asks the limit
    refused  makes the refusal from the limit
    """

    def __init__(
        self, model: type[Any], mark: str, of: str, most: Callable[[Session], int], refused: Callable[[int], AppError]
    ) -> None:
        super().__init__(model, mark, *_names(model, of))
        self.mark, self.of, self.most, self.refused = mark, of, most, refused

    def groups(self, session: Session, row: Any) -> Iterable[Group]:
        return [(_name(self.model, self.mark), _value(row, self.of))] if getattr(row, self.mark) else []

    def refusal(self, session: Session, row: Any) -> AppError | None:
        return self._beyond(session, row, 0) if getattr(row, self.mark) else None

    def no_room(self, session: Session, row: Any) -> AppError | None:
        """Return the refusal of marking one more: what a guard says before somebody tries."""
        return None if getattr(row, self.mark) else self._beyond(session, row, 1)

    def _beyond(self, session: Session, row: Any, more: int) -> AppError | None:
        limit = self.most(session)
        query = sa.select(sa.func.count()).where(
            getattr(self.model, self.mark), _column(self.model, self.of) == _value(row, self.of)
        )
        return self.refused(limit) if session.execute(query).scalar_one() + more > limit else None


class OnlyOne(OverRows):
    """One row at most is marked among those that have the same values: who marks another takes the mark away.

    A row that comes out of the recycle bin takes it from nobody.
    """

    def __init__(self, model: type[Any], mark: str, *per: str) -> None:
        super().__init__(model, mark, *(name for one in per for name in _names(model, one)))
        self.mark, self.per = mark, per

    def groups(self, session: Session, row: Any) -> Iterable[Group]:
        return [(_name(self.model, self.mark), *self._values(row))] if getattr(row, self.mark) else []

    def settle(self, session: Session, row: Any) -> None:
        if not getattr(row, self.mark):
            return
        for key in session.scalars(self._marked(row).where(self.model.id != (row.id or 0))).all():
            other = session.get_one(self.model, key)
            if other in session.deleted:
                continue
            if getattr(row, "came_by", "") == "restore":
                setattr(row, self.mark, False)
                return
            if other not in session.dirty:
                reread(session, other)
            setattr(other, self.mark, False)

    def refusal(self, session: Session, row: Any) -> AppError | None:
        if not getattr(row, self.mark) or len(session.scalars(self._marked(row).limit(2)).all()) < 2:
            return None
        text = _("Only one can be marked as “%(field)s”.", field=label_of(self.model, self.mark))
        return Refused("only_one", text, field=self.mark)

    def mismatches(self, session: Session) -> Iterator[str]:
        per = [_column(self.model, name) for name in self.per]
        query = sa.select(sa.func.count(), *per).where(getattr(self.model, self.mark)).group_by(*per)
        for count, *values in session.execute(query.having(sa.func.count() > 1)):
            where = " ".join([_name(self.model, self.mark), *map(str, values)])
            yield f"{where}: {count} rows are marked, one at most may be"

    def _values(self, row: Any) -> tuple[Any, ...]:
        return tuple(_value(row, name) for name in self.per)

    def _marked(self, row: Any) -> sa.Select[Any]:
        alike = (_column(self.model, name) == _value(row, name) for name in self.per)
        return sa.select(self.model.id).where(getattr(self.model, self.mark), *alike)


class NoCircle(OverRows):
    """No row stands above itself. It goes for every relation of a model to itself, without being declared.

    Judged together with a row are all that stand above it: as long as they are locked, nothing comes above them.
    """

    def __init__(self, model: type[Any], relation: str) -> None:
        self.model, self.attributes, self.relation = model, _names(model, relation), relation

    def groups(self, session: Session, row: Any) -> Iterable[Group]:
        above = _value(row, self.relation)
        if row.id is None or above is None:
            return []
        return [(_name(self.model, self.relation), key) for key in (row.id, *self._upwards(session, above))]

    def refusal(self, session: Session, row: Any) -> AppError | None:
        above = _value(row, self.relation)
        if above is None or row.id not in self._upwards(session, above):
            return None
        return Refused("superior_circle", _("Nobody can be above themselves."), field=self.relation)

    def mismatches(self, session: Session) -> Iterator[str]:
        column = _column(self.model, self.relation)
        query = sa.select(self.model.id, column).where(column.is_not(None))
        above = {key: value for key, value in session.execute(query)}
        ended: set[int] = set()
        for key in above:
            passed: set[int] = set()
            at: int | None = key
            while at is not None and at not in passed and at not in ended:
                passed.add(at)
                at = above.get(at)
            if at in passed:
                yield f"{_name(self.model, self.relation)}: {at} stands above itself"
            ended |= passed

    def _upwards(self, session: Session, key: int) -> list[int]:
        """Return the keys of a row and of all above it; they end where a circle closes."""
        column = _column(self.model, self.relation)
        chain = sa.select(self.model.id, column.label("above")).where(self.model.id == key).cte(recursive=True)
        chain = chain.union(sa.select(self.model.id, column).join(chain, self.model.id == chain.c.above))
        return list(session.scalars(sa.select(chain.c.id)))


DECLARED: dict[type[Any], list[OverRows]] = {}


@cached_per_process(most=None)
def rules_of(model: type[Any]) -> tuple[OverRows, ...]:
    """Return the rules over rows of a model: those declared, and one for each relation that it has to itself."""
    mapper = sa.inspect(model)
    selves = [r.key for r in mapper.relationships if r.mapper is mapper and r.direction.name == "MANYTOONE"]
    return (*DECLARED.get(model, ()), *(NoCircle(model, name) for name in selves))


@check
def rules_over_rows_are_kept(session: Session) -> Iterator[str]:
    """Yield what breaks a rule over several rows, whatever has written it."""
    for model in models_by_name().values():
        for rule in rules_of(model):
            yield from rule.mismatches(session)


# Which column and which value an attribute stands for: a relation stands for its key


def _relation(model: type[Any], name: str) -> RelationshipProperty[Any] | None:
    found: RelationshipProperty[Any] | None = sa.inspect(model).relationships.get(name)
    return found


def _key_name(model: type[Any], relation: RelationshipProperty[Any]) -> str:
    return str(sa.inspect(model).get_property_by_column(next(iter(relation.local_columns))).key)


def _names(model: type[Any], name: str) -> tuple[str, ...]:
    relation = _relation(model, name)
    return (name,) if relation is None else (name, _key_name(model, relation))


def _name(model: type[Any], attribute: str) -> str:
    return f"{model.__tablename__}.{attribute}"


def _column(model: type[Any], name: str) -> Any:
    return getattr(model, _names(model, name)[-1])


def _value(row: Any, name: str) -> Any:
    """Return what stands in the column once the row is written; a relation reaches its column only in the flush."""
    names = _names(type(row), name)
    if len(names) == 1:
        return getattr(row, name)
    added = sa.inspect(row).attrs[name].history.added
    if not added:
        return getattr(row, names[1])
    return None if added[0] is None else added[0].id


# At every flush


def _is_in_play(session: Session, rule: OverRows, row: Any) -> bool:
    if row in session.new:
        return True
    attributes = sa.inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in rule.attributes)


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    found = [
        (rule, row)
        for row in [*session.new, *session.dirty]
        for rule in rules_of(type(row))
        if _is_in_play(session, rule, row)
    ]
    session.info[_IN_PLAY] = found
    if found:
        lock(session, lambda: {group for rule, row in found for group in rule.groups(session, row)})
    for rule, row in found:
        rule.settle(session, row)


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    for rule, row in session.info.pop(_IN_PLAY, ()):
        refusal = rule.refusal(session, row)
        if refusal is not None:
            raise refusal


def watch(session_factory: Any) -> None:
    """Let every session made by this factory keep the rules over several rows."""
    event.listen(session_factory, "before_flush", _before_flush)
    event.listen(session_factory, "after_flush", _after_flush)
