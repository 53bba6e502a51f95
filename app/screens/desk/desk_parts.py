"""A desk consists of figures, charts, reminders and counts, each declared as rows of a list. Manual 3.3.

A part names the list it stands for, as an address would: its model, ready-made view and filters. What is shown is
measured on those very rows and the link leads to them, so a figure and its list cannot part.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.clock import SHANGHAI, today
from app.core.record.fields import code_label
from app.query.listing import Listing, Sort
from app.query.measures import Measure
from app.screens.frame.cells import page_of, record_url
from app.screens.frame.registry import VIEWS
from app.screens.frame.values import deadline, money, short_day
from app.screens.list.address import ListRequest, filters_for, narrow, public_name, read_conditions

Period = tuple[dt.date, dt.date]
MINE, TEAM, ALL = "mine", "team", "all"
# A larger team is not named in an address; its superior sees nobody else's rows in any case.
LARGEST_TEAM = 50


@dataclass(frozen=True)
class Scope:
    """The people whose rows a desk is about. `owners` is empty where it is about all that the person sees."""

    actor: Actor
    owners: tuple[int, ...]
    today: dt.date

    @property
    def month(self) -> Period:
        return month_of(self.today)


def days_ago(at: dt.datetime | None) -> str:
    """Return how long ago a moment was, in business days: its time today, yesterday, 5 days ago; empty for None."""
    if at is None:
        return ""
    days = (today() - at.astimezone(SHANGHAI).date()).days
    if days <= 0:
        return at.astimezone(SHANGHAI).strftime("%H:%M")
    return str(_("yesterday") if days == 1 else _("%(n)s days ago", n=days))


def month_of(day: dt.date) -> Period:
    """Return first and last day of the day's month."""
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


@dataclass(frozen=True)
class Rows:
    """Rows of one list.

    preset  the list's ready-made view
    where   filters with their values, as in an address
    whose   the relation that is narrowed to the scope's people
    on      the day or moment that is narrowed to a period
    since   the day that is today or later
    sort    as in an address
    """

    model: type[Any]
    preset: str = ""
    where: tuple[tuple[str, str], ...] = ()
    whose: str = ""
    on: str = ""
    since: str = ""
    sort: str = ""

    def is_for(self, actor: Actor) -> bool:
        view = VIEWS.get(self.model)
        return view is not None and actor.may("read", self.model) and (not self.preset or self.preset in view.presets)

    def pairs(self, scope: Scope, period: Period | None = None) -> list[tuple[str, str]]:
        """Return the filters of the address."""
        found = list(self.where)
        found += [(public_name(self.whose), str(key)) for key in scope.owners if self.whose]
        if self.since:
            found.append((f"{self.since}_from", scope.today.isoformat()))
        if self.on:
            first, last = period or scope.month
            found += [(f"{self.on}_from", first.isoformat()), (f"{self.on}_to", last.isoformat())]
        return found

    def address(self, scope: Scope, period: Period | None = None, *, counted: bool = False) -> str:
        """Return the address of the list; `counted` asks for the totals at its foot."""
        told = [("view", self.preset)] if self.preset else []
        told += self.pairs(scope, period)
        told += [("sort", self.sort)] if self.sort else []
        told += [("count", "all")] if counted else []
        return f"{page_of(self.model)}/list/" + (f"?{urlencode(told)}" if told else "")

    def listing(self, scope: Scope, period: Period | None = None) -> Listing:
        """Return the same rows as the list at that address reads them.

        errors  LookupError for a filter that the list does not offer
        """
        view = VIEWS[self.model]
        listing = Listing(self.model, view.beside)
        offered = filters_for(listing, view.filter_columns, scope.actor)
        pairs = self.pairs(scope, period)
        conditions = read_conditions(offered, MultiDict(pairs), {})
        if {condition.parameter for condition in conditions} != {name for name, _value in pairs}:
            raise LookupError(f"{view.__name__} does not offer every filter of {pairs}")
        narrow(listing, ListRequest(conditions=conditions), ())
        if self.preset:
            listing.conditions.append(view.presets[self.preset][1](scope.actor))
        return listing


@dataclass(frozen=True)
class Note:
    """The remark below a figure, red once it is more than zero: an amount and how many owe it, or a count.

    says  "%(amount)s" and "%(n)s" stand for its figures
    """

    rows: Rows
    says: Any
    path: str = ""
    less: str = ""
    distinct: str = ""

    def measures(self, scope: Scope) -> list[Measure]:
        listing = self.rows.listing(scope)
        if not self.path:
            return [Measure(listing)]
        return [Measure(listing, self.path, self.less), Measure(self.rows.listing(scope), distinct=self.distinct)]


