"""A document on paper: its PDF, shown in the browser. Manual 8.4, 11.6; spec.md §8."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import BaseView, expose
from app.core.db.unit_of_work import reading
from app.core.errors import NotAllowed
from app.screens.frame.cells import page_of
from app.screens.web.current_actor import current_actor


def pdf_answer(content: bytes, number: str) -> Response:
    """A PDF to look at; nobody keeps a copy on the way. Document numbers are plain letters and digits."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


class PaperView(BaseView):
    """One document of one model on paper: read like the document itself, at `pdf/<id>` below its pages."""

    default_view = "pdf"
    model: type[Any]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.route_base = page_of(cls.model)

    @expose("/pdf/<int:row_id>")
    def pdf(self, row_id: int) -> Response:
        """errors  NotAllowed without the right to read; NotFound when it is missing or not for these eyes"""
        with reading():
            actor = current_actor()
            if not actor.may("read", self.model):
                raise NotAllowed("not_allowed", _("You do not have the right to do this."))
            return pdf_answer(*self.printed(row_id, actor))

    def printed(self, row_id: int, actor: Actor) -> tuple[bytes, str]:
        """The PDF, and the number of the document. errors  NotFound"""
        raise NotImplementedError
