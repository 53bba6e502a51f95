"""在线帮助 Help: short pages in Chinese about what the system does today, found by their words. Manual 3.2."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.errors import no_such_row
from app.core.text import normalised
from app.screens.frame.help_topics import Topic, topics
from app.screens.frame.menu import shell
from app.screens.web.current_actor import current_actor

LONGEST_QUERY = 40
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>')


@dataclass(frozen=True)
class HelpPart:
    """A heading of a page and the words below it."""

    anchor: str
    title: str
    words: str


def body_of(topic: Topic) -> Markup:
    return Markup(render_template(f"help/topics/{topic.name}.html", frame=shell()))  # noqa: S704 - our own template


def parts_of(topic: Topic) -> list[HelpPart]:
    _before, *rest = _HEADING.split(body_of(topic))
    found = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return [HelpPart(anchor, title, Markup(text).striptags()) for anchor, title, text in found]  # noqa: S704 - as above


class HelpView(BaseView):
    """`/help/`, `/help/?q=…`, `/help/orders`"""

    route_base = "/help"
    default_view = "index"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """All headings, or those whose title or text says what is looked for."""
        current_actor()
        query = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
        wanted = normalised(query)
        found = []
        for topic in topics():
            parts = [part for part in parts_of(topic) if wanted in normalised(part.title + part.words)]
            if parts:
                found.append((topic, parts))
        return render_template("help/help.html", topics=topics(), topic=None, query=query, found=found)

    @expose("/<string:name>")
    def page(self, name: str) -> ResponseReturnValue:
        """One topic."""
        current_actor()
        topic = next((topic for topic in topics() if topic.name == name), None)
        if topic is None:
            raise no_such_row()
        return render_template("help/help.html", topics=topics(), topic=topic, query="", body=body_of(topic))


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(HelpView)