@dataclass(frozen=True)
class Figure:
    """One card: how many rows there are, or the sum of a column, and the list behind.

    rights  (right, model): offered to holders of any; to whoever may read the list when left out
    path    column that is summed; `less` is taken off it; with neither, rows are counted
    unit    "money" or "quantity" of a sum
    limit   the setting that says how many there may be
    tone    of a count that is not zero
    """

    label: Any
    icon: str
    rows: Rows
    rights: tuple[tuple[str, type[Any]], ...] = ()
    path: str = ""
    less: str = ""
    unit: str = ""
    limit: str = ""
    tone: str = ""
    note: Note | None = None

    def is_for(self, actor: Actor) -> bool:
        held = not self.rights or any(actor.may(right, model) for right, model in self.rights)
        return held and self.rows.is_for(actor)

    def measures(self, scope: Scope) -> list[Measure]:
        found = [Measure(self.rows.listing(scope), self.path, self.less)]
        return found + (self.note.measures(scope) if self.note and self.note.rows.is_for(scope.actor) else [])


@dataclass(frozen=True)
class Reported:
    """One card with the total of a report's column."""

    label: Any
    icon: str
    report: str
    column: str
    unit: str = "money"
    note: Note | None = None


@dataclass(frozen=True)
class Series:
    """Bars or a line of a chart: the sum of a column of these rows for each month or day."""

    label: Any
    rows: Rows
    path: str
    kind: str = "bar"
    less: str = ""  # a column that is taken off the sum
    is_turned: bool = False  # Outgoing quantities are stored as less than zero and shown as positive.


@dataclass(frozen=True)
class Chart:
    """A chart of sums.

    per  "month": the last twelve, this one among them; "day": the last thirty
    """

    title: Any
    series: tuple[Series, ...]
    per: str = "month"
    unit: str = "money"


@dataclass(frozen=True)
class Line:
    """One row of a reminder: a link, what is to be known, how much, and its state."""

    text: str
    href: str
    about: str = ""
    amount: str = ""
    said: str = ""
    tag: str = ""
    tone: str = ""
    when: str = ""


@dataclass(frozen=True)
class Reminder:
    """The first rows of a list, drawn one by one; beside the charts or, `is_aside`, in the narrow column.

    computed  what its lines know of a row besides its columns
    """

    title: Any
    icon: str
    rows: Rows
    paths: tuple[str, ...]
    line: Callable[[Mapping[str, Any], Scope], Line]
    sort: Sort = field(default_factory=Sort)
    is_aside: bool = False
    computed: Mapping[str, Any] = field(default_factory=dict, compare=False)


def told_of(
    title: Any, icon: str, rows: Rows, about: tuple[str, ...], *, amount: str = "", due: str = "",
    since: str = "created_at", is_aside: bool = False,
) -> Reminder:  # fmt: skip
    """Return a reminder whose lines tell a document's number and these of its fields, the most urgent first.

    amount  the field of what it is worth
    due     the day it is expected, told by how many days it is late or early
    since   the moment from which it has waited
    """

    def line(row: Mapping[str, Any], scope: Scope) -> Line:
        late, tone = deadline(row[due], scope.today) if due else ("", "")
        told = (_named(row[path]) for path in about)
        return Line(
            row["number"], record_url(rows.model, row["id"]), " · ".join(filter(None, told)),
            money(row[amount]) if amount else "", tag=late if tone else "", tone=tone,
            when=short_day(row[due]) if due else days_ago(row[since]),
        )  # fmt: skip

    paths = dict.fromkeys(path for path in ("number", *about, amount, due, since) if path)
    return Reminder(title, icon, rows, tuple(paths), line, Sort(due or since, False), is_aside=is_aside)


def _named(value: Any) -> str:
    """Return what a cell of a row says: the name of a related row, the label of a code, a text."""
    if isinstance(value, enum.StrEnum):
        return code_label(value)
    return str(value[1] if isinstance(value, tuple) else value or "")


@dataclass(frozen=True)
class Action:
    """A button at the head of the desk, or a link from it to where the role does its work."""

    label: Any
    icon: str
    href: str
    right: str
    model: type[Any] | str


@dataclass(frozen=True)
class Desk:
    """A role's desk.

    whose  "mine": the person's own rows; "team": theirs and those of everyone below; "all": whatever they see
    waits  what the bell counts: each row in one of them only
    doors  ways to where the role does its work, for desks on which little is counted
    """

    figures: tuple[Figure | Reported, ...]
    whose: str = ALL
    charts: tuple[Chart, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    waits: tuple[Figure, ...] = ()
    actions: tuple[Action, ...] = ()
    doors: tuple[Action, ...] = ()
