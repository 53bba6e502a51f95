"""How values read on paper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from flask_babel import gettext as _

from app.core.money import plain
from app.printing.capital import capital_amount


def shown_money(amount: Decimal) -> str:
    """1234.5 → 1,234.50."""
    return f"{amount:,.2f}"


def shown_price(price: Decimal) -> str:
    """Two places, or as many as the price has: 12.5000 → 12.50, 0.1234 → 0.1234."""
    whole, _point, places = f"{price:,.4f}".partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}"


def shown_percent(rate: Decimal) -> str:
    """0.1300 → 13%."""
    return f"{plain(rate * 100)}%"


def shown_day(day: dt.date) -> str:
    """2026年11月3日, as Chinese documents are dated."""
    text: str = _("%(month)s/%(day)s/%(year)s", year=day.year, month=day.month, day=day.day)
    return text


SHOWN = SimpleNamespace(
    money=shown_money, price=shown_price, quantity=plain, percent=shown_percent, day=shown_day, words=capital_amount
)
