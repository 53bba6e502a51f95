"""Printed documents: the paper of every model that has one, shown as a PDF. Manual 8.4, 11.6; spec.md §8."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _

from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.db.unit_of_work import reading
from app.core.errors import NotAllowed
from app.core.paper import paper_of
from app.printing.document import document_pdf, printed_document
from app.screens.frame.registry import VIEWS
from app.screens.web.current_actor import current_actor


def pdf_answer(content: bytes, number: str) -> Response:
    """A PDF to look at; nobody keeps a copy on the way. Document numbers are plain letters and digits."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


class PaperView(BaseView):
    """`/<page>/pdf/<id>`: a row of one model on paper, read like the row itself."""

    default_view = "pdf"
    model: type[Any]

    @expose("/pdf/<int:row_id>")
    def pdf(self, row_id: int) -> Response:
        """errors  NotAllowed without the right to read; NotFound when it is missing or not for these eyes"""
        with reading():
            actor = current_actor()
            if not actor.may("read", self.model):
                raise NotAllowed("not_allowed", _("You do not have the right to do this."))
            document = printed_document(db.session(), self.model, row_id, actor)
            db.session.rollback()  # setting a long document takes its time, and needs the database no more
        return pdf_answer(document_pdf(document), document.number)


def register(builder: AppBuilder) -> None:
    for model, view in VIEWS.items():
        if paper_of(model) is not None:
            attributes = {"model": model, "route_base": view.route_base}
            builder.add_view_no_menu(type(f"{model.__name__}PaperView", (PaperView,), attributes))
