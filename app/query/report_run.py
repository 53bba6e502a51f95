"""A report is run: its rows are read, and its foot sums them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.errors import NotAllowed, no_such_row
from app.core.report import REPORTS, Report, ReportColumn

SHOWN = 80  # rows on a page; the workbook has them all
SENT = 1000  # rows that a program is sent
MOST = 200_000  # rows in a workbook


@dataclass(frozen=True)
class ReportTable:
    """The rows of a page, whether more were left out, and the foot over all of them."""

    rows: list[sa.RowMapping]
    has_more: bool
    foot: dict[str, Any]


def readable_report(name: str, actor: Actor) -> Report:
    """Return the report of this name.

    errors  NotFound for an unknown name; NotAllowed without the right to this report
    """
    found = REPORTS.get(name)
    if found is None:
        raise no_such_row()
    if not found.may_be_read(actor):
        raise NotAllowed("not_allowed", _("You do not have the right to read this report."))
    return found


def is_ready(report: Report, filters: Mapping[str, Any]) -> bool:
    return all(filters.get(name) for name in report.required)


def table(session: Session, report: Report, filters: dict[str, Any], actor: Actor, most: int = 0) -> ReportTable:
    """Return what a page shows. One statement; a second one for the foot only when rows are left out.

    most  how many rows at most; as many as a page shows when left out
    """
    if not is_ready(report, filters):
        return ReportTable([], False, {})
    query = report.query(filters, actor)
    most = most or SHOWN
    rows = list(session.execute(query.limit(most + 1)).mappings())
    columns = report.columns_for(actor)
    if len(rows) > most:
        return ReportTable(rows[:most], True, _summed(session, query, columns) | _last(session, query, columns))
    return ReportTable(rows, False, foot_of(columns, rows))


def all_rows(
    session: Session, report: Report, filters: dict[str, Any], actor: Actor, most: int = MOST
) -> Iterator[sa.RowMapping]:
    """Return every row, a thousand at a time, for the workbook; so many at most."""
    if not is_ready(report, filters):
        return iter(())
    query = report.query(filters, actor).limit(most)
    return iter(session.execute(query, execution_options={"yield_per": 1000}).mappings())


def foot_of(columns: list[ReportColumn], rows: list[sa.RowMapping]) -> dict[str, Any]:
    """Return sums of the columns that have one, and the last row's running figures."""
    if not rows:
        return {}
    sums: dict[str, Any] = {c.name: sum((row[c.name] for row in rows), ZERO) for c in columns if c.total}
    return sums | {c.name: rows[-1][c.name] for c in columns if c.last}


class Footing:
    """This iterator counts and sums the rows that go into a workbook."""

    def __init__(self, columns: list[ReportColumn], rows: Iterator[sa.RowMapping]) -> None:
        self.columns = columns
        self.rows = rows
        self.foot: dict[str, Any] = {}
        self.count = 0

    def __iter__(self) -> Iterator[sa.RowMapping]:
        sums: dict[str, Decimal] = {}
        last: sa.RowMapping | None = None
        for last in self.rows:
            self.count += 1
            for column in self.columns:
                if column.total:
                    sums[column.name] = sums.get(column.name, ZERO) + last[column.name]
            yield last
        self.foot |= sums
        if last is not None:
            self.foot |= {c.name: last[c.name] for c in self.columns if c.last}


def _summed(session: Session, query: Any, columns: list[ReportColumn]) -> dict[str, Any]:
    rows = query.order_by(None).subquery()
    totals = [sa.func.sum(rows.c[c.name]).label(c.name) for c in columns if c.total]
    return dict(session.execute(sa.select(*totals)).mappings().one()) if totals else {}


def _last(session: Session, query: Any, columns: list[ReportColumn]) -> dict[str, Any]:
    """Return the running figures of the last row, which the table has left out."""
    running = [column.name for column in columns if column.last]
    if not running:
        return {}
    count = session.execute(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    row = session.execute(query.limit(1).offset(count - 1)).mappings().one()
    return {name: row[name] for name in running}
