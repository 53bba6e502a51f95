"""Exact columns are multiplied inside a query here, where `core/db/types.py` refuses it for good reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.db.types import Fixed


def value_of(quantity: Any, price: Any) -> sa.ColumnElement[Decimal]:
    """Return the value in yuan, half-up to the cent, of a quantity (3 places) at a unit price (6 places).

    Neither of them may be negative.

    The database holds whole units, whose product counts billionths of a yuan and would soon be more than it can hold.
    The cents of the price are therefore multiplied apart from the rest of it.
    """
    amount, units = sa.type_coerce(quantity, sa.BigInteger), sa.type_coerce(price, sa.BigInteger)
    cents = amount * (units // 10_000)  # in thousandths
    rest = cents % 1_000 * 10_000 + amount * (units % 10_000)
    return sa.type_coerce(cents // 1_000 + (rest + 5_000_000) // 10_000_000, Fixed(2))


def zero(places: int) -> sa.ColumnElement[Decimal]:
    """Return 0 as an exact value, for COALESCE and UNION."""
    return sa.literal(Decimal(0), Fixed(places))
