"""A list is exported as a workbook: the rows and columns on the screen, all pages of them. design.md §8; R13."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response

from app.core.actor import Actor
from app.core.db.base import db
from app.core.record.audit import record_reading
from app.core.sheets.table_workbook import table_workbook
from app.query.listing import ListColumn, Listing
from app.query.naming import display_text
from app.screens.web.current_actor import in_write

MOST_EXPORTED = 20_000  # rows written within the request, which takes a few seconds
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_workbook(title: str, listing: Listing, rows: Iterable[Sequence[Any]], told: Iterable[str]) -> bytes:
    """Return the list as a workbook: figures as numbers, days as dates, relations by the names of their rows."""
    heads = [(column.label, column.field.kind) for column in listing.columns]

    def lines() -> Iterator[list[Any]]:
        for row in rows:
            yield [_value(column, row) for column in listing.columns]

    return table_workbook(title, heads, lines(), told)


def _value(column: ListColumn, row: Sequence[Any]) -> Any:
    field, value = column.field, row[column.start]
    if field.kind.is_reference and field.target is not None:
        return display_text(field.target, row[column.start + 1 : column.stop])
    return "" if value is None else field.kind.cell(value)


def note_export(subject: str, actor: Actor, rows: int, told: Iterable[str]) -> None:
    """Write into the log who exported how many rows of what.

    subject  name of the model or the report they are of
    told     the filters in words
    """
    note = " · ".join([str(rows), *told])
    in_write(lambda: record_reading(db.session(), subject, "export", actor, note))


def as_download(content: bytes, title: str, plain: str = "list") -> Response:
    """Return a workbook as a download under its Chinese name; no proxy caches it.

    plain  its name for who reads no Chinese
    """
    answer = Response(content, mimetype=XLSX)
    name = f"filename={plain}.xlsx; filename*=UTF-8''{quote(title)}.xlsx"
    answer.headers["Content-Disposition"] = f"attachment; {name}"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
