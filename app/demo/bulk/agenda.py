"""What is still to come in the large firm, day by day; only orders under way are remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from app.demo.bulk.fates import IssuePart
from app.demo.bulk.parts.calendar import Calendar
from app.demo.bulk.parts.figures import Moment, moment
from app.demo.bulk.people import Someone

Thing = TypeVar("Thing")


class AgendaLine(NamedTuple):
    """An order line as goods issues and shipments need it."""

    id: int
    balance: int
    quantity: int
    unit_price: int
    amount: int


class Head(NamedTuple):
    """An order as its followers need it."""

    id: int
    number: str
    k: int  # whose
    name: str
    owner: Someone
    warehouse_id: int
    consignee: str
    phone: str
    address: str


class Going(NamedTuple):
    """Goods to be issued."""

    head: Head
    part: IssuePart
    lines: tuple[AgendaLine, ...]


class Leaving(NamedTuple):
    """Issued goods to be shipped."""

    going: Going
    issue_id: int
    issue_number: str
    line_ids: tuple[int, ...]


class Coming(NamedTuple):
    """Money to be received, and the instalment it covers; `order_id` nothing: a prepayment."""

    order_id: int | None
    k: int
    owner: Someone
    plan_id: int | None
    amount: int


class Stopping(NamedTuple):
    """An order to be stopped, with what is reserved and planned for it."""

    head: Head
    lines: tuple[AgendaLine, ...]
    total: int
    planned: int


class Agenda:
    def __init__(self, calendar: Calendar) -> None:
        count = len(calendar.days)
        self.calendar = calendar
        self.going: list[list[Going]] = [[] for _day in range(count)]
        self.leaving: list[list[Leaving]] = [[] for _day in range(count)]
        self.coming: list[list[Coming]] = [[] for _day in range(count)]
        self.stopping: list[list[Stopping]] = [[] for _day in range(count)]

    def take(self, days: list[list[Thing]], day: int, opens: int, closes: int) -> Iterator[tuple[Moment, Thing]]:
        """What happens on a day, spread evenly over its hours, and forgotten."""
        found, days[day] = days[day], []
        text = self.calendar.texts[day]
        step = (closes - opens) / max(len(found), 1)
        for number, thing in enumerate(found):
            yield moment(text, int(opens + step * number)), thing
