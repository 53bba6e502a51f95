"""附件 Files of a record are added, fetched and removed by those who see the record. spec.md §0."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.errors import Refused, Unavailable, no_such_row
from app.core.files.files import LARGEST, PREVIEWED, Attachment, TakenFile, attach, received_file
from app.core.files.previews import readable_text, thumbnail
from app.core.record.audit import record_act
from app.query.choices import attachment_seen
from app.screens.form.json_answers import answers_json, done_once
from app.screens.form.saving import Done, once
from app.screens.frame.cells import record_url
from app.screens.frame.registry import VIEWS, model_named
from app.screens.web.current_actor import current_actor
from app.screens.web.headers import with_own_policy
from app.security.policy import require_visible, require_write

MOST_FILES = 10  # of one form


# What is looked at in the page runs nothing and reaches nothing. A browser's own viewer shows no sandboxed PDF, so
# that one does without the sandbox: it is served as nothing but a PDF, and its scripts have no page to act on.
INERT = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"
POLICIES = {
    "picture": f"{INERT}; frame-ancestors 'self'",
    "text": f"{INERT}; frame-ancestors 'self'",
    "pdf": "default-src 'none'; script-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
           "form-action 'none'; frame-ancestors 'self'",
}  # fmt: skip


class AttachmentView(BaseView):
    """Files are served at `/attachment/add|send/<model>/<id>`, `…/get|view|thumb/<id>` and `…/delete/<id>`."""

    route_base = "/attachment"
    default_view = "get"

    @expose("/add/<name>/<int:pk>", methods=("POST",))
    def add(self, name: str, pk: int) -> ResponseReturnValue:
        """Keep files on a record the person may change."""
        actor = current_actor()
        model = _model_with_files(name, actor)
        files = _sent(model, pk, actor)

        def keep() -> Done:
            kept = _kept(model, pk, files, actor)
            text = _("The file %(name)s has been added.", name="、".join(kept))
            return Done(record_url(model, pk) + "#files", [(text, "success")])

        return once(keep)

    @expose("/send/<name>/<int:pk>", methods=("POST",))
    @answers_json
    def send(self, name: str, pk: int) -> dict[str, Any]:
        """Keep the files that the page's script sends, one at a time."""
        actor = current_actor()
        model = _model_with_files(name, actor)
        files = _sent(model, pk, actor)
        given = {"form_token": request.form.get("form_token"), "files": [taken.filename for taken in files]}
        return done_once(given, lambda: {"files": _kept(model, pk, files, actor)})

    @expose("/get/<int:pk>")
    @with_own_policy
    def get(self, pk: int) -> ResponseReturnValue:
        """Return the file as a download; a browser runs nothing in it."""
        attachment, _record = attachment_seen(db.session(), pk, current_actor())
        return _served(_content(attachment.stored_name), attachment.content_type, f"attachment; {_named(attachment)}")

    @expose("/view/<int:pk>")
    @with_own_policy
    def view(self, pk: int) -> ResponseReturnValue:
        """Return the file to look at in the page: pictures, PDF and plain text; anything else is a download."""
        attachment, _record = attachment_seen(db.session(), pk, current_actor())
        kind = PREVIEWED.get(attachment.content_type, "")
        content = _content(attachment.stored_name)
        if kind == "text":
            content = readable_text(content).encode()
        how = "inline" if kind else "attachment"
        return _served(content, attachment.content_type, f"{how}; {_named(attachment)}", POLICIES.get(kind, INERT))

    @expose("/thumb/<int:pk>")
    @with_own_policy
    def thumb(self, pk: int) -> ResponseReturnValue:
        """Return the thumbnail of a picture, which is made once.

        errors  NotFound for what is no picture
        """
        attachment, _record = attachment_seen(db.session(), pk, current_actor())
        if PREVIEWED.get(attachment.content_type) != "picture":
            raise no_such_row()
        name = attachment.stored_name
        db.session.rollback()  # A large picture takes a while, and nobody shall wait for this transaction meanwhile.
        return _served(_small(name), "image/webp", "inline", POLICIES["picture"])

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


def _model_with_files(name: str, actor: Actor) -> type[Any]:
    """Return the model whose files are asked for.

    errors  NotFound where there is no such model, it keeps no files, or this person may not see it
    """
    model = model_named(name)
    if model is None or not VIEWS[model].has_attachments or not actor.may("read", model):
        raise no_such_row()
    return model


def _record_for(model: type[Any], pk: int, actor: Actor) -> Any:
    """Return the record that files are added to.

    errors  NotFound; NotAllowed
    """
    record = require_visible(db.session(), model, pk, actor)
    require_write(db.session(), record, actor, _("Only who may change this record may add files to it."))
    return record


def _sent(model: type[Any], pk: int, actor: Actor) -> list[TakenFile]:
    """Return the files sent, as they will be kept; none is looked into for somebody who may not add it.

    errors  NotFound; NotAllowed; Refused "bad_file" for too many, and for the first that is not taken
    """
    _record_for(model, pk, actor)
    sent = [file for file in request.files.getlist("file") if file.filename]
    if len(sent) > MOST_FILES:
        text = _("At most %(n)s files can be sent at once. Please send the others afterwards.", n=MOST_FILES)
        raise Refused("bad_file", text, field="file")
    db.session.rollback()  # A large picture takes a while, and nobody shall wait for this transaction meanwhile.
    return [received_file(str(file.filename), file.stream.read(LARGEST + 1)) for file in sent]


def _kept(model: type[Any], pk: int, files: list[TakenFile], actor: Actor) -> list[str]:
    """Keep the files on the record and return their names; all of them or none."""
    session = db.session()
    record = _record_for(model, pk, actor)
    if not files:
        raise Refused("bad_file", _("Please choose a file."), field="file")
    names = []
    for taken in files:
        kept = attach(session, current_app.extensions["storage"], record, taken)
        record_act(session, record, "attach", actor, note=kept.filename)
        names.append(kept.filename)
    return names


def _content(stored_name: str) -> bytes:
    """Return the content of the file.

    errors  NotFound when the store has lost it
    """
    try:
        found: bytes = current_app.extensions["storage"].read(stored_name)
    except FileNotFoundError as error:
        raise no_such_row(_("This file is no longer in the store.")) from error
    return found


def _small(stored_name: str) -> bytes:
    """Return the thumbnail of the file.

    errors  NotFound when it cannot be made
    """
    storage = current_app.extensions["storage"]
    name = f"{stored_name}-small"
    try:
        found: bytes = storage.read(name)
    except FileNotFoundError:
        made = thumbnail(_content(stored_name))
        if made is None:
            raise no_such_row() from None
        with suppress(Unavailable):  # Without room it is made again the next time.
            storage.write(name, made)
        return made
    return found


def _named(attachment: Attachment) -> str:
    return f"filename*=UTF-8''{quote(attachment.filename)}"


def _served(content: bytes, content_type: str, disposition: str, policy: str = INERT) -> Response:
    answer = Response(content, content_type=content_type)
    answer.headers["Content-Disposition"] = disposition
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["X-Frame-Options"] = "SAMEORIGIN" if "frame-ancestors 'self'" in policy else "DENY"
    return answer


def _require_own(owner_id: int | None, record: object, actor: Actor) -> None:
    """Refuse a file that the person neither put there nor may change the record of.

    errors  NotAllowed
    """
    if owner_id == actor.user_id:
        return
    require_write(db.session(), record, actor, _("Only who may change this record may delete its files."))


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(AttachmentView)
