"""CSV files are read as the rows of a sheet; every cell is the text it is. quality.md R12.

Chinese Excel saves them in GBK, or in UTF-8 with a mark; others in UTF-8 without. Which it is, is not guessed: what is
UTF-8 from the first to the last byte is that, else it is GB18030, which holds GBK, from the first to the last byte.
The file is walked through once before anything is made of it, never more than one row at a time.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from app.core.files.bad_file import BadFile
from app.core.files.bad_file import to_translate as _l
from app.core.sheets.limits import (
    LAST_ROW,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    tell_rows,
    too_many_cells,
    too_many_columns,
    too_many_rows,
)

LONGEST_CELL = 32_767  # Excel itself keeps no more in a cell
LONGEST_ROW = 1_000_000  # characters, of all lines of a row: beyond that a quotation mark is open
SEPARATORS = ",;\t"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def read_csv(content: bytes, out: BinaryIO) -> None:
    """Write the rows of the file to `out`; a task of `child_process.py`.

    A row has the number that a spreadsheet shows, so a cell of three lines counts as one row.

    errors  BadFile: no text, larger than the limits, an open quotation mark, or a row with more cells than there are
            headings
    """
    encoding = _encoding(content)
    separator = _separator(content, encoding)
    width, last_row = 0, 0
    for number, values in _rows(content, encoding, separator):
        filled = _filled(values)
        if not filled:
            continue
        last_row = number
        width = width or filled
        if filled > MOST_COLUMNS:
            raise too_many_columns()
        if filled > width:
            text = _l(
                "Row %(n)s has more cells than there are headings. Text with the separator in it must stand in "
                "quotation marks."
            )
            raise BadFile(text, n=number)
        if number > MOST_ROWS + 1:
            raise too_many_rows()
        if number * width > MOST_CELLS:
            raise too_many_cells()
    tell_rows(out, last_row, _rows(content, encoding, separator))


def _encoding(content: bytes) -> str:
    """Return the encoding of the file.

    errors  BadFile naming the first line that cannot be read
    """
    marked = [encoding for mark, encoding in _MARKS if content.startswith(mark)]
    read = {}
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError as error:
            read[encoding] = error.start
        else:
            return encoding
    meant = max(read, key=lambda encoding: read[encoding])  # the encoding that could be read furthest
    raise _unreadable(content[: read[meant]].decode(meant).count("\n") + 1)


def _unreadable(line: int) -> Exception:
    return BadFile(_l("Line %(n)s is no text in UTF-8 or GBK. Save the file as “CSV UTF-8” and send it again."), n=line)


def _separator(content: bytes, encoding: str) -> str:
    """Return the separator that gives the most headings."""
    found = {}
    for separator in SEPARATORS:
        headings = (values for _number, values in _rows(content, encoding, separator))
        found[separator] = next((len(row) for row in headings if any(cell.strip(SEPARATORS) for cell in row)), 0)
    return max(found, key=lambda separator: found[separator])


def _filled(values: list[str]) -> int:
    """Return how far the filled cells reach."""
    return next((place for place in range(len(values), 0, -1) if values[place - 1] != ""), 0)


def _rows(content: bytes, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    lines = _Lines(content, encoding)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    while True:
        lines.begin()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _open_quote(lines.first) from error
        number += 1
        if number > LAST_ROW:
            raise too_many_rows()
        if any(len(value) > LONGEST_CELL for value in values):
            text = _l("A cell in line %(n)s has more than %(most)s characters.")
            raise BadFile(text, n=lines.first, most=LONGEST_CELL)
        yield number, values


def _open_quote(line: int) -> Exception:
    return BadFile(
        _l("Line %(n)s cannot be read: a quotation mark is not closed, or stands in the wrong place."), n=line
    )


class _Lines:
    """The lines of the file, decoded as they are asked for.

    first  the line, from 1, at which the present row begins
    """

    def __init__(self, content: bytes, encoding: str) -> None:
        self._text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
        if content.startswith(tuple(mark for mark, _encoding in _MARKS)):
            self._text.read(1)
        self._line = self._length = 0
        self.first = 1

    def begin(self) -> None:
        """Begin a new row."""
        self.first, self._length = self._line + 1, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self._line += 1
        self._length += len(line)
        if self._length > LONGEST_ROW:
            raise BadFile(_l("The row in line %(n)s is far too long, or a quotation mark is not closed."), n=self.first)
        if "\0" in line:
            raise _unreadable(self._line)
        return line
