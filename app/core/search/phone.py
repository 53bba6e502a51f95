"""Telephone numbers have one form, the national one, however people write them. Manual 3.2.

`0755-27123456`, `(0755) 2712 3456`, `+86 755 27123456` and full-width digits are all 075527123456; a mobile number is
its eleven digits. A number without its area code stays as it is, a foreign one keeps its country.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from app.core.text import narrow

SHORTEST, LONGEST = 3, 20
LOCAL = 7  # digits of a fixed line without its area code, at least
MOBILE = re.compile(r"1[3-9][0-9]{9}$")
_FIXED = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_LINE = re.compile(r"[2-8][0-9]{6,7}")
# PostgreSQL reads these two patterns too.
HOME = "^86(?=0?(?:1[3-9][0-9]{9}|[1-9][0-9]{8,10})$)"
EXTENSION = "\\s*(?:转|分机|ext\\.?|#|x)\\s*[0-9]{1,6}$"
_DASHES = re.compile("[\u2010-\u2015\u2212]")
# A number as it stands in a text; behind letters and digits it is part of something else, such as a document's number.
_WRITTEN = re.compile(r"(?<![A-Za-z0-9._-])[+(]?[0-9][0-9()+ .-]{4,}[0-9](?![A-Za-z])")
_EXTENSION = re.compile(EXTENSION, re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^(\(?0[0-9]{2,3}\)?[- ]*[0-9]{7,8})-[0-9]{1,6}$")


def digits_of(text: str | None) -> str:
    """Return the digits of a text, full-width ones too."""
    return re.sub("[^0-9]", "", narrow(text or ""))


def national(text: str) -> str | None:
    """Return a text that is a whole telephone number as the digits that are dialled within the country; else None."""
    plain = _EXTENSION.sub("", _DASHES.sub("-", narrow(text)).strip())
    plain = _DASHED_EXTENSION.sub(r"\1", plain)
    digits = re.sub("[^0-9]", "", plain)
    if not LOCAL <= len(digits) <= LONGEST or set(plain) - set("+-(). 0123456789"):
        return None
    return _as_dialled(digits.removeprefix("00"))


def _as_dialled(digits: str) -> str:
    """Return the digits without our country, with the 0 before the area code and none before a mobile number."""
    home = re.sub(HOME, "", digits)
    if MOBILE.fullmatch(home.removeprefix("0")):
        return home.removeprefix("0")
    if home != digits and _FIXED.fullmatch(f"0{home}") and not _SERVICE.fullmatch(home):
        return f"0{home}"
    return home


def dialled(text: str) -> str:
    """Return the digits of a number without our country and the 0 before the area, as parts of numbers are compared."""
    return (national(text) or digits_of(text)).removeprefix("0")


def is_phone_number(text: str) -> bool:
    """Return whether a text reads as a whole telephone number, however its digits are set apart."""
    return national(text) is not None


def numbers_in(text: str | None) -> list[str]:
    """Return the telephone numbers that stand in a text, in their national form; several may share a field."""
    plain = _DASHES.sub("-", narrow(text or ""))
    if len(plain) < LOCAL:
        return []
    found: dict[str, None] = {}
    for written in _WRITTEN.findall(plain):
        whole = national(written)
        parts = [part for part in map(national, written.split()) if part is not None]
        is_one = (whole is not None and _is_known(whole)) or not parts
        found |= dict.fromkeys(([whole] if whole is not None else []) if is_one else parts)
    return list(found)


def _is_known(number: str) -> bool:
    return any(shape.fullmatch(number) for shape in (MOBILE, _FIXED, _SERVICE, _LINE))


def core_of(number: str) -> str:
    """Return the part of a number, in whatever form, that is looked for: a fixed line without its codes."""
    digits = national(number) or digits_of(number)
    if MOBILE.fullmatch(digits) or len(digits) <= LOCAL:
        return digits
    return digits[-LOCAL:]


def is_same_number(one: str, other: str) -> bool:
    """Return whether two national forms are one number; where only one names an area, the rest decides."""
    if one == other:
        return True
    fixed, line = (one, other) if len(one) > len(other) else (other, one)
    return (
        bool(_FIXED.fullmatch(fixed) and _LINE.fullmatch(line)) and fixed.endswith(line) and len(fixed) - len(line) <= 4
    )


def share_a_number(ones: Iterable[str | None], others: Iterable[str | None]) -> bool:
    """Return whether one of these fields holds a telephone number that one of those holds too."""
    theirs = list(chain.from_iterable(map(numbers_in, others)))
    return any(is_same_number(one, other) for one in chain.from_iterable(map(numbers_in, ones)) for other in theirs)
