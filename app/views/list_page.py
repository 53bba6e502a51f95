"""The list page of a RecordView: narrowed, sorted and paged by its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose

from app.core.actor import Actor
from app.core.base import db
from app.core.fields import Kind
from app.reports.choices import dictionary_choices
from app.reports.listing import Listing, Sort
from app.views.listing import PAGE_ROWS, Address, Asked, Filter, Offered, chips, drawn, heads, narrow, place, read_asked
from app.views.pages import ModelPages
from app.views.record_page import permitted


class ListPages(ModelPages):
    """What the list shows and can be asked for.

    list_columns    paths; "order.customer" leads through a relation, "balance.receivable" to a table of `beside`
    linked_columns  columns that lead to the record; the first one when left out
    search_columns  what the quick search looks at on models without searched text
    filter_columns, order_columns, base_order   what the list can be narrowed and sorted by
    presets         name → (label, condition(actor)): ready-made views of the list
    """

    list_template = "record/list.html"
    list_columns: tuple[str, ...] = ()
    linked_columns: tuple[str, ...] = ()
    search_columns: tuple[str, ...] = ()
    filter_columns: tuple[str, ...] = ()
    order_columns: tuple[str, ...] = ()
    base_order: tuple[str, str] = ("id", "desc")
    beside: Mapping[str, tuple[type[Any], str]] = {}
    presets: Mapping[str, tuple[Any, Any]] = {}
    search_hint: Any = ""

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """The list, narrowed by the address."""
        actor = self.reader()
        session = db.session()
        listing = Listing(self.model, self.beside)
        offered = self._offered(listing, actor)
        asked = read_asked(request.args, listing, offered)
        narrow(listing, asked, self.search_columns)
        if asked.preset:
            listing.conditions.append(self.presets[asked.preset][1](actor))
        for path in permitted(self.model, self.list_columns, actor):
            listing.add(path)
        rows, more = listing.page(session, actor, sort=asked.sort, mark=asked.mark, size=PAGE_ROWS)
        address = Address(request.path, request.args)
        linked = self.linked_columns or self.list_columns[:1]
        columns = heads(listing, asked, offered.sortable, address)
        cells = drawn(session, listing, rows, linked, actor)
        self.add_cells(columns, cells, actor)
        return render_template(
            self.list_template, view=self, asked=asked, address=address, filters=offered.filters,
            choices=offered.choices, chips=chips(session, asked, address, actor), heads=columns, rows=cells,
            count=listing.count(session, actor, exactly=asked.counted), pages=self._pages(rows, asked, address, more),
            may_add=self.can_add and actor.may("create", self.model), **self.list_context(asked, actor),
        )  # fmt: skip

    def _offered(self, listing: Listing, actor: Actor) -> Offered:
        """What this person can narrow and sort the list by."""
        filters = [Filter(path, listing.field(path)) for path in permitted(self.model, self.filter_columns, actor)]
        dictionaries = [str(f.field.dictionary) for f in filters if f.field.kind is Kind.dictionary]
        return Offered(
            filters, dictionary_choices(db.session(), dictionaries), permitted(self.model, self.order_columns, actor),
            Sort(self.base_order[0], self.base_order[1] == "desc"), tuple(self.presets),
        )  # fmt: skip

    def _pages(self, rows: Sequence[Any], asked: Asked, address: Address, more: bool) -> dict[str, str]:
        """Addresses of the page before and the page after, where there is one."""
        backwards = asked.mark is not None and asked.mark.backwards
        pages = {"previous": "", "next": ""}
        if rows and (more if backwards else asked.mark is not None):
            pages["previous"] = address.but(before=place(rows[0][-1], rows[0][0]))
        if rows and (more or backwards):
            pages["next"] = address.but(after=place(rows[-1][-1], rows[-1][0]))
        return pages

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """Put columns beside that are computed for the rows of this page: what is on hand."""

    def list_context(self, asked: Asked, actor: Actor) -> dict[str, Any]:
        """More for the list's template."""
        return {}
