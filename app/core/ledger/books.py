"""The books say on which days something may count: from when they were opened, and in no month that is closed.

A day that a person types is refused outside its bounds. What the system posts (an approval, a reversal, a document
that was entered before the month was closed) counts on the first open day instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.errors import AppError, Refused

# The `info` of a column of days: what happened lies between the opening of the books and today, and in no closed month.
# A day without a word is a plan or a deadline; one of a person's life has no bounds.
HAPPENED = {"day": "happened"}
OF_A_LIFE = {"day": "of_a_life"}

_LOCK = 0x626F6F6B  # names the books among the advisory locks of PostgreSQL
_KNOWN, _HELD = "books_known", "books_held"  # what a session knows and holds, each with its transaction


@dataclass(frozen=True)
class Span:
    """A span says what the firm has decided: when its books were opened, what is closed, how far plans may lie."""

    opened_on: dt.date
    closed_until: dt.date | None
    last_planned_on: dt.date

    @property
    def first_open_on(self) -> dt.date:
        return self.opened_on if self.closed_until is None else self.closed_until + dt.timedelta(days=1)


_reader: list[Callable[[Session], Span]] = []


def read_span_by(reader: Callable[[Session], Span]) -> Callable[[Session], Span]:
    """Register the function that reads what the firm has decided; the area of money does.

    errors  ValueError when there is one already
    """
    if _reader:
        raise ValueError("the span of the books is read in two places")
    _reader.append(reader)
    return reader


def span(session: Session) -> Span:
    """Return what holds for this transaction, which reads it once."""
    known = session.info.get(_KNOWN)
    if known is None or known[0] is not session.get_transaction():
        found = _reader[0](session)
        session.info[_KNOWN] = (session.get_transaction(), found)
        return found
    held: Span = known[1]
    return held


def counted_on(session: Session, on: dt.date) -> dt.date:
    """Return the day on which an entry of this business day counts: the day itself, or the first open one.

    The present month is never closed. For an earlier day the transaction holds the books, so that nobody closes the
    month before it ends.
    """
    if on >= today().replace(day=1):
        return on
    if session.info.get(_HELD) is not session.get_transaction():
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK)))
        forget_span(session)
        session.info[_HELD] = session.get_transaction()
    closed_until = span(session).closed_until
    return on if closed_until is None or on > closed_until else closed_until + dt.timedelta(days=1)


def forget_span(session: Session) -> None:
    """Let the transaction read anew what the firm has decided, because it has changed or may have."""
    session.info.pop(_KNOWN, None)


def hold_for_closing(session: Session) -> None:
    """Wait until every transaction that posts into an earlier month has ended, and let none begin until this one ends.

    SQLite has one writer at a time, so there is nothing to wait for.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    forget_span(session)


def require_days(session: Session, days: Iterable[tuple[str, Any, dt.date, str]]) -> None:
    """See that days which a person typed lie within their bounds: (field, label, day, "" or "happened") each.

    errors  Refused "date_out_of_bounds" or "month_closed", which names the first open day
    """
    typed = list(days)
    if not typed:
        return
    held = span(session)
    for field, label, day, word in typed:
        refusal = _refusal(held, field, label, day, happened=word == "happened")
        if refusal is not None:
            raise refusal


def _refusal(held: Span, field: str, label: Any, day: dt.date, *, happened: bool) -> AppError | None:
    last = today() if happened else held.last_planned_on
    if not held.opened_on <= day <= last:
        text = _(
            "“%(field)s” must lie between %(first)s and %(last)s.",
            field=str(label), first=held.opened_on.isoformat(), last=last.isoformat(),
        )  # fmt: skip
        return Refused("date_out_of_bounds", text, field=field)
    if happened and held.closed_until is not None and day <= held.closed_until:
        text = _(
            "%(month)s is closed. The first open day is %(day)s.",
            month=f"{day:%Y-%m}", day=held.first_open_on.isoformat(),
        )  # fmt: skip
        return Refused("month_closed", text, field=field)
    return None
