"""A report becomes an Excel workbook, written row by row. Manual 16."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.core.actor import Actor
from app.core.report import Report, ReportColumn
from app.core.sheets.table_workbook import Table, table_of, table_workbook


def shown_cell(column: ReportColumn, value: Any) -> Any:
    """Return a value as it stands in a cell: codes by their label, times in Shanghai, figures as they are."""
    if value is None:
        return str(column.blank)
    return column.kind.cell(column.value(value))


def report_table(report: Report, told: Iterable[str], actor: Actor) -> Table:
    """Return the heads of a report's workbook."""
    return table_of(str(report.title), [(str(c.label), c.kind) for c in report.columns_for(actor)], told)


def report_cells(report: Report, rows: Iterable[Any], foot: Mapping[str, Any], actor: Actor) -> Iterator[list[Any]]:
    """Yield the rows of a report as cells, and below them its foot."""
    columns = report.columns_for(actor)
    for row in rows:
        yield [shown_cell(column, row[column.name]) for column in columns]
    yield [foot.get(column.name) for column in columns]


def report_workbook(
    report: Report, rows: Iterable[Any], foot: Mapping[str, Any], told: Iterable[str], actor: Actor
) -> bytes:
    """Return the workbook of a report: its rows, and below them its foot."""
    return table_workbook(report_table(report, told, actor), report_cells(report, rows, foot, actor))
