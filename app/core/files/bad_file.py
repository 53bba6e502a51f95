"""A file that cannot be taken is told by a text that the process which asked can translate.

This module imports nothing, because the process that opens files starts anew for each of them.
"""

from __future__ import annotations


class BadFile(Exception):
    """This error says why a file cannot be taken.

    text    the English text, which is looked up in the catalogue by who shows it
    values  what stands in its places
    """

    def __init__(self, text: str, **values: int | str) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


def to_translate(text: str) -> str:
    """Mark a text for the catalogue. Call it as `_l`, which `make translations` looks for."""
    return text
