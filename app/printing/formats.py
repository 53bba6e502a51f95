"""Templates of papers ask the kinds of fields how values read on paper."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

from app.core.kinds.day import DayKind
from app.core.kinds.number import MoneyKind, PercentKind, PriceKind, QuantityKind
from app.printing.capital import capital_amount


def price(value: Decimal, places: int = 0) -> str:
    """Return a price with at least so many places, as those above and below it have: 12.5 and 3 → 12.500."""
    text = PriceKind().paper(value)
    return text + "0" * (places - len(text.partition(".")[2]))


FORMATS = SimpleNamespace(
    money=MoneyKind().paper, price=price, quantity=QuantityKind().paper, percent=PercentKind().paper,
    day=DayKind().paper, words=capital_amount,
)  # fmt: skip
