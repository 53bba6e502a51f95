"""Values are written as people read them: amounts, prices, quantities, days and moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.core.kinds.day import DayKind, MomentKind
from app.core.kinds.kind import Kind
from app.core.kinds.number import MoneyKind, PercentKind, PriceKind, QuantityKind

SOON = 7  # days within which something due is shown in amber


def _drawn_by(kind: Kind) -> Callable[[Any], str]:
    """Return the function by which templates show such a value; it returns an empty text for None."""
    return lambda value: "" if value is None else kind.text(value)


money = _drawn_by(MoneyKind())
price = _drawn_by(PriceKind())
quantity = _drawn_by(QuantityKind())
percent = _drawn_by(PercentKind())
day = _drawn_by(DayKind())
moment = _drawn_by(MomentKind())


def deadline(day: dt.date, today: dt.date) -> tuple[str, str]:
    """Return (text, tone) of a day by which something is due: red when past, amber within a week, else the day."""
    days = (day - today).days
    if days < 0:
        return str(_("%(n)s days late", n=-days)), "stop"
    if days > SOON:
        return short_day(day), ""
    if days > 1:
        return str(_("%(n)s days left", n=days)), "wait"
    return str(_("Tomorrow") if days else _("Today")), "wait"


def short_day(day: dt.date) -> str:
    """Return a day without its year: 11-29."""
    return day.strftime("%m-%d")
