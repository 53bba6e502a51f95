"""How values read on paper: templates ask the kinds of fields."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

from app.core.kinds.day import DayKind
from app.core.kinds.number import MoneyKind, PercentKind, QuantityKind
from app.printing.capital import capital_amount


def with_places(value: Decimal, places: int) -> str:
    """A figure with as many places as those above and below it: 1234.5 and 3 → 1,234.500."""
    return f"{value:,.{places}f}"


SHOWN = SimpleNamespace(
    money=MoneyKind().paper, with_places=with_places, quantity=QuantityKind().paper, percent=PercentKind().paper,
    day=DayKind().paper, words=capital_amount,
)  # fmt: skip
