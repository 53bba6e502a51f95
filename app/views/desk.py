"""工作台 The desk: what waits for this person in their role; each figure leads to the list it counts. Manual 3.1, 3.3."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_appbuilder import AppBuilder, BaseView, expose

from app.core.base import db
from app.core.numbering import SHANGHAI
from app.core.types import utc_now
from app.reports.desk import waiting
from app.views.acting import current_actor
from app.views.cells import greeting


class DeskView(BaseView):
    """The page at `/`."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Greeting and what waits."""
        actor = current_actor()
        now = utc_now().astimezone(SHANGHAI)
        cards = waiting(db.session(), actor)
        return render_template("desk/desk.html", greeting=greeting(now.hour), now=now, cards=cards, actor=actor)


def register(builder: AppBuilder) -> None:
    """Flask-AppBuilder registers the desk itself, as its index view."""
