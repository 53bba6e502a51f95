"""Texts are made comparable here: names, numbers and searched words, whichever way a keyboard or a file writes them.

These are the only normal forms of texts; `core/search/phone.py` has that of telephone numbers.
"""

from __future__ import annotations

import re
import unicodedata

from pypinyin import lazy_pinyin
from pypinyin.core import Pinyin

from app.core.cache.per_process import cached_per_process

_WORDS = Pinyin()  # It cuts a Chinese text into words, because many characters are read in more than one way.
# Unicode's Default_Ignorable_Code_Point: characters that are drawn as nothing.
HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{HIDDEN}]")
# Full-width signs and spaces become those of ASCII; superscripts, fractions and digits of other scripts stay.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xFFE5: "¥"}
# In a number, the full stop of a Chinese keyboard is the point, and these are the minus sign.
_OF_NUMERALS = {ord(sign): "." for sign in "。｡"} | {ord(sign): "-" for sign in "\u2212\ufe63\u2013"}
_SPACE = "[ \\t\\r\\n\u00a0\u2000-\u200a\u202f\u205f]"
_NUMERAL = re.compile(
    rf"{_SPACE}*([-+]?){_SPACE}*¥?{_SPACE}*([-+]?){_SPACE}*"
    rf"([0-9]{{1,3}}(?:(?:,|{_SPACE})[0-9]{{3}})+|[0-9]*)(\.[0-9]*)?{_SPACE}*"
)
LONGEST_NUMERAL = 40
# Signs that people write for the same thing, after case and width are folded.
_TIMES, _DASHES, _SLASHES = (
    "*\u00d7\u2715\u2716\u2a2f\u2573\u2217\u0445",
    "\u2010\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b",
    "\u2044\u2215",
)
ALIKE = str.maketrans({**dict.fromkeys(_TIMES, "x"), **dict.fromkeys(_DASHES, "-"), **dict.fromkeys(_SLASHES, "/")})
# The end of a whole number before a fraction; PostgreSQL reads this pattern too.
BEFORE_FRACTION = "([0-9])(?:\\s+(?=[0-9]+[/\u2044\u2215][0-9])|\\s*(?=[\u00bc-\u00be\u2150-\u215e\u2189]))"
_BEFORE_FRACTION = re.compile(BEFORE_FRACTION)


def without_hidden(text: str) -> str:
    """Return the text without characters that nobody sees."""
    return text if text.isascii() else _HIDDEN.sub("", text)


def narrow(text: str) -> str:
    """Return the text with full-width signs as those of ASCII, and without hidden ones."""
    return text if text.isascii() else without_hidden(text).translate(_NARROW)


def numeral_in(text: str) -> str | None:
    """Return a written number as digits, sign and point: `￥１，２３４。５` → `1234.5`; None for what is no number.

    Commas and spaces may stand between groups of three digits. `static/js/document/exact.js` reads alike.
    """
    plain = narrow(text).translate(_OF_NUMERALS)
    found = _NUMERAL.fullmatch(plain) if len(plain) <= LONGEST_NUMERAL else None
    if found is None or (found[1] and found[2]):
        return None
    digits, fraction = re.sub(r"[^0-9]", "", found[3]), (found[4] or "").rstrip(".")
    if not digits and not fraction:
        return None
    return ("-" if "-" in (found[1], found[2]) else "") + (digits or "0") + fraction


def folded(text: str) -> str:
    """Return the text without differences of width, case, spaces and hidden characters: an identity is compared so."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", without_hidden(text))
    plain = "".join(text.casefold().split())
    return plain if plain.isprintable() else "".join(filter(str.isprintable, plain))


def normalised(text: str) -> str:
    """Return the text as it is searched and names are compared: folded, and of alike signs always the same one.

    `  ＡＢ c（有限）` → `abc(有限)`, `M8 × 30` → `m8x30`, `1½` and `1 1/2` → `1-1/2`.
    """
    return folded(_BEFORE_FRACTION.sub(r"\1-", narrow(text))).translate(ALIKE)


def pinyin_forms(text: str) -> tuple[str, str]:
    """Return initials and full pinyin of a Chinese text, else empty: 北京银行 → ("bjyh", "beijingyinhang")."""
    return ("", "") if text.isascii() else _pinyin_forms(text)


@cached_per_process(most=20_000)
def _pinyin_forms(text: str) -> tuple[str, str]:
    if all(ord(character) < 0x3400 for character in text):
        return "", ""
    syllables = [syllable for word in _WORDS.seg(text) for syllable in _syllables(word)]
    return normalised("".join(syllable[:1] for syllable in syllables)), normalised("".join(syllables))


@cached_per_process(most=20_000)
def _syllables(word: str) -> list[str]:
    """Return the syllables of a word; they are cached by word, because words come again and again."""
    # Each character that is not Chinese stays one item.
    return lazy_pinyin([word], errors=list)  # type: ignore[arg-type]


def storable(text: str) -> bool:
    """Return whether a database can hold the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
