"""REST: `/api/v1/<model>/`, `/<id>` and `/<id>/<action>` for every model of the slice. design.md §7.

A resource says only what its model does not: everything else follows from its fields, entry, workflow and visibility.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder, BaseApi, expose
from app.core.db.base import db, model_name
from app.core.errors import NotAllowed, NotFound, invalid_many, no_such_row
from app.core.flow.workflow import Move, Step, Workflow
from app.core.kinds.number import LARGEST_WHOLE
from app.core.record.entry import ENTRIES
from app.core.record.schemas import load
from app.models.customers.customer import Contact, Customer
from app.models.money.payment import CustomerBalance, Payment, PaymentPlan, ReceivableLedgerEntry
from app.models.products.product import Product, ProductCategory
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockBalance, StockInit, StockLedgerEntry, Warehouse
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.query.rest_rows import Beside, matching_count, page_ids, visible_id
from app.rest.body import BodyReader
from app.rest.openapi import DocsPage, OpenApi
from app.rest.query import wanted_of
from app.rest.request import Answer, answered, authenticate, person, shaped, written
from app.rest.schema import Resource, computed
from app.rest.shown import Showing
from app.rest.token import take_over_sign_in
from app.screens.form.json_body import body
from app.screens.frame.registry import VIEWS
from app.security.policy import require_visible

FIGURES = ("contract_value", "shipped_value", "plan_open", "received", "receivable")
RESOURCES = (
    Resource(Customer, beside=CustomerBalance, beside_key="customer_id", figures=FIGURES),
    Resource(Contact),
    Resource(SalesOrder, computed=(computed(SalesOrderLine, "discount", "percent"),)),
    Resource(PaymentPlan),
    Resource(Payment),
    Resource(GoodsIssue),
    Resource(Shipment),
    Resource(StockBalance, computed=(computed(StockBalance, "available", "quantity"),)),
    Resource(StockLedgerEntry),
    Resource(ReceivableLedgerEntry),
    Resource(Warehouse),
    Resource(StockInit),
    Resource(Product),
    Resource(ProductCategory),
    Resource(DictionaryItem),
    Resource(AppUser, only=("id", "name")),
)


def offered() -> tuple[Resource, ...]:
    """The resources above, and one of every other model that people may write."""
    known = {resource.model for resource in RESOURCES}
    return (*RESOURCES, *(Resource(model) for model in VIEWS if model not in known and model in ENTRIES))


# What the answer to an action tells of the document, where the model has it.
TOLD = ("id", "number", "state", "status", "shipping_status")


class RecordApi(BaseApi):
    """The verbs of one resource. Rights are the actor's, asked by name; the framework's own are not used."""

    resource: Resource
    base_permissions: list[str] = []  # noqa: RUF012 - the framework's attribute

    def create_blueprint(self, appbuilder: AppBuilder, *args: Any, **options: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(appbuilder, *args, **options)
        blueprint.before_request(authenticate)
        return blueprint

    @expose("/", methods=("GET",))
    def get_list(self) -> Response:
        resource, session = self.resource, db.session()
        actor = person("read", resource.model)
        wanted = wanted_of(request.args.get("q"), resource, actor)
        beside = Beside(resource.beside, resource.beside_key) if resource.beside is not None else None
        page = wanted.page
        ids = page_ids(session, resource.model, page, actor, beside)
        if len(ids) < page.size and (ids or not page.number):
            count = page.number * page.size + len(ids)
        else:
            count = matching_count(session, resource.model, page, actor, beside)
        rows = Showing(session, resource, actor, wanted.columns).many(ids) if ids else []
        return answered(200, {"count": count, "ids": [row["id"] for row in rows], "result": rows})

    @expose("/<pk>", methods=("GET",))
    def get(self, pk: str) -> Response:
        resource, session = self.resource, db.session()
        actor = person("read", resource.model)
        wanted = wanted_of(request.args.get("q"), resource, actor)
        row_id = whole_id(pk)
        if not visible_id(session, resource.model, row_id, actor):
            raise no_such_row()
        return answered(200, {"id": row_id, "result": Showing(session, resource, actor, wanted.columns).one(row_id)})

    @expose("/", methods=("POST",))
    def post(self) -> Response:
        entry, resource = self.resource.writer, self.resource
        actor = person("create", resource.model)
        given = body()

        def work() -> Answer:
            session = db.session()
            reader = BodyReader(session, resource, actor)
            row = entry.create(session, reader.values(given), actor)
            showing = Showing(session, resource, actor, items=reader.items_read)
            answer = {"id": row.id, "result": showing.one(row.id)}
            warnings = entry.warnings(session, row, actor)
            return 201, {**answer, "warnings": warnings} if warnings else answer

        return written(work, given)

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
            showing = Showing(session, resource, actor, items=reader.items_read)
            return 200, {"id": row_id, "result": showing.one(row_id)}

        return written(work)

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

        return written(work)

    @expose("/<pk>/<action>", methods=("POST",))
    def act(self, pk: str, action: str) -> Response:
        workflow, resource = self.resource.workflow, self.resource
        if workflow is None or action not in workflow.steps:
            raise NotFound("not_found", _("There is no such action."))
        step = workflow.steps[action]
        actor = permitted(step, workflow, resource.model)
        row_id, given = whole_id(pk), body()

        def work() -> Answer:
            session = db.session()
            document = require_visible(session, resource.model, row_id, actor)
            move = workflow.fire(session, document, action, actor, form_of(step, given))
            return 200, told(move, resource, actor)

        return written(work, given)


def whole_id(text: str) -> int:
    """The id in an address.

    errors  NotFound for what can be no id
    """
    if not text.isascii() or not text.isdigit() or len(text) > 10 or not 0 < int(text) <= LARGEST_WHOLE:
        raise no_such_row()
    return int(text)


def permitted(step: Step, workflow: Workflow, model: type[Any]) -> Actor:
    """errors  NotAllowed naming the step"""
    try:
        return person(step.action, model)
    except NotAllowed as error:
        text = _("You do not have the right “%(action)s”.", action=str(step.label))
        raise NotAllowed("not_allowed", text) from error


def form_of(step: Step, given: dict[str, Any]) -> dict[str, Any]:
    """The cleaned values of a step's form; a step without a form takes no notice of a body.

    errors  Refused "invalid" with a reason for each field that is unknown or cannot be read
    """
    if step.form is None:
        return {}
    unknown = sorted(given.keys() - step.form().fields.keys())
    if unknown:
        raise invalid_many((name[:60], _("There is no such field.")) for name in unknown)
    return load(step.form, given)


def told(move: Move, resource: Resource, actor: Actor) -> dict[str, Any]:
    """What an action answers: the document as it stands now, and the documents it made."""
    document = move.document
    shown: dict[str, Any] = {}
    for name in TOLD:
        member = resource.members.get(name)
        if member is not None:
            value = getattr(document, member.field.name)
            shown[name] = value if isinstance(value, int) else str(value)
    if move.created:
        shown["created"] = [
            {"model": model_name(made), "id": made.id, "number": getattr(made, "number", None) or str(made)}
            for made in move.created
        ]
    return shown


def api_class(resource: Resource) -> type[RecordApi]:
    """The class of one resource; verbs that its model does not take have no route."""
    left_out = set()
    if not resource.takes_new:
        left_out |= {"post", "put", "delete"}
    if resource.workflow is None:
        left_out.add("act")
    name = "".join(part.capitalize() for part in resource.name.split("_")) + "Api"
    attributes = {"resource": resource, "resource_name": resource.name, "exclude_route_methods": left_out}
    return type(name, (RecordApi,), attributes)


def register(appbuilder: AppBuilder) -> None:
    """Add the whole interface: resources, sign-in, description, documentation page."""
    resources = offered()
    for resource in resources:
        appbuilder.add_api(api_class(resource))
    take_over_sign_in(appbuilder)
    OpenApi.resources = resources
    appbuilder.add_api(OpenApi)
    appbuilder.add_view_no_menu(DocsPage)
    current_app.after_request(shaped)
