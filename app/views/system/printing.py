"""Printed documents: the paper of every model that has one, shown as a PDF. Manual 8.4, 11.6; spec.md §8.

What is set in a moment is shown at once; a document of many lines becomes a prepared file.
"""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db, model_name
from app.core.db.unit_of_work import reading
from app.core.errors import NotAllowed, no_such_row
from app.core.jobs.children import LATER, Told
from app.core.jobs.prepared import Asked, MadeFile, file_kind
from app.core.jobs.turns import turn
from app.core.paper import paper_of
from app.printing.document import document_pdf, line_count, printed_document
from app.screens.frame.registry import VIEWS, model_named
from app.screens.prepared.pages import offer, prepared_later
from app.screens.web.current_actor import current_actor
from app.security.policy import require_visible

PDF = "application/pdf"
AT_ONCE = 200  # lines of a document that is shown in the same click; setting them takes a second


def pdf_answer(content: bytes, number: str) -> Response:
    """A PDF to look at; nobody keeps a copy on the way. Document numbers are plain letters and digits."""
    answer = Response(content, mimetype=PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def printable_row(session: Session, model: type[Any], row_id: int, actor: Actor) -> Any:
    """errors  NotAllowed without the right to read; NotFound when it is missing or not for these eyes"""
    if not actor.may("read", model):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))
    return require_visible(session, model, row_id, actor)


def paper_title(session: Session, asked: Asked, actor: Actor) -> str:
    """What the document is called. errors  NotAllowed, NotFound"""
    model = model_named(asked["model"])
    if model is None or paper_of(model) is None:
        raise no_such_row()
    return str(printable_row(session, model, asked["id"], actor))


@file_kind("paper", paper_title)
def paper_file(session: Session, asked: Asked, actor: Actor, told: Told) -> MadeFile:
    """The PDF of one document; the transaction ends before it is set."""
    model: Any = model_named(asked["model"])
    document = printed_document(session, model, asked["id"], actor)
    session.rollback()
    return MadeFile(f"{document.number}.pdf", PDF, document_pdf(document, LATER, told), is_shown=True)


class PaperView(BaseView):
    """`/<page>/pdf/<id>`: a row of one model on paper, read like the row itself."""

    default_view = "pdf"
    model: type[Any]

    @expose("/pdf/<int:row_id>")
    def pdf(self, row_id: int) -> ResponseReturnValue:
        """The document; one of many lines is offered as a prepared file.

        errors  NotAllowed, NotFound; TooMany
        """
        with reading():
            session, actor = db.session(), current_actor()
            row = printable_row(session, self.model, row_id, actor)
            if (lines := line_count(session, self.model, row_id)) > AT_ONCE:
                text = _("It has %(n)s lines, so its PDF takes a while. You need not wait for it.", n=f"{lines:,}")
                return offer(str(row), text)
            document = printed_document(session, self.model, row_id, actor)
            session.rollback()  # Nobody shall wait for this transaction while the document is set.
        with turn(actor.user_id):
            return pdf_answer(document_pdf(document), document.number)

    @expose("/pdf/<int:row_id>", methods=("POST",))
    def prepare(self, row_id: int) -> ResponseReturnValue:
        """Have the document made as a file that is kept for a time.

        errors  NotAllowed, NotFound; TooMany
        """
        return prepared_later("paper", {"model": model_name(self.model), "id": row_id})


def register(builder: AppBuilder) -> None:
    for model, view in VIEWS.items():
        if paper_of(model) is not None:
            attributes = {"model": model, "route_base": view.route_base}
            builder.add_view_no_menu(type(f"{model.__name__}PaperView", (PaperView,), attributes))
