"""Texts are made comparable: width and case are folded and pinyin is added; unstorable ones are recognised."""

from __future__ import annotations

import unicodedata

from pypinyin import lazy_pinyin
from pypinyin.core import Pinyin

from app.core.cache.per_process import cached_per_process

_WORDS = Pinyin()  # It cuts a Chinese text into words, because many characters are read in more than one way.


def normalised(text: str) -> str:
    """Return the text without differences of width, case and spaces: `  ＡＢ c（有限）` → `abc(有限)`."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    folded = "".join(text.casefold().split())
    return folded if folded.isprintable() else "".join(filter(str.isprintable, folded))


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
