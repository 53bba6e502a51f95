"""全局搜索 The search in the top bar. design.md §8."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import AppBuilder, BaseView, expose

from app.core.base import db
from app.core.search import normalised
from app.reports.search import SHOWN, found
from app.views.acting import current_actor
from app.views.cells import record_url
from app.views.registry import VIEWS

LONGEST_QUERY = 60


class SearchView(BaseView):
    """`/search?q=…`"""

    route_base = ""
    default_view = "page"

    @expose("/search")
    def page(self) -> ResponseReturnValue:
        """Hits by kind; the only hit of a whole document number opens at once."""
        actor = current_actor()
        query = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
        groups = found(db.session(), query, actor) if normalised(query) else []
        if len(groups) == 1 and len(groups[0][1]) == 1:
            model, rows = groups[0]
            told = [str(value) for value in list(rows[0])[1:]]
            if normalised(query) in map(normalised, told):
                return redirect(record_url(model, rows[0][0]))
        shown = [(VIEWS[model], rows[:SHOWN], len(rows) > SHOWN) for model, rows in groups if model in VIEWS]
        return render_template("search/search.html", search_query=query, groups=shown)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(SearchView)
