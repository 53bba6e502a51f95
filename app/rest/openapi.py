"""The interface described by itself: an OpenAPI 3.0 document made from the same resources, and a page to try it.

Nothing here is written by hand: paths, bodies, answers and refusals follow from models, entries and workflows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.core.appbuilder import AppBuilder, BaseApi, BaseView, expose
from app.core.db.base import db
from app.core.flow.workflow import Step
from app.core.record.fields import Kind
from app.core.record.idempotency import LONGEST_KEY
from app.models.system.setting import ItemState
from app.query.rest_rows import DictionaryItems, dictionary_items
from app.rest.openapi_schemas import NAMED, REFERENCE, ROW_ID, Json, query_schema, shown_member, taken_schema
from app.rest.query import OPERATORS
from app.rest.request import answered, authenticate
from app.rest.schema import Resource
from app.rest.token import Credentials
from app.screens.frame.labels import subject_label
from app.screens.web.current_actor import current_actor

VERSION = "1"
# Status → what it says.
REFUSALS: dict[int, Any] = {
    400: _l("The request cannot be read: broken JSON or query, or a missing CSRF token."),
    401: _l("Nobody is signed in, or the token has expired."),
    403: _l("The right is missing: not_allowed."),
    404: _l("The record does not exist, or is not for these eyes: not_found."),
    409: _l("The document has moved on, was changed by someone else (stale), or is being changed right now (busy)."),
    413: _l("The request is too large."),
    422: _l("A field cannot be read (invalid), or a rule of the business refuses; one reason each."),
    429: _l("Too many tries."),
}


class Document:
    """The whole description, resource by resource."""

    def __init__(self, resources: Sequence[Resource], items: DictionaryItems) -> None:
        self.resources = resources
        self.items = items
        self.paths: Json = {}
        self.schemas: Json = {"Named": NAMED, "Reference": REFERENCE, "Refusal": refusal_schema()}

    def described(self) -> Json:
        self._sign_in()
        for resource in self.resources:
            self._resource(resource)
        return {
            "openapi": "3.0.3",
            "info": {"title": current_app.config.get("APP_NAME", ""), "version": VERSION},
            "servers": current_app.config.get("FAB_OPENAPI_SERVERS", [{"url": "/"}]),
            "security": [{"bearer": []}, {"session": []}],
            "tags": [{"name": r.name, "description": subject_label(r.name)} for r in self.resources],
            "paths": self.paths,
            "components": {
                "schemas": self.schemas,
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                    "session": {
                        "type": "apiKey",
                        "in": "cookie",
                        "name": current_app.config["SESSION_COOKIE_NAME"],
                        "description": _("What changes something needs the header X-CSRFToken too."),
                    },
                },
                "responses": {
                    f"Refused{status}": {"description": str(text), "content": content("Refusal")}
                    for status, text in REFUSALS.items()
                },
            },
        }

    def labels(self, dictionary: str) -> list[str]:
        """What can be chosen now; a retired label is taken where it stands already."""
        return [item.label for item in self.items.of(dictionary) if item.state is ItemState.enabled]

    def _sign_in(self) -> None:
        self.schemas["Credentials"] = taken_schema(Credentials, self.labels)
        token = {"type": "string"}
        answer = {"type": "object", "properties": {"access_token": token, "refresh_token": token}}
        self.schemas["Token"] = {**answer, "required": ["access_token"]}
        answers = responses(200, "Token", 400, 401, 413, 422, 429)
        asked = {"required": True, "content": content("Credentials")}
        about: Json = {"tags": ["security"], "responses": answers}
        self.paths["/api/v1/security/login"] = {
            "post": {
                **about, "operationId": "login", "summary": _("Sign in"), "security": [], "requestBody": asked,
            }
        }  # fmt: skip
        self.paths["/api/v1/security/refresh"] = {
            "post": {
                **about, "operationId": "refresh", "summary": _("Sign in"), "security": [{"bearer": []}],
                "responses": responses(200, "Token", 401),
            }
        }  # fmt: skip

    def _resource(self, resource: Resource) -> None:
        name = resource.name
        self.schemas[name] = self._row(resource)
        self.schemas[f"{name}_shown"] = _wrapped({"id": {"type": "integer"}, "result": reference(name)})
        self.schemas[f"{name}_list"] = _wrapped(
            {
                "count": {"type": "integer", "nullable": True, "description": _("Null where “next” was followed.")},
                "ids": {"type": "array", "items": {"type": "integer"}},
                "result": {"type": "array", "items": reference(name)},
                "next": {
                    "type": "string",
                    "nullable": True,
                    "description": _("Give it back as “next” of the query to read on; null after the last row."),
                },
            }
        )
        self.schemas[f"{name}_query"] = query_schema(resource)
        collection: Json = {"get": self._list(resource)}
        shown = self._one(resource, "get", _("Show"), responses(200, f"{name}_shown", 400, 401, 403, 404, 422))
        single: Json = {"get": {**shown, "parameters": [query_parameter(resource)]}}
        if resource.takes("POST"):
            collection["post"] = self._new(resource)
        if resource.takes("PUT"):
            single["put"] = self._change(resource)
        if resource.takes("DELETE"):
            single["delete"] = self._one(
                resource, "delete", _("Delete"), responses(200, self._message(), 400, 401, 403, 404, 409, 422)
            )
        self.paths[f"/api/v1/{name}/"] = collection
        self.paths[f"/api/v1/{name}/{{id}}"] = {"parameters": [ID], **single}
        if resource.workflow is not None:
            for step in resource.workflow.steps.values():
                self.paths[f"/api/v1/{name}/{{id}}/{step.action}"] = {"post": self._action(resource, step)}

    def _row(self, resource: Resource) -> Json:
        properties = {}
        for name, member in resource.members.items():
            if member.kind is Kind.lines:
                inner = resource.line_members(member)
                line = {"type": "object", "properties": {n: shown_member(m) for n, m in inner.items()}}
                properties[name] = {"type": "array", "items": line, "description": member.field.label}
            else:
                properties[name] = shown_member(member)
        return {"type": "object", "properties": properties}

    def _message(self) -> str:
        self.schemas["Message"] = _wrapped({"message": {"type": "string"}})
        return "Message"

    def _list(self, resource: Resource) -> Json:
        return {
            "tags": [resource.name],
            "operationId": f"{resource.name}_list",
            "summary": _("List"),
            "parameters": [query_parameter(resource)],
            "responses": responses(200, f"{resource.name}_list", 400, 401, 403, 422),
        }

    def _one(self, resource: Resource, verb: str, summary: str, answers: Json) -> Json:
        return {
            "tags": [resource.name],
            "operationId": f"{resource.name}_{verb}",
            "summary": summary,
            "responses": answers,
        }

    def _new(self, resource: Resource) -> Json:
        name = f"{resource.name}_new"
        self.schemas[name] = taken_schema(resource.new_body, self.labels, resource.members)
        made = {"id": {"type": "integer"}, "result": reference(resource.name)}
        self.schemas[f"{resource.name}_made"] = {
            **_wrapped(made),
            "properties": {**made, "warnings": {"type": "array", "items": {"type": "object"}}},
        }
        return {
            **self._one(resource, "post", _("Create"), {}),
            "parameters": [IDEMPOTENCY],
            "requestBody": {"required": True, "content": content(name)},
            "responses": responses(201, f"{resource.name}_made", 400, 401, 403, 404, 409, 413, 422),
        }

    def _change(self, resource: Resource) -> Json:
        name = f"{resource.name}_change"
        self.schemas[name] = taken_schema(resource.change_body, self.labels, resource.members)
        return {
            **self._one(resource, "put", _("Edit"), {}),
            "requestBody": {"required": False, "content": content(name)},  # nothing sent changes nothing
            "responses": responses(200, f"{resource.name}_shown", 400, 401, 403, 404, 409, 413, 422),
        }

    def _action(self, resource: Resource, step: Step) -> Json:
        name = f"{resource.name}_after"
        self.schemas[name] = after_schema(resource)
        described = self._one(
            resource, step.action, str(step.label), responses(200, name, 400, 401, 403, 404, 409, 413, 422)
        )
        if step.form is not None:
            form = f"{resource.name}_{step.action}"
            self.schemas[form] = taken_schema(step.form, self.labels, closed=True)
            needed = bool(self.schemas[form].get("required"))
            described["requestBody"] = {"required": needed, "content": content(form)}
        return {**described, "parameters": [ID, IDEMPOTENCY]}


ID: Json = {"name": "id", "in": "path", "required": True, "schema": ROW_ID}
IDEMPOTENCY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}


def reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def content(name: str) -> Json:
    return {"application/json": {"schema": reference(name)}}


def _wrapped(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def responses(status: int, name: str, *refusals: int) -> Json:
    """The answer when all is well, and the refusals that can happen."""
    found: Json = {str(status): {"description": _("Done"), "content": content(name)}}
    return {**found, **{str(code): {"$ref": f"#/components/responses/Refused{code}"} for code in refusals}}


def refusal_schema() -> Json:
    text = {"type": "string"}
    reason = {
        "type": "object",
        "properties": {"code": text, "message": text, "field": text},
        "required": ["code", "message"],
    }
    return _wrapped({"code": text, "message": text, "reasons": {"type": "array", "items": reason}})


def after_schema(resource: Resource) -> Json:
    """What an action answers: the document's states, and what it made."""
    told = ("number", "state", "status", "shipping_status")
    properties: Json = {"id": {"type": "integer"}}
    properties |= {name: shown_member(resource.members[name]) for name in told if name in resource.members}
    number = {"model": {"type": "string"}, "id": {"type": "integer"}, "number": {"type": "string"}}
    properties["created"] = {"type": "array", "items": _wrapped(number)}
    return {"type": "object", "properties": properties, "required": ["id"]}


