"""工作台 The desk: how things stand and what waits; each figure is measured on the list behind it. Manual 3.1, 3.3."""

from __future__ import annotations

from functools import partial

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.clock import SHANGHAI, utc_now
from app.core.db.unit_of_work import reading
from app.screens.desk.desk_page import Card, cards_and_counts, charts, reminders, scope_of, waiting
from app.screens.desk.desk_parts import Desk, Scope
from app.screens.desk.desks import desk_of
from app.screens.frame.cells import greeting
from app.screens.web.current_actor import current_actor


def cards(desk: Desk, scope: Scope) -> tuple[list[Card], list[int]]:
    """The figures, and how many rows each reminder has."""
    return cards_and_counts(desk, scope)


class DeskView(BaseView):
    """The page at `/`, and what the bell asks for."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Greeting, figures, charts and reminders of the role worked in."""
        with reading():
            actor = current_actor()
            desk = desk_of(actor.active_role)
            scope = scope_of(desk, actor)
            found, counts = cards(desk, scope)
            told = reminders(desk, scope, counts)
            offered = partial(filter, lambda action: actor.may(action.right, action.model))
            now = utc_now().astimezone(SHANGHAI)
            return render_template(
                "desk/desk.html", greeting=greeting(now.hour), now=now, actor=actor, cards=found,
                charts=charts(desk, scope), reminders=[part for part in told if not part.reminder.is_aside],
                aside=[part for part in told if part.reminder.is_aside],
                actions=list(offered(desk.actions)), doors=list(offered(desk.doors)),
            )  # fmt: skip

    @expose("/waiting")
    def waiting(self) -> ResponseReturnValue:
        """What waits for this person, for the bell and the menu."""
        with reading():
            actor = current_actor()
            desk = desk_of(actor.active_role)
            return jsonify(waiting(desk, scope_of(desk, actor)))


def register(builder: AppBuilder) -> None:
    """Flask-AppBuilder registers the desk itself, as its index view."""
