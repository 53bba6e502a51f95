"""The interface describes itself by an OpenAPI 3.0 document made from its resources, and has a page to try it.

Nothing here is written by hand: paths, bodies, answers and refusals follow from models, entries and workflows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apispec import APISpec
from flask import Blueprint, Response, current_app, redirect, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from marshmallow import RAISE, Schema

from app.core.appbuilder import AppBuilder, BaseApi, BaseView, expose
from app.core.cache.per_process import cached_per_process
from app.core.db.base import db
from app.core.flow.workflow import Step
from app.core.kinds.kind import Json
from app.core.record.idempotency import LONGEST_KEY
from app.core.report import REPORTS
from app.core.sheets.table_workbook import XLSX
from app.models.system.setting import DICTIONARIES
from app.query.choices import dictionary_choices
from app.rest.openapi_schemas import (
    COMMON_SCHEMAS,
    ROW_ID,
    BodyPlugin,
    content,
    query_parameter,
    report_schema,
    resource_schemas,
)
from app.rest.prepared import PaperBody
from app.rest.request import authenticate
from app.rest.schema import Resource
from app.rest.token import Credentials
from app.screens.frame.labels import subject_label
from app.screens.web.current_actor import current_actor

VERSION = "1"
# Each status has a description.
REFUSALS: dict[int, Any] = {
    400: _l("The request cannot be read: broken JSON or query, or a missing CSRF token."),
    401: _l("Nobody is signed in, or the token has expired."),
    403: _l("The right is missing: not_allowed."),
    404: _l("The record does not exist, or is not for these eyes: not_found."),
    409: _l("The document has moved on, was changed by someone else (stale), or is being changed right now (busy)."),
    413: _l("The request is too large."),
    422: _l("A field cannot be read (invalid), or a rule of the business refuses; one reason each."),
    429: _l("Too many tries, or too much at once; Retry-After says when to come again."),
}


# The refusals of calls that read, that name a row, that change something, and that send a body.
READING = (400, 401, 403, 422)
FINDING = (*READING, 404)
CHANGING = (*FINDING, 409)
SENDING = (*CHANGING, 413)
KEY = "Idempotency-Key"


@cached_per_process(most=8)
def description(resources: tuple[Resource, ...], language: str, labels: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    """Return the description of these resources as JSON.

    language  the one that is spoken now
    labels    the labels that can be chosen from each dictionary
    """
    return current_app.json.dumps(Description(dict(labels)).of(resources))


class Description:
    """Assembles the description with apispec, resource by resource."""

    def __init__(self, labels: Mapping[str, Sequence[str]]) -> None:
        self.spec = APISpec(
            current_app.config["APP_NAME"], VERSION, "3.0.3", plugins=[BodyPlugin(lambda name: list(labels[name]))],
            servers=current_app.config["FAB_OPENAPI_SERVERS"], security=[{"bearer": []}, {"session": []}],
        )  # fmt: skip

    def of(self, resources: Iterable[Resource]) -> Json:
        self._common_parts()
        self._sign_in()
        for resource in resources:
            self._resource(resource)
        self._reports()
        self._prepared()
        return self.spec.to_dict()

    def _prepared(self) -> None:
        """Describe how a document is printed as a file, and how the file is fetched."""
        name, base = "prepared", "/api/v1/prepared/"
        self.spec.tag({"name": name, "description": _("Prepared files")})
        refusals, new = (*SENDING, 429), ("PaperBody", PaperBody())
        make = self._call(name, "post", _("Make the file"), "PreparedFile", refusals, KEY, status=202, body=new)
        look = self._call(name, "get", _("Show"), "PreparedFile", FINDING, "id")
        fetch = self._call(name, "file", _("Download the file"), "PreparedFile", CHANGING, "id")
        kinds = ("application/pdf", XLSX)
        fetch["responses"][200]["content"] = {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds
        }
        self.spec.path(base, operations={"post": make})
        self.spec.path(f"{base}{{id}}", operations={"get": look})
        self.spec.path(f"{base}{{id}}/file", operations={"get": fetch})

    def _reports(self) -> None:
        """Describe the list of reports, and each report with its filters and columns."""
        self.spec.tag({"name": "report", "description": _("Reports")})
        self.spec.path(
            "/api/v1/report/", operations={"get": self._call("report", "list", _("List"), "Reports", (401, 403))}
        )
        for report in REPORTS.values():
            self.spec.components.schema(report.subject, report_schema(report))
            call = self._call("report", report.name, str(report.title), report.subject, FINDING)
            call["parameters"] = [
                {"name": name, "in": "query", "schema": {"type": "string"}, "required": False}
                for name in report.filters
            ]
            self.spec.path(f"/api/v1/report/{report.name}", operations={"get": call})

    def _common_parts(self) -> None:
        """Describe the schemas and refusals that all resources refer to."""
        parts = self.spec.components
        for name, schema in COMMON_SCHEMAS.items():
            parts.schema(name, schema)
        parts.parameter("id", "path", {"schema": ROW_ID})
        key = {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"}
        parts.parameter(KEY, "header", {"schema": key})
        for status, text in REFUSALS.items():
            parts.response(f"Refused{status}", {"description": str(text), "content": content("Refusal")})
        parts.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
        cookie = {"type": "apiKey", "in": "cookie", "name": current_app.config["SESSION_COOKIE_NAME"]}
        told = _("What changes something needs the header X-CSRFToken too.")
        parts.security_scheme("session", {**cookie, "description": told})

    def _sign_in(self) -> None:
        tag, text = "security", _("Sign in")
        login = self._call(tag, "login", text, "Token", (400, 401, 413, 422, 429), body=("Credentials", Credentials()))
        refresh = self._call(tag, "refresh", text, "Token", (401,))
        login |= {"operationId": "login", "security": []}
        refresh |= {"operationId": "refresh", "security": [{"bearer": []}]}
        self.spec.path("/api/v1/security/login", operations={"post": login})
        self.spec.path("/api/v1/security/refresh", operations={"post": refresh})

    def _resource(self, resource: Resource) -> None:
        name = resource.name
        self.spec.tag({"name": name, "description": subject_label(name)})
        for part, schema in resource_schemas(resource).items():
            self.spec.components.schema(part, schema)
        query = f"{name}_q"
        self.spec.components.parameter(query, "query", query_parameter(resource))
        rows = {"get": self._call(name, "list", _("List"), f"{name}_list", READING, query)}
        row = {"get": self._call(name, "get", _("Show"), f"{name}_shown", FINDING, "id", query)}
        if resource.takes("POST"):
            new = f"{name}_new", resource.new_body()
            rows["post"] = self._call(name, "post", _("Create"), f"{name}_made", SENDING, KEY, status=201, body=new)
        if resource.takes("PUT"):
            change = f"{name}_change", resource.change_body()
            row["put"] = self._call(name, "put", _("Edit"), f"{name}_shown", SENDING, "id", body=change)
        if resource.takes("DELETE"):
            row["delete"] = self._call(name, "delete", _("Delete"), "Message", CHANGING, "id")
        self.spec.path(f"/api/v1/{name}/", operations=rows)
        self.spec.path(f"/api/v1/{name}/{{id}}", operations=row)
        for step in resource.workflow.steps.values() if resource.workflow else ():
            self._step(name, step)

    def _step(self, name: str, step: Step) -> None:
        body = None
        if step.form is not None:
            # Steps share forms, but each is described by itself; a step refuses names that its form does not have.
            form = step.form.from_dict({}, name=f"{name}_{step.action}")
            body = form.__name__, form(unknown=RAISE)
        call = self._call(name, step.action, str(step.label), f"{name}_after", SENDING, "id", KEY, body=body)
        self.spec.path(f"/api/v1/{name}/{{id}}/{step.action}", operations={"post": call})

    def _call(
        self, tag: str, verb: str, summary: str, answer: str, refusals: Iterable[int], *parameters: str,
        status: int = 200, body: tuple[str, Schema] | None = None,
    ) -> Json:  # fmt: skip
        """Return the description of one call: what it takes, its answer, and the refusals that can happen.

        body  the name under which the schema is described, and the schema
        """
        done = {"description": _("Done"), "content": content(answer)}
        found: Json = {
            "tags": [tag],
            "operationId": f"{tag}_{verb}",
            "summary": summary,
            "parameters": list(parameters),
            "responses": {status: done, **{code: f"Refused{code}" for code in refusals}},
        }
        if body is not None:
            name, schema = body
            self.spec.components.schema(name, schema=schema)
            needed = any(field.required for field in schema.fields.values())
            found["requestBody"] = {"required": needed, "content": content(name)}
        return found


class OpenApi(BaseApi):
    """`GET /api/v1/_openapi` answers every signed-in person."""

    route_base = "/api/v1"
    resources: tuple[Resource, ...] = ()
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    def create_blueprint(self, appbuilder: AppBuilder, *args: Any, **options: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(appbuilder, *args, **options)
        blueprint.before_request(authenticate)
        return blueprint

    @expose("/_openapi", methods=("GET",))
    def get(self) -> Response:
        offered = dictionary_choices(db.session(), DICTIONARIES)
        labels = tuple((name, tuple(label for _key, label, usable in offered[name] if usable)) for name in offered)
        text = description(self.resources, str(get_locale()), labels)
        return current_app.response_class(text, mimetype="application/json")


class DocsPage(BaseView):
    """`/api/docs` shows Swagger UI from our own files."""

    route_base = "/api"
    default_view = "docs"
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    @expose("/docs")
    def docs(self) -> Any:
        if not current_user.is_authenticated:
            return redirect(self.appbuilder.get_url_for_login_with(request.full_path))
        current_actor()
        return self.render_template("api_docs.html")