def query_parameter(resource: Resource) -> Json:
    """The query of a list: JSON, or the same in Rison, which is shorter in an address."""
    names = [name for name, member in resource.members.items() if member.is_filterable]
    operators = sorted({operator for kind in OPERATORS.values() for operator in kind})
    text = _(
        "Rison: (filters:!((col:name,opr:ct,value:x)),order_column:id,order_direction:desc,page:0,page_size:20,"
        "columns:!(id)). Columns: %(columns)s. Operators: %(operators)s.",
        columns=", ".join(names), operators=", ".join(operators),
    )  # fmt: skip
    described = {"application/json": {"schema": reference(f"{resource.name}_query")}}
    return {"name": "q", "in": "query", "required": False, "description": text, "content": described}


class OpenApi(BaseApi):
    """`GET /api/v1/_openapi`, for every signed-in person."""

    route_base = "/api/v1"
    resources: Sequence[Resource] = ()
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    def create_blueprint(self, appbuilder: AppBuilder, *args: Any, **options: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(appbuilder, *args, **options)
        blueprint.before_request(authenticate)
        return blueprint

    @expose("/_openapi", methods=("GET",))
    def get(self) -> Response:
        return answered(200, Document(self.resources, dictionary_items(db.session())).described())


class DocsPage(BaseView):
    """`/api/docs`: Swagger UI from our own files."""

    route_base = "/api"
    default_view = "docs"
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    @expose("/docs")
    def docs(self) -> Any:
        if not current_user.is_authenticated:
            return redirect(self.appbuilder.get_url_for_login_with(request.full_path))
        current_actor()
        return self.render_template("api_docs.html")
