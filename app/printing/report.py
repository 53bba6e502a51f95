"""A report as an Excel workbook, written row by row. Manual 16."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.record.fields import code_label
from app.core.report import Report, ReportColumn

_FORMATS = {
    "money": "#,##0.00",
    "price": "#,##0.00##",
    "quantity": "#,##0.###",
    "count": "0",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in the name of a sheet
_WIDTHS = {"money": 16, "price": 14, "quantity": 12, "count": 10, "date": 12, "time": 18}


def shown_cell(column: ReportColumn, value: Any) -> Any:
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
    """The workbook of a report: its rows, and below them its foot."""
    columns = report.columns_for(actor)

    def lines() -> Iterator[list[Any]]:
        for row in rows:
            yield [shown_cell(column, row[column.name]) for column in columns]
        yield [foot.get(column.name) for column in columns]

    return workbook(str(report.title), [(str(column.label), column.unit) for column in columns], lines(), told)


def workbook(
    title: str, heads: Sequence[tuple[str, str | None]], rows: Iterable[Sequence[Any]], told: Iterable[str]
) -> bytes:
    """Title, filters told in words, headings (label, unit), rows. Constant memory, no cell is a formula."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(_FORBIDDEN.sub(" ", title)[:31])
        formats = {unit: book.add_format({"num_format": form}) for unit, form in _FORMATS.items()}
        bold = book.add_format({"bold": True})
        for place, (_label, unit) in enumerate(heads):
            sheet.set_column(place, place, _WIDTHS.get(unit or "", 20))
        sheet.write_string(0, 0, title, bold)
        sheet.write_string(1, 0, "  ".join(told))
        for place, (label, _unit) in enumerate(heads):
            sheet.write_string(2, place, label, bold)
        for line, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                _write(sheet, line, place, value, formats.get(heads[place][1] or ""))
        sheet.freeze_panes(3, 0)
    return stream.getvalue()


def _write(sheet: Any, line: int, place: int, value: Any, form: Any) -> None:
    if isinstance(value, Decimal | int):
        sheet.write_number(line, place, float(value), form)
    elif isinstance(value, dt.date | dt.datetime):
        sheet.write_datetime(line, place, value, form)
    elif value not in (None, ""):
        sheet.write_string(line, place, str(value)[:32_000], form)
