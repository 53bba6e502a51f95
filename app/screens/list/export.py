"""A list is exported as a workbook: the rows and columns on the screen, all pages of them. design.md §8; R13.

Few rows are a download at once; many become a prepared file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.actor import Actor
from app.core.db.base import db, model_name
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import NotAllowed, no_such_row
from app.core.jobs.children import Told
from app.core.jobs.prepared import Asked, MadeFile, file_kind
from app.core.record.audit import record_reading
from app.core.sheets.spool import workbook_later
from app.core.sheets.table_workbook import XLSX, Table, table_of, table_workbook
from app.query.listing import ListColumn, Listing, Sort
from app.query.naming import display_text
from app.screens.frame.registry import model_named, view_of
from app.screens.list.address import Address, Args, filter_chips
from app.screens.web.current_actor import in_write
from app.workflows.system.preference import preference_of

MOST_EXPORTED = 20_000  # rows of one workbook
AT_ONCE = 1_000  # rows that are a download in the same click, which takes a tenth of a second


class ListExport:
    """An export holds the rows of a list as the address narrows and sorts them, or the chosen ones of them.

    page    the view of the list
    chosen  keys of rows that were ticked
    """

    def __init__(self, page: Any, args: Args, chosen: Sequence[int], actor: Actor) -> None:
        self.page, self.actor, self.model = page, actor, page.model
        self.session = db.session()
        liked = preference_of(self.session, model_name(self.model), actor)
        self.listing: Listing
        self.listing, _offered, asked = page.asked_for(actor, liked, args)
        if chosen:
            self.listing.conditions.append(self.model.id.in_(chosen))
        self.sort: Sort = asked.sort
        address = Address(f"{page.route_base}/list/", args)
        self.asked: Asked = {"model": model_name(self.model), "args": [*map(list, address.pairs)], "ids": list(chosen)}
        self.told = [f"{chip.label} {chip.text}" for chip in filter_chips(self.session, asked, address, actor)]
        self.title = str(page.title)

    def count(self) -> int:
        return self.listing.count(self.session, self.actor, exactly=True)

    def rows(self) -> Iterator[Sequence[Any]]:
        return self.listing.every_row(self.session, self.actor, self.sort)


def list_table(title: str, listing: Listing, told: Iterable[str]) -> Table:
    """Return the heads of a list's workbook."""
    return table_of(title, [(column.label, column.field.kind) for column in listing.columns], told)


def list_cells(listing: Listing, rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield the rows as cells: figures as numbers, days as dates, relations by the names of their rows."""
    for row in rows:
        yield [_value(column, row) for column in listing.columns]


def list_workbook(title: str, listing: Listing, rows: Iterable[Sequence[Any]], told: Iterable[str]) -> bytes:
    """Return the list as a workbook."""
    return table_workbook(list_table(title, listing, told), list_cells(listing, rows))


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
    in_write(lambda: _noted(db.session(), subject, actor, rows, told))


def note_prepared(session: Session, subject: str, actor: Actor, rows: int, told: Iterable[str]) -> None:
    """Write the same into the log from within a job."""
    in_unit_of_work(session, lambda: _noted(session, subject, actor, rows, told))


def _noted(session: Session, subject: str, actor: Actor, rows: int, told: Iterable[str]) -> None:
    record_reading(session, subject, "export", actor, " · ".join([str(rows), *told]))


def _listed(asked: Mapping[str, Any]) -> Any:
    """Return the view of the list that is asked for.

    errors  NotFound
    """
    model = model_named(asked["model"])
    view = view_of(model) if model is not None else None
    pages = {type(page): page for page in current_app.extensions["appbuilder"].baseviews}
    if view not in pages:
        raise no_such_row()
    return pages[view]


def export_title(_session: Session, asked: Asked, actor: Actor) -> str:
    """Return what the workbook is called.

    errors  NotFound; NotAllowed for whoever may not export the list
    """
    page = _listed(asked)
    if not (actor.may("read", page.model) and actor.may("export", page.model)):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))
    return f"{page.title}.xlsx"


@file_kind("list", export_title)
def list_file(session: Session, asked: Asked, actor: Actor, told: Told) -> MadeFile:
    """Make the workbook of a list; the log keeps who took how many rows."""
    wanted = ListExport(_listed(asked), MultiDict(map(tuple, asked["args"])), asked["ids"], actor)
    count = wanted.count()
    table = list_table(wanted.title, wanted.listing, wanted.told)
    content = workbook_later(session, table, list_cells(wanted.listing, wanted.rows()), told)
    note_prepared(session, asked["model"], actor, count, wanted.told)
    return MadeFile(f"{wanted.title}.xlsx", XLSX, content)


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
