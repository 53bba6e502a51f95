"""Amounts and times in whole units: what `core/types` and `core/ledger` say in Decimals, many times faster.

Money is cents, a quantity thousandths, a unit price millionths, a rate ten-thousandths: as the columns hold them.
Tests hold each function to the one of `core` that people's steps use.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

MONEY, QUANTITY, PRICE, RATE = 2, 3, 6, 4  # places after the point
WHOLE = 10**QUANTITY  # one piece
_TICKS = tuple(f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(12 * 3600))


class Moment(NamedTuple):
    """A second in UTC, as both databases take it."""

    stored: str

    @property
    def day(self) -> str:
        """The business day: hours of business in Shanghai are hours of the same day in UTC."""
        return self.stored[:10]


def moment(day: str, second: int) -> Moment:
    """A time of a day given as 2026-11-24; seconds since midnight UTC, which are business hours in Shanghai."""
    tick = _TICKS[second]
    return Moment(f"{day} {tick}.000000")


def amount_of(quantity: int, unit_price: int) -> int:
    """Cents of a line, rounded half up: `line_amount`."""
    return (quantity * unit_price + 5_000_000) // 10_000_000


def tax_of(amount: int, rate: int) -> int:
    """Cents of tax in an amount that contains it, rounded half up: `tax_in`."""
    whole = 10_000 + rate
    return (2 * amount * rate + whole) // (2 * whole)


def parts_of(total: int, count: int) -> list[int]:
    """Cents per instalment, the last takes the rest: `instalments_of`."""
    part = total // count
    return [part] * (count - 1) + [total - part * (count - 1)]


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
