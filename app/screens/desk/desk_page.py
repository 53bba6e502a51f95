"""The page of a desk shows cards, charts with their tables, and reminders; the bell shows what waits. Manual 3.3."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.base import db
from app.core.money import plain
from app.core.report import REPORTS
from app.query.listing import COUNTED_TO
from app.query.measures import Measure, first_rows, measured, own_and_below, report_total, sums_by_day, sums_by_month
from app.screens.desk.decisions import decision_reminders_besides, decisions_besides
from app.screens.desk.desk_parts import (
    LARGEST_TEAM,
    MINE,
    TEAM,
    Chart,
    Desk,
    Figure,
    Line,
    Note,
    Period,
    Reminder,
    Reported,
    Scope,
    Series,
    month_of,
)
from app.screens.frame.cells import page_of
from app.screens.frame.values import money, quantity
from app.security.settings import setting

SHOWN = 8
MONTHS, DAYS = 12, 30
TEN_THOUSAND_FROM = 100_000  # yuan; below it an axis in 万元 would have no whole numbers
_UNITS = {"money": money, "quantity": quantity}


def scope_of(desk: Desk, actor: Actor) -> Scope:
    owners: Sequence[int] = ()
    if desk.whose == MINE:
        owners = (actor.user_id,)
    elif desk.whose == TEAM:
        found = own_and_below(db.session(), actor, LARGEST_TEAM)
        owners = found if len(found) <= LARGEST_TEAM else ()
    return Scope(actor, tuple(owners), today())


def counted(number: int) -> str:
    return f"{COUNTED_TO:,}+" if number > COUNTED_TO else f"{number:,}"


# Cards


@dataclass(frozen=True)
class Card:
    """One figure of the desk, and the remark below it with a list of its own."""

    label: Any
    icon: str
    value: str
    href: str
    tone: str = ""
    limit: str = ""
    remark: str = ""
    remark_href: str = ""
    is_sum: bool = False


@dataclass
class ReminderRows:
    """A reminder with its rows."""

    reminder: Reminder
    count: str
    href: str
    lines: list[Line] = field(default_factory=list)


def cards_and_counts(desk: Desk, scope: Scope) -> tuple[list[Card], list[int]]:
    """Return the cards, and how many rows each reminder has: one statement, and one for each report's total."""
    actor = scope.actor
    offered = [part for part in desk.figures if _is_offered(part, actor)]
    told = [_measures(part, scope) for part in offered]
    behind = [[Measure(part.rows.listing(scope))] for part in reminders_for(desk, actor)]
    figures = iter(measured(db.session(), [measure for group in (*told, *behind) for measure in group], actor))
    cards = [
        _card(part, [next(figures) for _measure in group], scope) for part, group in zip(offered, told, strict=True)
    ]
    return cards, [next(figures) for _group in behind]


def reminders_for(desk: Desk, actor: Actor) -> list[Reminder]:
    every = (*desk.reminders, *decision_reminders_besides(desk.reminders, actor))
    return [reminder for reminder in every if reminder.rows.is_for(actor)]


def _is_offered(part: Figure | Reported, actor: Actor) -> bool:
    if isinstance(part, Reported):
        return part.report in REPORTS and REPORTS[part.report].may_be_read(actor)
    return part.is_for(actor)


def _measures(part: Figure | Reported, scope: Scope) -> list[Measure]:
    if isinstance(part, Reported):
        return part.note.measures(scope) if part.note and part.note.rows.is_for(scope.actor) else []
    return part.measures(scope)


def _card(part: Figure | Reported, values: list[Any], scope: Scope) -> Card:
    session = db.session()
    if isinstance(part, Reported):
        total = report_total(session, REPORTS[part.report], part.column, scope.actor)
        told = _note(part.note, values, scope)
        return Card(part.label, part.icon, _UNITS[part.unit](total), f"/report/{part.report}/", is_sum=True, **told)
    figure, *more = values
    told = _note(part.note, more, scope)
    if part.path:
        value = _UNITS[part.unit](figure if part.unit == "money" else abs(figure))
        return Card(part.label, part.icon, value, part.rows.address(scope, counted=True), is_sum=True, **told)
    limit = f"/ {setting(session, part.limit)}" if part.limit else ""
    tone = part.tone if figure else ""
    return Card(part.label, part.icon, counted(figure), part.rows.address(scope), tone, limit, **told)


def _note(note: Note | None, values: list[Any], scope: Scope) -> dict[str, Any]:
    """Return the remark of a card; nothing where there is nothing to remark."""
    if note is None or not values or not values[-1]:
        return {}
    if note.path:
        said = str(note.says) % {"amount": money(values[0]), "n": values[1]}
    else:
        said = str(note.says) % {"n": counted(values[0])}
    return {"remark": said, "remark_href": note.rows.address(scope, counted=bool(note.path))}


# Reminders


