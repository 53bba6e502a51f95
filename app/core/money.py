"""Money is rounded to the fen; the amount of a line and the tax in it are computed here."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from app.core.text import narrow, numeral_in

CENT = Decimal("0.01")
_SMALLEST_PRICE = Decimal("0.000001")


def rounded(value: Decimal, places: Decimal = CENT) -> Decimal:
    """Return the value rounded half-up, as invoices are rounded in China."""
    return value.quantize(places, ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Return quantity × price in yuan, rounded once; tax is included where the price includes it. Manual 8.5."""
    return rounded(quantity * unit_price)


def tax_in(amount: Decimal, rate: Decimal) -> Decimal:
    """Return the tax in yuan that is contained in a tax-inclusive amount."""
    return rounded(amount * rate / (1 + rate))


def with_tax(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in yuan before tax together with its tax, which is rounded for itself."""
    return amount + rounded(amount * rate)


def shares(total: Decimal, values: Sequence[Decimal]) -> list[Decimal]:
    """Return the parts of a total in proportion to values that are not negative, all in yuan.

    The parts are cut from the running total, so that they add up to it to the fen and none is more than its value as
    long as the total is not more than the sum of the values. Where all values are 0, so are the parts.
    """
    whole, seen, given = sum(values, Decimal(0)), Decimal(0), Decimal(0)
    if not total or not whole:
        return [Decimal(0)] * len(values)
    found = []
    for value in values:
        seen += value
        upto = rounded(total * seen / whole)
        found.append(upto - given)
        given = upto
    return found


def is_less(price: Decimal, other: Decimal) -> bool:
    """Return whether a price lies below another one by more than converting it between net and gross may have done."""
    return other - price > _SMALLEST_PRICE


def plain(value: Decimal) -> str:
    """Return a quantity without trailing zeros: 2.500 → 2.5, 10.000 → 10."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def rate_of(label: str) -> Decimal:
    """Return a rate as its label says it: "13%" → 0.13, "0" → 0.

    errors  ArithmeticError for what is no number
    """
    text = narrow(label).strip()
    return Decimal(numeral_in(text.removesuffix("%")) or "") / (100 if text.endswith("%") else 1)
