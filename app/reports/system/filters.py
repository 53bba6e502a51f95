"""What reports can be narrowed by: one description per filter, read from the address and drawn by the page.

An area declares its filters beside its reports.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import today
from app.core.errors import invalid, no_such_row
from app.core.kinds.comparison import NOTHING
from app.core.report import EMPTY, Report
from app.models.system.user import AppUser
from app.security.policy import require_visible, visible

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2199, 12, 31)
MOST_CHOICES = 500


def _year_began() -> dt.date:
    return today().replace(month=1, day=1)


@dataclass(frozen=True)
class ReportFilter:
    """One filter. With a model it is a row of it, with codes one of them, else a day.

    may_be_empty  whether the rows that have none can be asked for, by “-”
    order    name of the column that its few rows are offered in the order of
    find     rows found while typing, where there may be many: (session, text, actor) → rows
    row      how a chosen row is found, where those who may not open it may choose it: (session, key, actor) → row
    """

    label: Any
    model: type[Any] | None = None
    codes: type[enum.StrEnum] | None = None
    may_be_empty: bool = False
    default: Callable[[], Any] = lambda: None
    order: str = "id"
    find: Callable[[Session, str, Actor], Sequence[Any]] | None = None
    row: Callable[[Session, int, Actor], Any] | None = None


FILTERS: dict[str, ReportFilter] = {}


def declare_filter(name: str, filter_: ReportFilter) -> None:
    """Make a filter known to all reports.

    errors  ValueError when there is one of that name already
    """
    if name in FILTERS:
        raise ValueError(f"the filter {name} of reports is declared twice")
    FILTERS[name] = filter_


declare_filter("from", ReportFilter(_l("From"), default=_year_began))
declare_filter("to", ReportFilter(_l("To"), default=today))
declare_filter("owner", ReportFilter(_l("Owner"), AppUser))


def read_filters(session: Session, report: Report, given: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """ReportFilter name → day, code, key or EMPTY, from the address; what is left out has its default.

    errors  Refused "invalid" for a day or code that is none; NotFound for a row this actor may not see
    """
    found: dict[str, Any] = {}
    for name in report.filters:
        filter_ = FILTERS[name]
        text = given.get(name, "").strip()
        if not text:
            found[name] = filter_.default()
        elif text == NOTHING and filter_.may_be_empty:
            found[name] = EMPTY
        elif filter_.codes is not None:
            found[name] = _code(name, filter_.codes, text)
        else:
            found[name] = _day(name, text) if filter_.model is None else _row(session, name, text, actor).id
    if found.get("from") and found.get("to") and found["from"] > found["to"]:
        raise invalid("to", _("The period ends before it begins."))
    return found


def is_chosen(column: Any, filters: Mapping[str, Any], name: str) -> sa.ColumnElement[bool]:
    """The condition that a chosen row or code stands for; true where nothing is chosen."""
    chosen = filters.get(name)
    if chosen is None:
        return sa.true()
    found: sa.ColumnElement[bool] = column.is_(None) if chosen is EMPTY else column == chosen
    return found


def chosen_rows(session: Session, report: Report, filters: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """ReportFilter name → the row chosen by it."""
    return {
        name: _row(session, name, str(key), actor)
        for name, key in filters.items()
        if FILTERS[name].model is not None and key and key is not EMPTY
    }


def choices(session: Session, name: str, actor: Actor) -> list[Any]:
    """Rows to choose from, for filters that have few."""
    filter_ = FILTERS[name]
    model = filter_.model
    if model is None or filter_.find is not None:
        return []
    query = visible(sa.select(model), model, actor).order_by(getattr(model, filter_.order))
    return list(session.scalars(query.limit(MOST_CHOICES)))


def _day(name: str, text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = LATEST + dt.timedelta(days=1)
    if not EARLIEST <= day <= LATEST:
        raise invalid(name, _("“%(text)s” is not a day.", text=text[:40]))
    return day


def _code(name: str, codes: type[enum.StrEnum], text: str) -> enum.StrEnum:
    if text not in codes.__members__:
        raise invalid(name, _("Please choose from the list."))
    return codes(text)


def _row(session: Session, name: str, text: str, actor: Actor) -> Any:
    if not (text.isascii() and text.isdigit() and len(text) < 11):
        raise no_such_row()
    filter_ = FILTERS[name]
    if filter_.row is not None:
        return filter_.row(session, int(text), actor)
    return require_visible(session, filter_.model, int(text), actor)  # type: ignore[arg-type]  # days have no rows
