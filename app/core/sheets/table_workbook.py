"""A table is written as an Excel workbook, row by row. A child process does it too, so this needs little."""

from __future__ import annotations

import datetime as dt
import io
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from app.core.kinds.kind import Kind

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in the name of a sheet
LONGEST_TITLE, LONGEST_CELL = 31, 32_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOLD_EVERY = 1000  # rows


@dataclass(frozen=True)
class Heading:
    """The label of a column, its width in characters, and the format of its numbers."""

    label: str
    width: int
    form: str


@dataclass(frozen=True)
class Table:
    """A table has a title, headings and notes; its rows come from elsewhere."""

    title: str
    headings: tuple[Heading, ...]
    notes: tuple[str, ...]


def table_of(title: str, headings: Iterable[tuple[str, Kind]], notes: Iterable[str]) -> Table:
    """Return a table with columns of these labels and kinds."""
    columns = tuple(Heading(label, kind.export_width, kind.cell_format) for label, kind in headings)
    return Table(title, columns, tuple(notes))


def table_workbook(table: Table, rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the bytes of a workbook with a title, a line of notes, headings and rows.

    Rows are written as they come and not held in memory, and no text becomes a formula or a link.
    """
    stream = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(_FORBIDDEN.sub(" ", table.title)[:LONGEST_TITLE])
        known = {
            form: book.add_format({"num_format": form}) for form in sorted({h.form for h in table.headings} - {""})
        }
        forms = [known.get(heading.form) for heading in table.headings]
        bold = book.add_format({"bold": True})
        for place, heading in enumerate(table.headings):
            sheet.set_column(place, place, heading.width)
        sheet.write_string(0, 0, table.title, bold)
        sheet.write_string(1, 0, "  ".join(table.notes))
        for place, heading in enumerate(table.headings):
            sheet.write_string(2, place, heading.label, bold)
        for line, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                _write(sheet, line, place, value, forms[place])
        sheet.freeze_panes(3, 0)
    return stream.getvalue()


def spooled_workbook(path: str, table: Table, total: int, *, at: Callable[[int, int], None]) -> bytes:
    """Return the workbook of a table whose rows stand in a file, as `spool.py` has written them.

    at  is called every thousand rows of the total
    """

    def rows() -> Iterator[Sequence[Any]]:
        with open(path, "rb") as spool:
            for done in range(total):
                if done % TOLD_EVERY == 0:
                    at(done, total)
                yield pickle.load(spool)  # noqa: S301  # our own process wrote it just now

    return table_workbook(table, rows())


def _write(sheet: Any, line: int, place: int, value: Any, form: Any) -> None:
    if isinstance(value, Decimal | int):
        sheet.write_number(line, place, float(value), form)
    elif isinstance(value, dt.date | dt.datetime):
        sheet.write_datetime(line, place, value, form)
    elif value not in (None, ""):
        sheet.write_string(line, place, str(value)[:LONGEST_CELL], form)
