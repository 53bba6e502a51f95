"""全局搜索 The search in the top bar. design.md §8."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.record.fields import fields_of
from app.core.search.phone import share_a_number
from app.core.text import normalised
from app.reports.system.search import Hits, Searchable, search
from app.screens.frame.cells import Cells, record_url
from app.screens.frame.registry import VIEWS
from app.screens.web.current_actor import current_actor

LONGEST_QUERY = 60


class SearchView(BaseView):
    """`/search?q=…`"""

    route_base = ""
    default_view = "page"

    @expose("/search")
    def page(self) -> ResponseReturnValue:
        """Hits by kind; the only hit of a whole document, parcel or telephone number opens at once."""
        actor = current_actor()
        query = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
        groups = search(db.session(), searchable(), query, actor) if normalised(query) else []
        if len(groups) == 1 and len(groups[0].rows) == 1:
            hits = groups[0]
            texts = [str(hits.rows[0][c.start]) for c in hits.columns if c.field.kind.is_line]
            is_called = share_a_number([query], texts)
            if is_called or normalised(query) in map(normalised, texts):
                return redirect(record_url(hits.model, hits.rows[0][0]))
        shown = [(VIEWS[hits.model], _drawn(hits, query), hits.has_more) for hits in groups]
        return render_template("search/search.html", search_query=query, groups=shown)


def searchable() -> list[Searchable]:
    """Every model whose view says, or from whose texts follows, what is told of a hit."""
    found = []
    for model, view in VIEWS.items():
        if view.hit_columns:
            fields, searched = fields_of(model), getattr(model, "__searched__", ())
            begins = () if searched else tuple(n for n in view.search_columns if fields[n].kind.is_line)
            has_phone = any(name in fields and fields[name].kind.is_phone for name in searched)
            found.append(Searchable(model, tuple(view.hit_columns), begins, has_phone))
    return found


def _drawn(hits: Hits, query: str) -> list[list[Any]]:
    """The cells of each hit that say anything, what was looked for marked in its name."""
    cells = Cells(hits.model, hits.columns, (), {})
    found = []
    for row in hits.rows:
        name, *told = cells.row(row)
        found.append([record_url(hits.model, row[0]), marked(str(name), query), *(cell for cell in told if cell)])
    return found


def marked(text: str, query: str) -> Markup:
    """The text with what was looked for marked, where it stands in it as typed; `text` is escaped."""
    start = Markup(text).unescape().lower().find(query.lower())  # noqa: S704 - escaped by the cell
    plain = str(Markup(text).unescape())  # noqa: S704 - as above
    if start < 0:
        return escape(plain)
    end = start + len(query)
    return Markup("{}<mark>{}</mark>{}").format(plain[:start], plain[start:end], plain[end:])


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(SearchView)
