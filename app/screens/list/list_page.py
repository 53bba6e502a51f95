"""The list page of a RecordView is narrowed, sorted and paged by its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import expose
from app.core.db.base import db, model_name
from app.query.choices import dictionary_choices
from app.query.cursor import END
from app.query.listing import Listing, Sort
from app.screens.frame.permitted import permitted
from app.screens.list.address import (
    PAGE_ROWS,
    Address,
    Args,
    ListOptions,
    ListRequest,
    drawn_rows,
    filter_chips,
    filters_for,
    list_heads,
    names_in,
    narrow,
    read_list_request,
)
from app.screens.list.export import AT_ONCE, MOST_EXPORTED, ListExport, as_download, list_workbook, note_export
from app.screens.list.list_bulk import BulkSteps, chosen_keys
from app.screens.list.list_shape import body_of, foot_of, is_summed, place_in_cards, states_of
from app.screens.prepared.pages import prepared_later
from app.screens.web.current_actor import only_read
from app.workflows.system.preference import Liked, preference_of


class ListPages(BulkSteps):
    """These attributes say what the list shows and can be asked for.

    list_columns    paths; "order.customer" leads through a relation, "balance.receivable" to a table of `beside`
    linked_columns  columns that lead to the record; the first one when left out
    search_columns  what the quick search looks at on models without searched text
    hit_columns     what the search in the top bar tells of a row it finds, its name first; left empty, it finds none
    filter_columns, order_columns, base_order   what the list can be narrowed and sorted by
    presets         name → (label, condition(actor)): ready-made views of the list
    preset_rights   name → the right without which nothing can ever be in it: it is not offered then
    card_columns    what a row tells on a phone: its name, state, a fact, a figure; chosen by kind when left out
    """

    list_template = "list/list.html"
    list_columns: tuple[str, ...] = ()
    linked_columns: tuple[str, ...] = ()
    search_columns: tuple[str, ...] = ()
    hit_columns: tuple[str, ...] = ()
    filter_columns: tuple[str, ...] = ()
    order_columns: tuple[str, ...] = ()
    base_order: tuple[str, str] = ("id", "desc")
    beside: Mapping[str, tuple[type[Any], str]] = {}
    presets: Mapping[str, tuple[Any, Any]] = {}
    preset_rights: Mapping[str, str] = {}
    search_hint: Any = ""
    card_columns: tuple[str, ...] = ()

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """Show the list as the address narrows it."""
        actor = self.reader()
        session = db.session()
        kept = preference_of(session, model_name(self.model), actor)
        listing, offered, asked = self.asked_for(actor, kept)
        rows, more = listing.page(session, actor, sort=asked.sort, cursor=asked.cursor, size=PAGE_ROWS, counted=True)
        address = Address(request.path, request.args)
        linked = self.linked_columns or self.list_columns[:1]
        columns = list_heads(listing, asked, offered.sortable, address)
        place_in_cards(columns, listing, self.card_columns)
        cells = drawn_rows(session, listing, rows, linked, actor)
        self.add_cells(columns, cells, actor)
        return render_template(
            self.list_template, view=self, asked=asked, address=address, filters=offered.filters,
            choices=offered.choices, heads=columns,
            chips=filter_chips(session, asked, address, actor, names_in(listing, rows)),
            rows=cells, body=body_of(columns, cells, states_of(listing, rows)),
            count=self._count(listing, rows, asked, actor, more=more),
            pages=self._pages(listing, rows, asked, address, more),
            foot=foot_of(listing, listing.sums(session, actor)) if asked.counted else [],
            is_summed=is_summed(listing), presets=self.presets_for(actor),
            may_add=self.can_add and actor.may("create", self.model), may_export=actor.may("export", self.model),
            bulk=self.bulk_buttons(actor), saved=self.saved_views(kept, address),
            columns=self.column_choices(listing, actor), **self.list_context(asked, actor),
        )  # fmt: skip

    def asked_for(
        self, actor: Actor, kept: Liked | None, args: Args | None = None
    ) -> tuple[Listing, ListOptions, ListRequest]:
        """Return the rows and columns the address asks for, as far as this person may ask for them.

        args  of the address; those of the request when left out
        """
        listing = Listing(self.model, self.beside)
        offered = self._offered(listing, actor)
        asked = read_list_request(request.args if args is None else args, listing, offered)
        narrow(listing, asked, self.search_columns)
        if asked.preset:
            listing.conditions.append(self.presets[asked.preset][1](actor))
        for path in self.columns_for(kept, actor):
            listing.add(path)
        return listing, offered, asked

    @expose("/list/export", methods=("POST",))
    def export(self) -> ResponseReturnValue:
        """Return every row of the list as it is narrowed and sorted, or the chosen ones, as a workbook.

        Many rows become a prepared file. The log keeps who took how many.
        errors  NotAllowed; TooMany; Refused "too_many", told on the list
        """
        actor = self.reader()
        self.require("export", actor)
        only_read()  # Many rows take a while, and nobody shall wait for this transaction meanwhile.
        wanted = ListExport(self, request.args, chosen_keys(request.form.getlist("id")), actor)
        count = wanted.count()
        if count > MOST_EXPORTED:
            text = _("%(n)s rows are too many for one workbook; narrow the list to %(most)s.",
                     n=f"{count:,}", most=f"{MOST_EXPORTED:,}")  # fmt: skip
            flash(text, "warning")
            return self.back_to_list()
        if count > AT_ONCE:
            return prepared_later("list", wanted.asked)
        rows = list(wanted.rows())
        db.session.rollback()
        content = list_workbook(wanted.title, wanted.listing, rows, wanted.told)
        note_export(model_name(self.model), actor, count, wanted.told)
        return as_download(content, wanted.title)

    def _offered(self, listing: Listing, actor: Actor) -> ListOptions:
        """Return the filters and orders that this person can choose from."""
        filters = filters_for(listing, self.filter_columns, actor)
        dictionaries = [str(f.field.dictionary) for f in filters if f.field.dictionary is not None]
        return ListOptions(
            filters, dictionary_choices(db.session(), dictionaries), permitted(self.model, self.order_columns, actor),
            Sort(self.base_order[0], self.base_order[1] == "desc"), tuple(self.presets),
        )  # fmt: skip

    def presets_for(self, actor: Actor) -> dict[str, Any]:
        """Name → label of the ready-made views this person may have rows in."""
        needed = self.preset_rights
        return {
            name: preset[0]
            for name, preset in self.presets.items()
            if name not in needed or actor.may(needed[name], self.model)
        }

    def _count(self, listing: Listing, rows: Sequence[Any], asked: ListRequest, actor: Actor, *, more: bool) -> int:
        """Return how many rows the list has; a list of one page needs no further statement."""
        if asked.cursor is None and not more:
            return len(rows)
        return listing.count(db.session(), actor, exactly=asked.counted)

    def _pages(
        self, listing: Listing, rows: Sequence[Any], asked: ListRequest, address: Address, more: bool
    ) -> dict[str, str]:
        """Return addresses of the page before and the page after, where there is one."""
        backwards = asked.cursor is not None and asked.cursor.backwards
        pages = {"previous": "", "next": "", "last": ""}
        if rows and (more if backwards else asked.cursor is not None):
            pages["previous"] = address.but(before=listing.cursor_of(rows[0]).text(asked.sort.name))
        if rows and (more or backwards) and asked.cursor is not END:
            pages["next"] = address.but(after=listing.cursor_of(rows[-1]).text(asked.sort.name))
            pages["last"] = address.but(before="end")
        return pages

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """Put columns beside that are computed for the rows of this page: what is on hand."""

    def list_context(self, asked: ListRequest, actor: Actor) -> dict[str, Any]:
        """Return further values for the list's template."""
        return {}
