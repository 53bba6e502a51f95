"""A report as an Excel workbook, written row by row. Manual 16."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.core.actor import Actor
from app.core.fields import code_label
from app.core.numbering import SHANGHAI
from app.core.reports import Column, Report

_FORMATS = {
    "money": "#,##0.00",
    "price": "#,##0.00##",
    "quantity": "#,##0.###",
    "count": "0",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}
_WIDTHS = {"money": 16, "price": 14, "quantity": 12, "count": 10, "date": 12, "time": 18}


def shown_cell(column: Column, value: Any) -> Any:
    """A value as it stands in a cell: codes by their label, times in Shanghai, figures as they are."""
    if value is None:
        return str(column.blank)
    if column.codes is not None:
        return code_label(column.codes(value))
    if isinstance(value, dt.datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None)
    return value


def report_workbook(
    report: Report, rows: Iterable[Any], foot: Mapping[str, Any], told: Iterable[str], actor: Actor
) -> bytes:
    """The workbook: title, filters told in words, headings, rows, foot. Constant memory, no cell is a formula."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(str(report.title)[:31])
        columns = report.columns_for(actor)
        formats = {unit: book.add_format({"num_format": form}) for unit, form in _FORMATS.items()}
        bold = book.add_format({"bold": True})
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(column.unit, 20))
        sheet.write_string(0, 0, str(report.title), bold)
        sheet.write_string(1, 0, "  ".join(told))
        for place, column in enumerate(columns):
            sheet.write_string(2, place, str(column.label), bold)
        line = 3
        for row in rows:
            for place, column in enumerate(columns):
                _write(sheet, line, place, shown_cell(column, row[column.name]), formats.get(column.unit))
            line += 1
        for place, column in enumerate(columns):
            if column.name in foot:
                _write(sheet, line, place, foot[column.name], formats.get(column.unit))
        sheet.freeze_panes(3, 0)
    return stream.getvalue()


def _write(sheet: Any, line: int, place: int, value: Any, form: Any) -> None:
    if isinstance(value, Decimal | int):
        sheet.write_number(line, place, float(value), form)
    elif isinstance(value, dt.date | dt.datetime):
        sheet.write_datetime(line, place, value, form)
    elif value not in (None, ""):
        sheet.write_string(line, place, str(value)[:32_000], form)
