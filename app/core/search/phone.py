"""Telephone numbers are recognised as people write them: with or without dashes and country. Manual 3.2."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from app.core.search.index import matches
from app.core.text import normalised

SHORTEST, LONGEST = 3, 20
LOCAL = 7  # digits of a fixed line without its area code
MOBILE = re.compile(r"1[3-9]\d{9}$")
_WRITTEN_WITH = set("+-()0123456789")


def digits_of(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")


def is_phone_number(text: str) -> bool:
    """Return whether a text reads as a whole telephone number, however its digits are set apart."""
    return LOCAL <= len(digits_of(text)) <= LONGEST and not set(normalised(text)) - _WRITTEN_WITH


def core_of(digits: str) -> str:
    """Return the part of a telephone number that is looked for.

    A mobile number is whole, a fixed line without its codes.
    """
    mobile = MOBILE.search(digits)
    if mobile:
        return mobile[0]
    return digits[-LOCAL:] if len(digits) >= LOCAL else digits


def has_number(model: type[Any], core: str) -> sa.ColumnElement[bool]:
    """Return the condition that the record's searched text holds the number, in one piece or with the usual dashes."""
    written = {core}
    if MOBILE.fullmatch(core):
        written.add(f"{core[:3]}-{core[3:7]}-{core[7:]}")
    elif len(core) == LOCAL:
        written.add(f"{core[:3]}-{core[3:]}")
    return sa.or_(*(matches(model, text) for text in sorted(written)))
