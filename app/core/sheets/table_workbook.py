"""A table written as an Excel workbook, row by row."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

_FORMATS = {
    "money": "#,##0.00",
    "price": "#,##0.00##",
    "quantity": "#,##0.###",
    "count": "0",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}
_WIDTHS = {"money": 16, "price": 14, "quantity": 12, "count": 10, "date": 12, "time": 18}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in the name of a sheet
LONGEST_TITLE, LONGEST_CELL = 31, 32_000


def table_workbook(
    title: str, headings: Sequence[tuple[str, str | None]], rows: Iterable[Sequence[Any]], notes: Iterable[str]
) -> bytes:
    """The bytes of a workbook with a title, a line of notes, headings and rows.

    Rows are written as they come and not held in memory, and no text becomes a formula or a link.

    headings  (label, unit) of each column; the unit decides format and width: "money", "price", "quantity", "count",
              "date", "time", or another for text
    """
    stream = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(_FORBIDDEN.sub(" ", title)[:LONGEST_TITLE])
        formats = {unit: book.add_format({"num_format": form}) for unit, form in _FORMATS.items()}
        bold = book.add_format({"bold": True})
        for place, (_label, unit) in enumerate(headings):
            sheet.set_column(place, place, _WIDTHS.get(unit or "", 20))
        sheet.write_string(0, 0, title, bold)
        sheet.write_string(1, 0, "  ".join(notes))
        for place, (label, _unit) in enumerate(headings):
            sheet.write_string(2, place, label, bold)
        for line, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                _write(sheet, line, place, value, formats.get(headings[place][1] or ""))
        sheet.freeze_panes(3, 0)
    return stream.getvalue()


def _write(sheet: Any, line: int, place: int, value: Any, form: Any) -> None:
    if isinstance(value, Decimal | int):
        sheet.write_number(line, place, float(value), form)
    elif isinstance(value, dt.date | dt.datetime):
        sheet.write_datetime(line, place, value, form)
    elif value not in (None, ""):
        sheet.write_string(line, place, str(value)[:LONGEST_CELL], form)
