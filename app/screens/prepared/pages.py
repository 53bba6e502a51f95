"""备好的文件 Pages of the files a person has asked for: how far each is, the file itself, and asking once more."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.db.unit_of_work import reading
from app.core.errors import StateConflict, no_such_row
from app.core.files.files import Storage
from app.core.jobs.jobs import Job, JobState
from app.core.jobs.prepared import FILE, FILE_KINDS, Asked, ask_for, files_of
from app.screens.form.saving import Done, once
from app.screens.prepared import making  # noqa: F401  # it registers the job
from app.screens.web.current_actor import current_actor
from app.security.policy import require_visible
from app.security.settings import setting

SHOWN = 50


def address(job: Job) -> str:
    return f"/prepared/{job.id}"


def prepared_later(kind: str, asked: Asked) -> ResponseReturnValue:
    """Have a file made for the person who asks, and go to its page.

    errors  what refuses the person; TooMany
    """
    actor = current_actor()
    return once(lambda: Done(address(ask_for(db.session(), kind, asked, actor))))


def offer(title: str, text: str) -> str:
    """Return the page that asks, by a form sent to its own address, for a file that takes longer than a moment."""
    return render_template("prepared/offer.html", title=title, text=text)


def own_file(job_id: int, actor: Actor) -> Job:
    """Return the job that makes a file this person has asked for.

    errors  NotFound
    """
    job: Job = require_visible(db.session(), Job, job_id, actor)
    if job.kind != FILE:
        raise no_such_row()
    return job


def progress(job: Job) -> dict[str, Any]:
    """Return how far a file is: pages or rows done of how many there will be about."""
    total = max(job.total, job.progress)
    return {"state": job.state.value, "busy": not job.is_over, "done": job.progress, "total": total}


def file_answer(job: Job, actor: Actor) -> Response:
    """Return the file to who may still have it.

    errors  NotAllowed, NotFound as of what it tells of; StateConflict "not_ready"; NotFound when it is kept no longer
    """
    if job.state != JobState.done or job.result is None:
        raise StateConflict("not_ready", _("This file is not there yet."))
    FILE_KINDS[job.payload["kind"]].titled(db.session(), job.payload["asked"], actor)
    name, stored, told = job.result["name"], job.payload["stored"], job.result
    db.session.rollback()
    storage: Storage = current_app.extensions["storage"]
    try:
        content = storage.read(stored)
    except FileNotFoundError as error:
        raise no_such_row(_("This file is kept no longer. Please ask for it again.")) from error
    answer = Response(content, mimetype=told["content_type"])
    place = "inline" if told["is_shown"] else "attachment"
    plain = f"file.{name.rpartition('.')[2]}"
    answer.headers["Content-Disposition"] = f"{place}; filename={plain}; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


class PreparedView(BaseView):
    """One list of the files a person has asked for, and one page for each of them."""

    route_base = "/prepared"
    default_view = "index"

    @expose("/")
    def index(self) -> str:
        """Show the latest files, newest first."""
        with reading():
            found = files_of(db.session(), current_actor(), SHOWN)
            days = setting(db.session(), "prepared_file_days")
            return render_template("prepared/index.html", files=found, address=address, days=days)

    @expose("/<int:pk>")
    def page(self, pk: int) -> str:
        """Show how far a file is; then the file, or what went wrong."""
        with reading():
            job = own_file(pk, current_actor())
            days = setting(db.session(), "prepared_file_days")
            return render_template(
                "prepared/file.html", job=job, states=JobState, progress=progress(job), here=address(job), days=days
            )

    @expose("/<int:pk>/status")
    def status(self, pk: int) -> Response:
        """Return how far it is, for the bar."""
        with reading():
            return jsonify(progress(own_file(pk, current_actor())))

    @expose("/<int:pk>/file")
    def file(self, pk: int) -> Response:
        """Return the file itself."""
        with reading():
            actor = current_actor()
            return file_answer(own_file(pk, actor), actor)

    @expose("/<int:pk>/again", methods=("POST",))
    def again(self, pk: int) -> ResponseReturnValue:
        """Have the same made once more, of what stands there by now."""
        payload = own_file(pk, current_actor()).payload
        return prepared_later(payload["kind"], payload["asked"])


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(PreparedView)