def reminders(desk: Desk, scope: Scope, counts: Sequence[int]) -> list[ReminderRows]:
    """Return each reminder that has rows, with its first ones; one statement each."""
    found = []
    for reminder, count in zip(reminders_for(desk, scope.actor), counts, strict=True):
        if count:
            rows = first_rows(
                db.session(), reminder.rows.listing(scope), reminder.paths, reminder.sort, SHOWN, scope.actor,
                reminder.computed,
            )  # fmt: skip
            drawn = [reminder.line(row, scope) for row in rows]
            found.append(ReminderRows(reminder, counted(count), reminder.rows.address(scope), drawn))
    return found


# Charts


@dataclass(frozen=True)
class DrawnChart:
    """A chart as the script draws it, and as a table for those who do not see it.

    plot   labels, and for each series its name, kind, values as texts, what is said of each, and where it leads
    """

    title: str
    told: str
    unit: str
    plot: dict[str, Any]
    rows: list[tuple[str, list[tuple[str, str]]]]

    @property
    def is_empty(self) -> bool:
        return not any(Decimal(value) for series in self.plot["series"] for value in series["values"])


def charts(desk: Desk, scope: Scope) -> list[DrawnChart]:
    offered = [chart for chart in desk.charts if all(series.rows.is_for(scope.actor) for series in chart.series)]
    return [_drawn(chart, scope) for chart in offered]


def _drawn(chart: Chart, scope: Scope) -> DrawnChart:
    periods = _months(scope.today) if chart.per == "month" else _days(scope.today)
    labels = [_label(first, chart.per) for first, _last in periods]
    values = [_values(series, chart.per, periods, scope) for series in chart.series]
    unit, divisor = _axis(chart, values)
    show = _UNITS[chart.unit]
    plot, columns = [], []
    for series, amounts in zip(chart.series, values, strict=True):
        hrefs = [series.rows.address(scope, period, counted=True) for period in periods]
        texts = [show(amount) for amount in amounts]
        columns.append(list(zip(texts, hrefs, strict=True)))
        drawn = [plain(amount / divisor) for amount in amounts]
        told = {"name": str(series.label), "kind": series.kind, "values": drawn, "texts": texts, "hrefs": hrefs}
        plot.append(told | {"is_drawn": any(amounts)})  # A line of zeros would only lie on the axis.
    names = "、".join(str(series.label) for series in chart.series)
    spoken = _("%(title)s: %(names)s. The same figures stand in the table below.", title=str(chart.title), names=names)
    rows = [(label, [column[at] for column in columns]) for at, label in enumerate(labels)]
    return DrawnChart(str(chart.title), spoken, unit, {"labels": labels, "unit": unit, "series": plot}, rows)


def _values(series: Series, per: str, periods: Sequence[Period], scope: Scope) -> list[Decimal]:
    """Return the sum for each month or day; nothing is zero."""
    listing = series.rows.listing(scope, (periods[0][0], periods[-1][1]))
    measure, session = Measure(listing, series.path, series.less), db.session()
    sums: dict[Any, Decimal]
    if per == "month":
        sums = dict(sums_by_month(session, measure, series.rows.on, scope.actor))
        found = [sums.get((first.year, first.month), Decimal(0)) for first, _last in periods]
    else:
        sums = dict(sums_by_day(session, measure, series.rows.on, scope.actor))
        found = [sums.get(first, Decimal(0)) for first, _last in periods]
    return [-value if series.is_turned else value for value in found]


def _months(day: dt.date) -> list[Period]:
    found = [month_of(day)]
    while len(found) < MONTHS:
        found.append(month_of(found[-1][0] - dt.timedelta(days=1)))
    return found[::-1]


def _days(day: dt.date) -> list[Period]:
    return [(each, each) for back in reversed(range(DAYS)) for each in (day - dt.timedelta(days=back),)]


def _label(first: dt.date, per: str) -> str:
    return str(format_date(first, format="LLL")) if per == "month" else first.strftime("%m-%d")


def _axis(chart: Chart, values: Sequence[Sequence[Decimal]]) -> tuple[str, int]:
    """Return (unit, divisor) of the axis."""
    if chart.unit != "money":
        return _("Quantity"), 1
    largest = max((abs(value) for amounts in values for value in amounts), default=Decimal(0))
    return (_("10,000 yuan"), 10_000) if largest >= TEN_THOUSAND_FROM else (_("yuan"), 1)


# The bell


def waits_for(desk: Desk, actor: Actor) -> list[Figure]:
    """Return what the bell counts for this person."""
    return [part for part in (*desk.waits, *decisions_besides(desk.waits, actor)) if part.is_for(actor)]


def waiting(desk: Desk, scope: Scope) -> dict[str, Any]:
    """Return what waits: in all, one by one with the list behind, and by menu entry. One statement."""
    offered = waits_for(desk, scope.actor)
    found = measured(db.session(), [Measure(part.rows.listing(scope)) for part in offered], scope.actor)
    items: list[dict[str, Any]] = []
    menu: dict[str, int] = {}
    for part, count in zip(offered, found, strict=True):
        if count:
            shown = counted(count)
            items.append(
                {"label": str(part.label), "count": shown, "href": part.rows.address(scope), "tone": part.tone}
            )
            entry = f"{page_of(part.rows.model)}/list/"
            menu[entry] = menu.get(entry, 0) + count
    return {"sum": sum(found), "items": items, "menu": menu}
