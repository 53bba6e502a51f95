"""工作台数字 The figures of the desk are taken from the very rows that their lists show. Manual 3.3."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.report import Report
from app.query.listing import COUNTED_TO, ListColumn, Listing, Sort
from app.query.naming import display_text
from app.security.policy import people_below


@dataclass(frozen=True)
class Measure:
    """One figure of the rows of a listing.

    path      the column that is summed, in its unit; rows are counted, to 1001, when left out
    less      a column taken off the sum: what has been paid of an instalment
    distinct  how many different values this column has, instead
    """

    listing: Listing
    path: str = ""
    less: str = ""
    distinct: str = ""


class ShanghaiDay(FunctionElement[dt.date]):
    """The business day of a moment, which is stored in UTC. Shanghai has kept +8 since 1992."""

    type = sa.Date()
    inherit_cache = True
    name = "shanghai_day"


@compiles(ShanghaiDay, "sqlite")
def _on_sqlite(element: ShanghaiDay, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(ShanghaiDay, "postgresql")
def _on_postgresql(element: ShanghaiDay, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AT TIME ZONE 'Asia/Shanghai' AS date)"


def measured(session: Session, measures: Sequence[Measure], actor: Actor) -> list[Any]:
    """Return the figures in order, of what this person sees; one statement for all."""
    if not measures:
        return []
    columns = [_figure(measure, actor).scalar_subquery() for measure in measures]
    row = session.execute(sa.select(*columns)).one()
    return [ZERO if value is None else value for value in row]


def _figure(measure: Measure, actor: Actor) -> sa.Select[Any]:
    listing = measure.listing
    if measure.distinct:
        found = listing.statement(actor, [listing.key(measure.distinct).label("value")]).subquery()
        return sa.select(sa.func.count(found.c.value.distinct()))
    if not measure.path:
        capped = listing.statement(actor).limit(COUNTED_TO + 1).subquery()
        return sa.select(sa.func.count()).select_from(capped)
    return sa.select(_sum(_amounts(measure, actor), bool(measure.less)))


def _amounts(measure: Measure, actor: Actor, *more: Any) -> sa.Subquery:
    """Return the rows with what is summed of them; `more` beside.

    Rows in which it is 0 are left out, so that a ledger of several figures can have a small index for each.
    """
    listing = measure.listing
    summed = [listing.key(path) for path in (measure.path, measure.less) if path]
    named = [column.label(name) for column, name in zip(summed, ("amount", "less"), strict=False)]
    # Not a parameter: the database knows by the text alone which partial index holds these rows.
    is_there = sa.or_(*(column != sa.literal_column("0") for column in summed))
    return listing.statement(actor, [listing.model.id, *named, *more]).where(is_there).subquery()


def _sum(found: sa.Subquery, lessened: bool) -> Any:
    total = sa.func.sum(found.c.amount)
    return total - sa.func.sum(found.c.less) if lessened else total


def sums_by_month(session: Session, measure: Measure, on: str, actor: Actor) -> dict[tuple[int, int], Decimal]:
    """Return a mapping of (year, month) → sum of the rows whose day `on` lies in it; months without rows are left out.

    It takes one statement.
    """
    found = _amounts(measure, actor, measure.listing.key(on).label("day"))
    query = sa.select(found.c.day, _sum(found, bool(measure.less))).group_by(found.c.day)
    sums: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    for day, amount in session.execute(query):  # A database groups by day several times faster than by month.
        sums[day.year, day.month] += amount
    return dict(sums)


def sums_by_day(session: Session, measure: Measure, at: str, actor: Actor) -> dict[dt.date, Decimal]:
    """Return a mapping of business day → sum of the rows whose moment `at` lies in it; days without rows are left out.

    It takes one statement.
    """
    found = _amounts(measure, actor, measure.listing.key(at).label("at"))
    day = ShanghaiDay(found.c.at)
    query = sa.select(day, _sum(found, bool(measure.less))).group_by(day)
    return {row[0]: row[1] for row in session.execute(query)}


def first_rows(
    session: Session, listing: Listing, paths: Sequence[str], sort: Sort, size: int, actor: Actor,
    computed: Mapping[str, sa.ColumnElement[Any]] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the first rows of a list: path → value; of a relation its key and what the row is called. One statement.

    computed  name → what is computed of each row beside
    """
    columns = [listing.add(path) for path in paths]
    beside = {name: listing.add_computed(value) for name, value in (computed or {}).items()}
    rows, _more = listing.page(session, actor, sort=sort, size=size)
    return [
        {"id": row[0]} | {c.path: _value(c, row) for c in columns} | {name: row[at] for name, at in beside.items()}
        for row in rows
    ]


def _value(column: ListColumn, row: Sequence[Any]) -> Any:
    target = column.field.target
    if column.field.kind.is_reference and target is not None:
        return row[column.start], display_text(target, row[column.start + 1 : column.stop])
    return row[column.start]


def own_and_below(session: Session, actor: Actor, most: int) -> list[int]:
    """Return keys of the person and of everyone below; at most one more than asked for."""
    return list(session.scalars(people_below(actor).limit(most + 1)))


def report_total(session: Session, report: Report, column: str, actor: Actor) -> Decimal:
    """Return the foot of one column of a report without filters. One statement."""
    rows = report.query({}, actor).order_by(None).subquery()
    total: Decimal | None = session.execute(sa.select(sa.func.sum(rows.c[column]))).scalar()
    return total or ZERO
