"""The clock says which day it is in the time zone of the firm, and which moment it is in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

_told: ContextVar[dt.datetime | None] = ContextVar("told", default=None)


def utc_now() -> dt.datetime:
    """Return the present moment; inside `at_moment` the moment that was set there."""
    return _told.get() or dt.datetime.now(dt.UTC)


@contextmanager
def at_moment(moment: dt.datetime) -> Iterator[None]:
    """Date what happens inside at this moment: for demo firms with a made-up past, never around a person's request."""
    token = _told.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _told.reset(token)


SHANGHAI = ZoneInfo("Asia/Shanghai")


def today() -> dt.date:
    """Return the business day in Shanghai."""
    return utc_now().astimezone(SHANGHAI).date()
