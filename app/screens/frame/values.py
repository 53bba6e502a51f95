"""Values as people read them: amounts, prices, quantities, days and moments."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from flask_babel import gettext as _

from app.core.clock import SHANGHAI
from app.core.money import rounded

SOON = 7  # days within which something due is told in amber


def grouped(value: Decimal, places: int) -> str:
    return f"{value:,.{places}f}"


def money(value: Decimal | None) -> str:
    """Yuan: ¥1,234.50, -¥3.00."""
    if value is None:
        return ""
    return f"-¥{-value:,.2f}" if value < 0 else f"¥{value:,.2f}"


def price(value: Decimal | None) -> str:
    """Yuan per unit: ¥12.3400."""
    if value is None:
        return ""
    return f"{'-' if value < 0 else ''}¥{grouped(abs(value), 4)}"


def quantity(value: Decimal | None) -> str:
    if value is None:
        return ""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Decimal | None) -> str:
    """0.13 → 13%; at most two places."""
    if value is None:
        return ""
    return f"{quantity(rounded(value * 100))}%"


def day(value: dt.date | None) -> str:
    return "" if value is None else value.isoformat()


def moment(value: dt.datetime | None) -> str:
    return "" if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def deadline(day: dt.date, today: dt.date) -> tuple[str, str]:
    """(text, tone) of a day by which something is due: red when it has passed, amber within a week, else the day."""
    days = (day - today).days
    if days < 0:
        return str(_("%(n)s days late", n=-days)), "stop"
    if days > SOON:
        return short_day(day), ""
    if days > 1:
        return str(_("%(n)s days left", n=days)), "wait"
    return str(_("Tomorrow") if days else _("Today")), "wait"


def short_day(day: dt.date) -> str:
    """A day of which the year goes without saying: 11-29."""
    return day.strftime("%m-%d")
