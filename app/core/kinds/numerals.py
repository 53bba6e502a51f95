"""Numbers as people, programs and workbooks write them, read without loss: exact decimals, whole numbers, keys."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError

from app.core.errors import Refused
from app.core.text import numeral_in

LARGEST = Decimal(10) ** 12
LARGEST_WHOLE = 2**31 - 1


def exact(value: Any, places: int) -> Decimal:
    """Return the exact number.

    errors  ValidationError in words a person understands
    """
    number = _number(value)
    if not number.is_finite() or number.copy_abs() >= LARGEST:  # abs() itself fails when the exponent is out of range.
        raise ValidationError(_("This is not a number."))
    number = number or Decimal(0)  # 0e99 is nought, and cannot be scaled
    if number != number.quantize(Decimal(1).scaleb(-places)):
        raise ValidationError(_("At most %(places)s decimals are possible here.", places=places))
    return number


def _number(value: Any) -> Decimal:
    """Return what a text says, or a number of JSON or of a workbook; not a number for anything else."""
    if isinstance(value, str):
        return Decimal(numeral_in(value) or "NaN")
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    return Decimal("NaN")


def exact_cell(text: str, places: int) -> Decimal:
    """Return the number in a cell of a workbook, with or without ¥.

    errors  Refused "bad_number"
    """
    try:
        return exact(text, places)
    except ValidationError as error:
        raise Refused("bad_number", f"{text[:40]}: {error.messages[0]}") from error


def rest_filter_whole(value: Any) -> int:
    """Return a whole number or key that a filter of the REST interface compares with.

    errors  ValidationError
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    return whole(value)


def whole(value: Any) -> int:
    """Return the whole number.

    errors  ValidationError for anything that is no whole number a column can hold; PostgreSQL fails at more
    """
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_WHOLE:
        raise ValidationError(_("This must be a whole number."))
    return value


def counting_number(text: str) -> int | None:
    """Return a whole number from 1, written in digits alone; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if 0 < number <= LARGEST_WHOLE else None


def whole_sort_value(text: str) -> int:
    """Return the whole number that a cursor holds."""
    return max(-LARGEST_WHOLE, min(LARGEST_WHOLE, int(text)))
