"""Programs have a document printed as a file: they ask for it, look how far it is, and fetch it.

Whatever takes a moment and whatever takes minutes is asked for in the same way.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from marshmallow import Schema, fields, validate

from app.core.appbuilder import AppBuilder, BaseApi, expose
from app.core.db.base import db
from app.core.jobs.jobs import Job
from app.core.jobs.prepared import ask_for
from app.core.record.schemas import load
from app.rest.request import Answer, answer_once, authenticate, json_response
from app.screens.form.json_body import body
from app.screens.prepared.pages import file_answer, own_file, progress
from app.screens.web.current_actor import current_actor

BASE = "/api/v1/prepared"


class PaperBody(Schema):
    """The document that is to be printed: the name of its resource, and its key."""

    model = fields.String(required=True, validate=validate.Length(1, 60))
    id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))


def job_json(job: Job) -> dict[str, Any]:
    """Return a prepared file as programs read it; `file` is its address once it is there."""
    far = progress(job)
    return {
        "id": job.id, "title": job.payload["title"], "state": far["state"], "done": far["done"], "total": far["total"],
        "failure": job.failure or "", "file": f"{BASE}/{job.id}/file" if job.result else "",
    }  # fmt: skip


class PreparedApi(BaseApi):
    """The files that whoever asks has asked for."""

    route_base = BASE
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    def create_blueprint(self, appbuilder: AppBuilder, *args: Any, **options: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(appbuilder, *args, **options)
        blueprint.before_request(authenticate)
        return blueprint

    @expose("/", methods=("POST",))
    def post(self) -> Response:
        """Have a document printed; asked again meanwhile, it is the same file."""
        given, actor = body(), current_actor()
        asked = load(PaperBody, given)

        def begun() -> Answer:
            return 202, job_json(ask_for(db.session(), "paper", asked, actor))

        return answer_once(begun, given)

    @expose("/<int:pk>", methods=("GET",))
    def get(self, pk: int) -> Response:
        """Return how far the file is."""
        return json_response(200, job_json(own_file(pk, current_actor())))

    @expose("/<int:pk>/file", methods=("GET",))
    def file(self, pk: int) -> Response:
        """Return the file itself."""
        actor = current_actor()
        return file_answer(own_file(pk, actor), actor)


def register(builder: AppBuilder) -> None:
    builder.add_api(PreparedApi)
