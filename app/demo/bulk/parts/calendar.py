"""The three years of the large firm: how many orders a day brings, how many customers there are, numbers given out."""

from __future__ import annotations

import datetime as dt
from array import array

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.engine import insert_into
from app.core.record.numbering import DocumentCounter
from app.demo.bulk.parts.figures import days_between

YEARS = 3
KNOWN_BEFORE = 0.15  # customers the firm brought along on its first day
BUSY = (10, 10, 11, 11, 12, 4, 0)  # how much is sold from Monday to Sunday
PREFIXES = ("KH", "DD", "CK", "FH", "SK")


class Calendar:
    """Days up to yesterday: what happens today is for people to do."""

    def __init__(self, orders: int, today: dt.date) -> None:
        last = today - dt.timedelta(days=1)
        self.days = days_between(last - dt.timedelta(days=365 * YEARS - 1), last)
        self.last = len(self.days) - 1
        self.texts = [day.isoformat() for day in self.days]
        self.short = [f"{day:%Y%m%d}" for day in self.days]
        weights = [BUSY[day.weekday()] * (1 + number / self.last) for number, day in enumerate(self.days)]
        whole, so_far = sum(weights), 0.0
        self.orders = array("q")  # until the evening of each day
        self.customers = array("q")
        for weight in weights:
            so_far += weight
            share = so_far / whole
            self.orders.append(round(orders * share))
            self.customers.append(round(orders * (KNOWN_BEFORE + (1 - KNOWN_BEFORE) * share)))

    def text(self, number: int) -> str:
        """A day as the databases take it, also one that has not come yet."""
        if number <= self.last:
            return self.texts[number]
        return (self.days[0] + dt.timedelta(days=number)).isoformat()


class Counters:
    """Document numbers per prefix and day, going on where people have stopped, and told to the table at the end."""

    def __init__(self, session: Session, calendar: Calendar) -> None:
        self.calendar = calendar
        self.last = {prefix: array("q", bytes(8 * len(calendar.days))) for prefix in PREFIXES}
        place = {day: number for number, day in enumerate(calendar.days)}
        query = sa.select(DocumentCounter.prefix, DocumentCounter.day, DocumentCounter.last)
        for prefix, day, last in session.execute(query):
            if prefix in self.last and day in place:
                self.last[prefix][place[day]] = last

    def next(self, prefix: str, day: int) -> str:
        last = self.last[prefix]
        last[day] += 1
        return f"{prefix}{self.calendar.short[day]}{last[day]:04d}"

    def keep(self, session: Session) -> None:
        insert = insert_into(session, DocumentCounter)
        kept = insert.on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": insert.excluded.last})
        rows = [
            {"prefix": prefix, "day": day, "last": last[number]}
            for prefix, last in self.last.items()
            for number, day in enumerate(self.calendar.days)
            if last[number]
        ]
        session.execute(kept, rows)
