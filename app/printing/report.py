"""A report as an Excel workbook, written row by row. Manual 16."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.core.actor import Actor
from app.core.kinds.kind import Kind
from app.core.report import Report, ReportColumn

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in the name of a sheet


def shown_cell(column: ReportColumn, value: Any) -> Any:
    """A value as it stands in a cell: codes by their label, times in Shanghai, figures as they are."""
    if value is None:
        return str(column.blank)
    return column.kind.cell(column.value(value))


def report_workbook(
    report: Report, rows: Iterable[Any], foot: Mapping[str, Any], told: Iterable[str], actor: Actor
) -> bytes:
    """The workbook of a report: its rows, and below them its foot."""
    columns = report.columns_for(actor)

    def lines() -> Iterator[list[Any]]:
        for row in rows:
            yield [shown_cell(column, row[column.name]) for column in columns]
        yield [foot.get(column.name) for column in columns]

    return workbook(str(report.title), [(str(column.label), column.kind) for column in columns], lines(), told)


def workbook(
    title: str, heads: Sequence[tuple[str, Kind]], rows: Iterable[Sequence[Any]], told: Iterable[str]
) -> bytes:
    """Title, filters told in words, headings (label, kind), rows. Constant memory, no cell is a formula."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(_FORBIDDEN.sub(" ", title)[:31])
        forms = {kind.cell_format for _label, kind in heads if kind.cell_format}
        formats = {form: book.add_format({"num_format": form}) for form in sorted(forms)}
        bold = book.add_format({"bold": True})
        for place, (_label, kind) in enumerate(heads):
            sheet.set_column(place, place, kind.export_width)
        sheet.write_string(0, 0, title, bold)
        sheet.write_string(1, 0, "  ".join(told))
        for place, (label, _kind) in enumerate(heads):
            sheet.write_string(2, place, label, bold)
        for line, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                _write(sheet, line, place, value, formats.get(heads[place][1].cell_format))
        sheet.freeze_panes(3, 0)
    return stream.getvalue()


def _write(sheet: Any, line: int, place: int, value: Any, form: Any) -> None:
    if isinstance(value, Decimal | int):
        sheet.write_number(line, place, float(value), form)
    elif isinstance(value, dt.date | dt.datetime):
        sheet.write_datetime(line, place, value, form)
    elif value not in (None, ""):
        sheet.write_string(line, place, str(value)[:32_000], form)
