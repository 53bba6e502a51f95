"""计价 Amounts of a document follow from the prices of its lines and the rebate on the whole. Manual 8.5; spec.md §0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.core.db.types import ZERO
from app.core.errors import Refused, too_large
from app.core.kinds.numerals import LARGEST
from app.core.money import is_less, line_amount, rounded, shares, tax_in, with_tax
from app.models.document import Priced, Prices, counted_of

ONE, RATE_PLACES, PRICE_PLACES = Decimal(1), Decimal("0.0001"), Decimal("0.000001")
# The fields of a document on which the amounts of its lines depend.
PRICED_BY = frozenset({"lines", "prices", "rebate"})


class Written(NamedTuple):
    """People write this of a line: how much, the price of one in yuan as `prices` says, and the tax rate."""

    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal


class Reckoned(NamedTuple):
    """These figures follow for a line, under the names of its columns: yuan, tax included; `rebate` is its share."""

    rebate: Decimal
    amount: Decimal
    tax: Decimal
    effective_price: Decimal


def reckoned(lines: Sequence[Written], prices: Prices, rebate: Decimal) -> list[Reckoned]:
    """Return what follows for each line of a document from its prices and its rebate."""
    worth = [worth_of(line, prices) for line in lines]
    found = []
    for line, value, share in zip(lines, worth, shares(rebate, worth), strict=True):
        amount = value - share
        found.append(Reckoned(share, amount, tax_in(amount, line.tax_rate), _effective(line, amount, share, prices)))
    return found


def worth_of(line: Written, prices: Prices) -> Decimal:
    """Return what is written costs before any rebate: yuan, tax included."""
    amount = line_amount(line.quantity, line.unit_price)
    return with_tax(amount, line.tax_rate) if prices is Prices.net else amount


def _effective(line: Written, amount: Decimal, share: Decimal, prices: Prices) -> Decimal:
    """Return what one unit costs; without a rebate it follows from the price alone, not from a rounded amount."""
    if share:
        return rounded(amount / line.quantity, PRICE_PLACES)
    price = line.unit_price
    return rounded(price * (1 + line.tax_rate), PRICE_PLACES) if prices is Prices.net else price


def cost_of_part(line: Any, quantity: Decimal, prices: Prices) -> Decimal:
    """Return what a part of a line's quantity costs after the rebate: yuan, tax included.

    The whole quantity costs the amount of the line, and more of it never costs less.

    line    a line, or a row of a query with its quantity, unit price, tax rate, rebate and amount
    prices  those of its document
    """
    if line.rebate:
        return rounded(line.amount * quantity / line.quantity)
    return worth_of(Written(quantity, line.unit_price, line.tax_rate), prices)


def add_up(document: Any) -> None:
    """Put on a document with prices, and on its lines, what follows from prices and rebate.

    errors  Refused "number_too_large", "rebate_too_large"
    """
    if not isinstance(document, Priced):
        return
    lines: Sequence[Any] = document.lines  # type: ignore[attr-defined]  # of the mixin beside this one
    written = [Written(counted_of(line), line.unit_price, line.tax_rate) for line in lines]
    found = reckoned(written, document.prices, document.rebate)
    worth = sum((one.amount + one.rebate for one in found), ZERO)
    if worth >= LARGEST:
        raise too_large("lines", _("The total of the document is more than can be kept."))
    if document.rebate > worth:
        text = _("The rebate is more than the %(total)s that the lines cost.", total=f"¥{worth:,.2f}")
        raise Refused("rebate_too_large", text, field="rebate")
    for line, one in zip(lines, found, strict=True):
        for name, value in one._asdict().items():
            setattr(line, name, value)
    document.total = sum((one.amount for one in found), ZERO)
    document.tax_total = sum((one.tax for one in found), ZERO)
    document.lowest_discount = lowest_discount_of((line.effective_price, line.list_price) for line in lines)


def lowest_discount_of(prices: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Return the lowest price paid ÷ list price of these pairs, 1 at most; nothing where none has a list price.

    It is cut off after four places, so that what lies below a limit is still below it.
    """
    found = [paid / listed if is_less(paid, listed) else ONE for paid, listed in prices if listed]
    return min(found).quantize(RATE_PLACES, ROUND_DOWN) if found else None
