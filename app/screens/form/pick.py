"""Typing ahead: rows of a model that may be chosen, as JSON for the pickers of forms and filters."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.errors import NotAllowed, no_such_row
from app.core.kinds.relation import row_key
from app.core.record.fields import fields_of
from app.query.choices import pickable
from app.screens.frame.registry import VIEWS, model_named
from app.screens.list.address import outside
from app.screens.web.current_actor import current_actor

LONGEST_QUERY = 60


class PickView(BaseView):
    """`/pick/<model>?q=…`, narrowed by any relation of the model: `/pick/contact?customer=7`."""

    route_base = "/pick"
    default_view = "rows"

    @expose("/<name>")
    def rows(self, name: str) -> Response:
        """[{id, text, hint}], at most 20."""
        actor = current_actor()
        model = model_named(name)
        if model is None:
            raise no_such_row()
        if not actor.may("read", model):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        query = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
        return jsonify([{"id": k, "text": t, "hint": " · ".join(h)} for k, t, h in self._found(model, query, actor)])

    def _found(self, model: type[Any], query: str, actor: Actor) -> list[tuple[int, str, list[str]]]:
        view = VIEWS[model]
        conditions = [*view.pick_conditions(actor)]
        for field in fields_of(model).values():
            key = row_key(request.args.get(outside(field.name), ""))
            if field.kind.is_relation and key is not None:
                conditions.append(getattr(model, str(field.column)) == key)
        return pickable(
            db.session(), model, query, actor, hints=view.pick_hints, conditions=conditions,
            searched=view.pick_search, seen=not view.picks_unseen(actor),
        )  # fmt: skip


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(PickView)
