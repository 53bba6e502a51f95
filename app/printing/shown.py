"""How values read on paper: templates ask the kinds of fields."""

from __future__ import annotations

from types import SimpleNamespace

from app.core.kinds.day import DayKind
from app.core.kinds.number import MoneyKind, PercentKind, PriceKind, QuantityKind
from app.printing.capital import capital_amount

SHOWN = SimpleNamespace(
    money=MoneyKind().paper, price=PriceKind().paper, quantity=QuantityKind().paper, percent=PercentKind().paper,
    day=DayKind().paper, words=capital_amount,
)  # fmt: skip
