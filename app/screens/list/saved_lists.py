"""People choose the columns of a list and save views of it. design.md §8."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import expose
from app.core.db.base import db, model_name
from app.core.errors import AppError
from app.core.record.fields import Field, fields_of
from app.query.listing import Listing
from app.screens.frame.permitted import permitted
from app.screens.list.address import Address
from app.screens.record.model_pages import ModelPages
from app.screens.web.current_actor import in_write
from app.workflows.system.preference import LONGEST_NAME, Liked, choose_columns, drop_view, save_view


@dataclass(frozen=True)
class ColumnChoice:
    """A column that can be shown; the one that leads to the record is always shown."""

    path: str
    field: Field
    is_shown: bool
    is_fixed: bool

    @property
    def label(self) -> str:
        return self.field.label


@dataclass(frozen=True)
class SavedView:
    """A view that a person saved, with the address it stands for."""

    name: str
    href: str
    is_open: bool


class SavedLists(ModelPages):
    """People choose columns and save views of a list.

    list_columns  the standard columns; fields of the record's page can be chosen beside them
    """

    list_columns: tuple[str, ...] = ()
    linked_columns: tuple[str, ...] = ()

    def columns_offered(self, actor: Actor) -> list[str]:
        """Return paths of every column this person can have, the standard ones first."""
        fields = fields_of(self.model)
        named = [name for _title, names in self.show_fieldsets for name in names]
        others = [name for name in named if name in fields and fields[name].kind.is_listed]
        return permitted(self.model, list(dict.fromkeys((*self.list_columns, *others))), actor)

    def _fixed(self) -> tuple[str, ...]:
        """Return the columns that cannot be left out, because a row is known and opened by them."""
        return (*self.list_columns[:1], *self.linked_columns)

    def columns_for(self, kept: Liked | None, actor: Actor) -> list[str]:
        """Return paths of the columns this person sees: those they chose, as far as they still may."""
        chosen = set(kept.columns) if kept else set()
        if not chosen:
            return permitted(self.model, self.list_columns, actor)
        fixed = self._fixed()
        return [path for path in self.columns_offered(actor) if path in chosen or path in fixed]

    def column_choices(self, listing: Listing, actor: Actor) -> list[ColumnChoice]:
        shown = {column.path for column in listing.columns}
        return [
            ColumnChoice(path, listing.field(path), path in shown, path in self._fixed())
            for path in self.columns_offered(actor)
        ]

    def saved_views(self, kept: Liked | None, address: Address) -> list[SavedView]:
        base = f"{self.route_base}/list/"
        now = urlencode(sorted(address.pairs))
        return [
            SavedView(view["name"], f"{base}?{view['query']}", _sorted(view["query"]) == now)
            for view in (kept.views if kept else ())
        ]

    @expose("/list/columns", methods=("POST",))
    def columns(self) -> ResponseReturnValue:
        """Keep which columns this person wants; `standard` brings back the ones everybody has."""
        actor = self.reader()
        named = set(request.form.getlist("column"))
        chosen = [path for path in self.columns_offered(actor) if path in named]
        if "standard" in request.form or chosen == list(permitted(self.model, self.list_columns, actor)):
            chosen = []
        return self._keep(lambda: choose_columns(db.session(), model_name(self.model), chosen, actor))

    @expose("/list/views", methods=("POST",))
    def views(self) -> ResponseReturnValue:
        """Save the list as it stands in the address under a name, or `drop` a saved one.

        errors  Refused, told on the list
        """
        actor = self.reader()
        name, dropped = request.form.get("name", ""), request.form.get("drop", "")[:LONGEST_NAME]
        list_name = model_name(self.model)
        if dropped:
            return self._keep(lambda: drop_view(db.session(), list_name, dropped, actor))
        query = urlencode(Address(request.path, request.args).pairs)
        name = name.replace("\x00", "")
        return self._keep(lambda: save_view(db.session(), list_name, name, query, actor), _("The view has been saved."))

    def _keep(self, write: Callable[[], Any], said: str = "") -> ResponseReturnValue:
        try:
            in_write(write)
        except AppError as error:
            for reason in error.reasons:
                flash(reason.message, "warning")
        else:
            if said:
                flash(said, "success")
        return self.back_to_list()

    def back_to_list(self) -> ResponseReturnValue:
        """Redirect to the list as it was narrowed when the button was pressed."""
        query = urlencode(Address(request.path, request.args).pairs)
        return redirect(f"{self.route_base}/list/?{query}" if query else f"{self.route_base}/list/", 303)


def _sorted(query: str) -> str:
    return "&".join(sorted(query.split("&")))
