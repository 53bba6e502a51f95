"""REST serves `/api/v1/<model>/`, `/<id>` and `/<id>/<action>` of every model that is read at all. design.md §7.

A resource follows from the view of its model. Where a model has no page, or its resource needs a call of its own, the
domain writes a `RecordApi` beside its views.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseApi, expose
from app.core.db.base import db, model_name
from app.core.errors import NotAllowed, NotFound, invalid_many, no_such_row
from app.core.flow.workflow import Move, Step, Workflow
from app.core.kinds.numerals import LARGEST_WHOLE
from app.core.record.schemas import load
from app.query.rest_rows import visible_id
from app.rest.body import BodyReader
from app.rest.openapi import DocsPage, OpenApi
from app.rest.query import rest_request_of
from app.rest.request import Answer, answer_once, authenticate, json_response, person, with_one_shape
from app.rest.row_json import RowSerializer
from app.rest.schema import METHODS, Resource
from app.rest.token import take_over_sign_in
from app.screens.form.json_body import body
from app.screens.frame.registry import VIEWS
from app.security.policy import require_visible

APIS: dict[type[Any], type[RecordApi]] = {}


class RecordApi(BaseApi):
    """The calls of one resource. Rights are the actor's, asked by name; the framework's own are not used.

    model    the model whose rows are read and written
    columns  names of the members that are shown; all of them when empty
    methods  the HTTP methods that are answered, as far as the model takes them
    beside   name → (model, its column that holds our key): a table whose exact numbers are members of each row
    """

    model: type[Any]
    columns: tuple[str, ...] = ()
    methods: tuple[str, ...] = METHODS
    beside: Mapping[str, tuple[type[Any], str]] = {}
    resource: ClassVar[Resource]
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    def __init_subclass__(cls) -> None:
        """Register the class of a model.

        errors  ValueError when the model has a class already
        """
        super().__init_subclass__()
        if "model" not in cls.__dict__:
            return
        if cls.model in APIS:
            raise ValueError(f"{cls.__name__}: {APIS[cls.model].__name__} answers for this model already")
        resource = Resource(cls.model, columns=cls.columns, methods=cls.methods, beside=cls.beside)
        cls.resource, cls.resource_name = resource, resource.name
        APIS[cls.model] = cls

    def __init__(self) -> None:
        """Leave out the calls that the model does not take."""
        calls = {"get_list": "GET", "get": "GET", "post": "POST", "put": "PUT", "delete": "DELETE"}
        left_out = {call for call, method in calls.items() if not self.resource.takes(method)}
        self.exclude_route_methods = left_out if self.resource.workflow is not None else {*left_out, "act"}
        super().__init__()

    def create_blueprint(self, appbuilder: AppBuilder, *args: Any, **options: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(appbuilder, *args, **options)
        blueprint.before_request(authenticate)
        return blueprint

    @expose("/", methods=("GET",))
    def get_list(self) -> Response:
        resource, session = self.resource, db.session()
        actor = person("read", resource.model)
        wanted = rest_request_of(session, request.args.get("q"), resource, actor)
        listing, sort, skip = wanted.listing, wanted.sort, wanted.page * wanted.size
        found, more = listing.page(session, actor, sort=sort, cursor=wanted.cursor, size=wanted.size, skip=skip)
        count: int | None = skip + len(found)
        if wanted.cursor is not None:
            # A program that follows `next` knows the count from the first page; counting would cost more than the rows.
            count = None
        elif more or (skip and not found):
            count = listing.count(session, actor, exactly=True)
        serializer = RowSerializer(session, resource, actor, wanted.columns)
        rows = serializer.many([row[0] for row in found]) if found else []
        next_ = listing.cursor_of(found[-1]).text(sort.name) if more else None
        return json_response(200, {"count": count, "ids": [row["id"] for row in rows], "result": rows, "next": next_})

    @expose("/<pk>", methods=("GET",))
    def get(self, pk: str) -> Response:
        resource, session = self.resource, db.session()
        actor = person("read", resource.model)
        wanted = rest_request_of(session, request.args.get("q"), resource, actor)
        row_id = whole_id(pk)
        if not visible_id(session, resource.model, row_id, actor):
            raise no_such_row()
        return json_response(
            200, {"id": row_id, "result": RowSerializer(session, resource, actor, wanted.columns).one(row_id)}
        )

    @expose("/", methods=("POST",))
    def post(self) -> Response:
        entry, resource = self.resource.writer, self.resource
        actor = person("create", resource.model)
        given = body()

        def work() -> Answer:
            session = db.session()
            reader = BodyReader(session, resource, actor)
            row = entry.create(session, reader.values(given), actor)
            serializer = RowSerializer(session, resource, actor, items=reader.items_read)
            answer = {"id": row.id, "result": serializer.one(row.id)}
            warnings = entry.warnings(session, row, actor)
            return 201, {**answer, "warnings": warnings} if warnings else answer

        return answer_once(work, given)

    @expose("/<pk>", methods=("PUT",))
    def put(self, pk: str) -> Response:
        entry, resource = self.resource.writer, self.resource
        actor = person("edit", resource.model)
        row_id, given = whole_id(pk), body()

        def work() -> Answer:
            session = db.session()
            row = require_visible(session, resource.model, row_id, actor)
            reader = BodyReader(session, resource, actor)
            values = reader.values(given, row)
            entry.change(session, row, values, actor, values.pop("version", None))
            serializer = RowSerializer(session, resource, actor, items=reader.items_read)
            return 200, {"id": row_id, "result": serializer.one(row_id)}

        return answer_once(work)

    @expose("/<pk>", methods=("DELETE",))
    def delete(self, pk: str) -> Response:
        entry, resource = self.resource.writer, self.resource
        actor = person("delete", resource.model)
        row_id = whole_id(pk)

        def work() -> Answer:
            session = db.session()
            row = require_visible(session, resource.model, row_id, actor)
            name = str(row)
            entry.delete(session, row, actor)
            return 200, {"message": _("“%(name)s” was deleted.", name=name)}

        return answer_once(work)

    @expose("/<pk>/<action>", methods=("POST",))
    def act(self, pk: str, action: str) -> Response:
        workflow, resource = self.resource.workflow, self.resource
        if workflow is None or action not in workflow.steps:
            raise NotFound("not_found", _("There is no such action."))
        step = workflow.steps[action]
        actor = permitted_step(step, workflow, resource.model)
        row_id, given = whole_id(pk), body()

        def work() -> Answer:
            session = db.session()
            document = require_visible(session, resource.model, row_id, actor)
            move = workflow.fire(session, document, action, actor, form_of(step, given))
            return 200, action_answer(move, resource)

        return answer_once(work, given)


def whole_id(text: str) -> int:
    """Return the id in an address.

    errors  NotFound for what can be no id
    """
    if not text.isascii() or not text.isdigit() or len(text) > 10 or not 0 < int(text) <= LARGEST_WHOLE:
        raise no_such_row()
    return int(text)


def permitted_step(step: Step, workflow: Workflow, model: type[Any]) -> Actor:
    """Return the actor who may take the step.

    errors  NotAllowed naming the step
    """
    try:
        return person(step.action, model)
    except NotAllowed as error:
        text = _("You do not have the right “%(action)s”.", action=str(step.label))
        raise NotAllowed("not_allowed", text) from error


def form_of(step: Step, given: dict[str, Any]) -> dict[str, Any]:
    """Return the cleaned values of a step's form; a step without a form takes no notice of a body.

    errors  Refused "invalid" with a reason for each field that is unknown or cannot be read
    """
    if step.form is None:
        return {}
    unknown = sorted(given.keys() - step.form().fields.keys())
    if unknown:
        raise invalid_many((name[:60], _("There is no such field.")) for name in unknown)
    return load(step.form, given)


def action_answer(move: Move, resource: Resource) -> dict[str, Any]:
    """Return what an action answers: the document as it stands now, what to look at, and the documents it made."""
    values = {name: (member.kind, getattr(move.document, member.field.name)) for name, member in resource.told.items()}
    shown = {name: None if value is None else kind.json(value) for name, (kind, value) in values.items()}
    if move.warnings:
        shown["warnings"] = list(move.warnings)
    if move.created:
        shown["created"] = [
            {"model": model_name(made), "id": made.id, "number": getattr(made, "number", None) or str(made)}
            for made in move.created
        ]
    return shown


def derive_api(view: type[Any]) -> None:
    """Make the class of a model that has pages and no class of its own."""
    name = "".join(part.capitalize() for part in model_name(view.model).split("_")) + "Api"
    given = {"columns": view.rest_columns, "methods": view.rest_methods, "beside": view.beside}
    type(name, (RecordApi,), {"model": view.model, **given})


def all_apis() -> list[type[RecordApi]]:
    """Return the class of every resource: those that domains wrote, and those derived from the views."""
    for model, view in VIEWS.items():
        if model not in APIS and view.rest_methods:
            derive_api(view)
    return list(APIS.values())


def resources() -> list[Resource]:
    """Return every resource of the interface."""
    return [api.resource for api in all_apis()]


def register(appbuilder: AppBuilder) -> None:
    """Add the whole interface: resources, sign-in, description, documentation page."""
    for api in all_apis():
        appbuilder.add_api(api)
    take_over_sign_in(appbuilder)
    OpenApi.resources = tuple(resources())
    appbuilder.add_api(OpenApi)
    appbuilder.add_view_no_menu(DocsPage)
    current_app.after_request(with_one_shape)
