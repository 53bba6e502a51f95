"""附件 Files of a record: put there, fetched and taken away by who sees the record. spec.md §0."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.audit import record_act
from app.core.base import db
from app.core.errors import Refused, no_such_row
from app.core.files import LARGEST, attach
from app.reports.choices import attachment_seen
from app.security.visibility import require_visible, require_write
from app.views.acting import current_actor
from app.views.cells import record_url
from app.views.registry import VIEWS, model_named
from app.views.saving import Done, once


class AttachmentView(BaseView):
    """`/attachment/add/<model>/<id>`, `/attachment/get/<id>`, `/attachment/delete/<id>`"""

    route_base = "/attachment"
    default_view = "get"

    @expose("/add/<name>/<int:pk>", methods=("POST",))
    def add(self, name: str, pk: int) -> ResponseReturnValue:
        """Keep a file on a record the person may change."""
        actor = current_actor()
        model = model_named(name)
        if model is None or not VIEWS[model].has_attachments or not actor.may("read", model):
            raise no_such_row()
        file = request.files.get("file")
        content = file.stream.read(LARGEST + 1) if file is not None else b""

        def keep() -> Done:
            session = db.session()
            record = require_visible(session, model, pk, actor)
            require_write(session, record, actor, _("Only who may change this record may add files to it."))
            if file is None or not file.filename:
                raise Refused("bad_file", _("Please choose a file."), field="file")
            kept = attach(session, current_app.extensions["storage"], record, file.filename, content, actor)
            record_act(session, record, "attach", actor, note=kept.filename)
            text = _("The file %(name)s has been added.", name=kept.filename)
            return Done(record_url(model, pk) + "#files", [(text, "success")])

        return once(keep)

    @expose("/get/<int:pk>")
    def get(self, pk: int) -> ResponseReturnValue:
        """The file as a download; a browser runs nothing in it."""
        attachment, _record = attachment_seen(db.session(), pk, current_actor())
        try:
            content = current_app.extensions["storage"].read(attachment.stored_name)
        except FileNotFoundError as error:
            raise no_such_row(_("This file is no longer in the store.")) from error
        answer = Response(content, content_type=attachment.content_type)
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(attachment.filename)}"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @expose("/delete/<int:pk>", methods=("POST",))
    def delete(self, pk: int) -> ResponseReturnValue:
        """Take a file off its record; the log keeps its name."""
        actor = current_actor()

        def remove() -> Done:
            session = db.session()
            attachment, record = attachment_seen(session, pk, actor)
            _require_own(attachment.created_by_id, record, actor)
            record_act(session, record, "detach", actor, note=attachment.filename)
            session.delete(attachment)
            text = _("The file %(name)s has been deleted.", name=attachment.filename)
            return Done(record_url(type(record), record.id) + "#files", [(text, "success")])

        return once(remove)


def _require_own(owner_id: int | None, record: object, actor: Actor) -> None:
    """errors  NotAllowed unless the person put the file there or may change its record"""
    if owner_id == actor.user_id:
        return
    require_write(db.session(), record, actor, _("Only who may change this record may delete its files."))


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(AttachmentView)
