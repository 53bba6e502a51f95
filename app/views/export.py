"""A list taken along as a workbook: the rows and columns on the screen, all pages of them. design.md §8; R13."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.audit import record_reading
from app.core.fields import Kind, code_label, yes_no
from app.core.numbering import SHANGHAI
from app.printing.report import workbook
from app.reports.listing import Column, Listing, display_text

MOST_EXPORTED = 20_000  # rows written while somebody waits: a few seconds
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNITS = {Kind.date: "date", Kind.time: "time", Kind.integer: "count"}


def list_workbook(title: str, listing: Listing, rows: Iterable[Sequence[Any]], told: Iterable[str]) -> bytes:
    """Figures as numbers, days as dates, relations by what their rows are called."""
    heads = [(column.label, _UNITS.get(column.field.kind, column.field.unit)) for column in listing.columns]

    def lines() -> Iterator[list[Any]]:
        for row in rows:
            yield [_value(column, row) for column in listing.columns]

    return workbook(title, heads, lines(), told)


def _value(column: Column, row: Sequence[Any]) -> Any:
    field, value = column.field, row[column.start]
    if field.kind in (Kind.relation, Kind.dictionary) and field.target is not None:
        return display_text(field.target, row[column.start + 1 : column.stop])
    if value is None:
        return ""
    if field.kind is Kind.choice:
        return code_label(value)
    if field.kind is Kind.flag:
        return yes_no(value)
    return value.astimezone(SHANGHAI).replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def note_export(session: Session, model: type[Any], actor: Actor, rows: int, told: str) -> None:
    """Who took how many rows of what, for the log."""
    record_reading(session, model, "export", actor, f"{rows} · {told}" if told else str(rows))


def as_download(content: bytes, name: str) -> Response:
    """A file nobody keeps on the way, under its Chinese name."""
    answer = Response(content, mimetype=XLSX)
    answer.headers["Content-Disposition"] = f"attachment; filename=list.xlsx; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
