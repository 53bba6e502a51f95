"""A table is written as an Excel workbook, row by row."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from app.core.kinds.kind import Kind

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in the name of a sheet
LONGEST_TITLE, LONGEST_CELL = 31, 32_000


def table_workbook(
    title: str, headings: Sequence[tuple[str, Kind]], rows: Iterable[Sequence[Any]], notes: Iterable[str]
) -> bytes:
    """Return the bytes of a workbook with a title, a line of notes, headings and rows.

    Rows are written as they come and not held in memory, and no text becomes a formula or a link.

    headings  label and kind of each column
    """
    stream = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(_FORBIDDEN.sub(" ", title)[:LONGEST_TITLE])
        forms = {kind.cell_format for _label, kind in headings if kind.cell_format}
        formats = {form: book.add_format({"num_format": form}) for form in sorted(forms)}
        bold = book.add_format({"bold": True})
        for place, (_label, kind) in enumerate(headings):
            sheet.set_column(place, place, kind.export_width)
        sheet.write_string(0, 0, title, bold)
        sheet.write_string(1, 0, "  ".join(notes))
        for place, (label, _kind) in enumerate(headings):
            sheet.write_string(2, place, label, bold)
        for line, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                _write(sheet, line, place, value, formats.get(headings[place][1].cell_format))
        sheet.freeze_panes(3, 0)
    return stream.getvalue()


def _write(sheet: Any, line: int, place: int, value: Any, form: Any) -> None:
    if isinstance(value, Decimal | int):
        sheet.write_number(line, place, float(value), form)
    elif isinstance(value, dt.date | dt.datetime):
        sheet.write_datetime(line, place, value, form)
    elif value not in (None, ""):
        sheet.write_string(line, place, str(value)[:LONGEST_CELL], form)
