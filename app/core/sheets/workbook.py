"""A sheet has headings and rows, whatever file it came in; what is read of a file is told here as rows of JSON.

The files themselves are opened by `xlsx.py` and `csv_file.py` in a process of their own.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _l

from app.core.errors import Refused
from app.core.files.child_process import bad_file
from app.core.sheets.limits import MOST_ROWS
from app.core.text import normalised, without_hidden

__all__ = ["MOST_ROWS", "Sheet", "SheetRow", "cell_text", "column_letters", "same_heading", "sheet_told"]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True)
class SheetRow:
    """One row as it stands in the sheet; `number` is the one the spreadsheet shows at its left edge."""

    number: int
    values: Sequence[Any]


@dataclass
class Sheet:
    """A sheet is what an import reads, whatever file it came in. `headings` are its first row that is not empty.

    size  rows below the headings, empty ones included
    """

    headings: list[str]
    heading_row: int
    size: int
    _read: Callable[[int], Iterator[SheetRow]] = field(repr=False)  # all rows, at least so many columns wide

    def rows(self, after: int = 0) -> Iterator[SheetRow]:
        """Yield the rows below the headings and beyond row `after`; empty ones are left out."""
        for row in self._read(len(self.headings)):
            if row.number > max(after, self.heading_row) and any(value != "" for value in row.values):
                yield row


def sheet_told(answer: BinaryIO) -> Sheet:
    """Return the sheet that was read in another process; its rows are read from there while anybody holds the sheet.

    errors  Refused "bad_file" without headings, or with one heading twice
    """
    last_row = int(json.loads(answer.readline()))
    read = partial(_rows, answer, answer.tell())
    try:
        row = next((row for row in read(0) if any(value != "" for value in row.values)), None)
        if row is None:
            raise bad_file(_l("The sheet is empty: its first row must hold the headings."))
        headings = [cell_text(value) for value in row.values]
        _require_distinct(headings)
    except Refused:
        answer.close()
        raise
    sheet = Sheet(headings, row.number, max(last_row - row.number, 0), read)
    weakref.finalize(sheet, answer.close)
    return sheet


def _rows(answer: BinaryIO, at: int, width: int) -> Iterator[SheetRow]:
    """Yield the rows that stand in the answer from this place on, at least so many columns wide."""
    while True:
        answer.seek(at)  # Another walk through the rows may be under way.
        line = answer.readline()
        if not line:
            return
        at = answer.tell()
        number, values = json.loads(line.decode("utf-8", "surrogatepass"), object_hook=_moment)
        yield SheetRow(number, values + [""] * (width - len(values)))


def _moment(value: dict[str, str]) -> dt.date | dt.datetime:
    """Return a day or a moment, which JSON has no form of its own for."""
    return dt.datetime.fromisoformat(value["at"]) if "at" in value else dt.date.fromisoformat(value["on"])


def cell_text(value: Any) -> str:
    """Return a cell as a person reads it: 15028820188.0 → "15028820188", spaces around it taken off."""
    if isinstance(value, str):
        return without_hidden(_CONTROL.sub(" ", value)).strip() if value else ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Fifteen digits are what Excel itself shows; what follows is the tail of a binary fraction.
        return f"{Decimal(format(value, '.15g')):f}"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return "" if value is None else str(value)


def column_letters(index: int) -> str:
    """Return the letters of a column: 0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def same_heading(one: str, other: str) -> bool:
    """Return whether two headings are the same to a person: width, case and spaces do not count."""
    return normalised(one) == normalised(other)


def _require_distinct(headings: list[str]) -> None:
    seen: set[str] = set()
    for heading in headings:
        if heading and normalised(heading) in seen:
            raise bad_file(_l("The heading “%(heading)s” stands there twice.", heading=heading[:60]))
        seen.add(normalised(heading))
