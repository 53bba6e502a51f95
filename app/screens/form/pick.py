"""Pickers of forms and filters get the rows that may be chosen while one types, as JSON."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.errors import NotAllowed, no_such_row
from app.core.kinds.relation import row_key
from app.core.record.fields import Field, fields_of
from app.query.choices import pickable
from app.screens.frame.registry import VIEWS, model_named
from app.screens.list.address import public_name
from app.screens.web.current_actor import current_actor
from app.security.policy import may_name

LONGEST_QUERY = 60


class PickView(BaseView):
    """`/pick/<model>?q=…` can be narrowed by any relation of the model: `/pick/contact?customer=7`.

    `?for=payment.customer` says which field it is for: some people may name rows there which they cannot open.
    """

    route_base = "/pick"
    default_view = "rows"

    @expose("/<name>")
    def rows(self, name: str) -> Response:
        """Return at most 20 rows as [{id, text, hint}]."""
        actor = current_actor()
        model = model_named(name)
        if model is None:
            raise no_such_row()
        holder = _holder(model)
        if not actor.may("read", model) and not _names_unseen(holder, actor):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))
        query = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
        found = self._found(model, query, holder, actor)
        return jsonify([{"id": key, "text": text, "hint": " · ".join(hints)} for key, text, hints in found])

    def _found(
        self, model: type[Any], query: str, holder: Field | None, actor: Actor
    ) -> list[tuple[int, str, list[str]]]:
        """Return the rows that the query finds; of those that cannot be opened nothing but name and number is told."""
        view, unseen = VIEWS[model], _names_unseen(holder, actor)
        conditions = [*view.pick_conditions(actor)]
        for field in fields_of(model).values():
            key = row_key(request.args.get(public_name(field.name), ""))
            told = not unseen or (holder is not None and may_name(holder.model, field.name, actor))
            if field.kind.is_relation and key is not None and told:
                conditions.append(getattr(model, str(field.column)) == key)
        hints = [name for name in view.pick_hints if name == "number"] if unseen else view.pick_hints
        return pickable(
            db.session(), model, query, actor, hints=hints, conditions=conditions, searched=view.pick_search,
            seen=not unseen,
        )  # fmt: skip


def _holder(model: type[Any]) -> Field | None:
    """Return the field that the choice is for, where the address names one that leads to the model."""
    name, _dot, field_name = request.args.get("for", "").partition(".")
    holder = model_named(name)
    field = fields_of(holder).get(field_name) if holder is not None else None
    return field if field is not None and field.target is model else None


def _names_unseen(holder: Field | None, actor: Actor) -> bool:
    return holder is not None and may_name(holder.model, holder.name, actor)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(PickView)
