"""A firm with one of everything, served as on a server: an exception is answered, not raised into the test."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db
from app.core.flow.workflow import WORKFLOWS
from app.core.record.fields import fields_of
from app.screens.frame.registry import VIEWS
from tests.hostile.asking import Known
from tests.views.browser import Browser

LOGINS = ("admin", "lin", "director", "product", "keeper", "finance")
PDF = b"%PDF-1.4 contract"


@pytest.fixture
def lenient(app: Flask) -> Iterator[Flask]:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.config["PROPAGATE_EXCEPTIONS"] = True


@pytest.fixture
def at(office: Any, client_as: Any) -> Callable[[str], Browser]:
    """`at("lin").open("/customer/list/")`; what the office did before is finished."""

    def signed_in(login: str) -> Browser:
        db.session.remove()
        return Browser(client_as(login))

    return signed_in


@pytest.fixture
def furnished(office: Any, at: Any) -> dict[str, int]:
    """One of everything: orders at every stage of their life, money, goods, an attachment, a deleted record."""
    product = office.stocked("40", price="20")[0]
    customer = office.customer("lin", name="无锡华盛汽车维修")
    contact = office.contact(customer, name="陈建国")
    order = office.approved("lin", [(product, "4")], customer=customer, subject="秋季补货")
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.shipped(order)
    payment = office.finance.pays(order, "10")
    draft = office.order("lin", [(product, "1")], customer=customer)
    office.issued(office.approved("lin", [(product, "2")], customer=customer))
    pending = office.order("lin", [(product, "1")], customer=customer)
    office.lin.fires("submit", pending)
    office.lin.deletes(office.order("lin", [(product, "1")], customer=customer))
    found = {
        "product": product.id, "customer": customer.id, "contact": contact.id, "sales_order": order.id,
        "draft": draft.id, "pending": pending.id, "payment": payment.id,
    }  # fmt: skip
    lin = at("lin")
    add = f"/attachment/add/customer/{found['customer']}"
    pairs = dict(lin.open(f"/customer/tab/{found['customer']}/files").form(add))
    assert lin.client.post(add, data={**pairs, "file": (io.BytesIO(PDF), "合同.pdf")}).status_code == 303
    return found


@pytest.fixture
def known(furnished: dict[str, int], office: Any) -> Known:
    """Keys of rows that are there, and every word an address, form or body may name."""
    keys: dict[str, tuple[str, ...]] = {}
    names: set[str] = set()
    steps, writers = {}, {}
    actors = {login: office.person(login).actor for login in LOGINS}
    for model, view in VIEWS.items():
        found = db.session.scalars(sa.select(model.id).order_by(model.id)).all()
        keys[str(view.route_base).strip("/")] = tuple(str(key) for key in found[:12]) or ("1",)
        base = str(view.route_base).strip("/")
        steps[base] = tuple(WORKFLOWS[model].steps) if model in WORKFLOWS else ()
        writers[base] = tuple(who for who, actor in actors.items() if actor.may("edit", model))
        names |= set(fields_of(model)) | {column.key for column in model.__table__.columns}
    every_step = {step for workflow in WORKFLOWS.values() for step in workflow.steps}
    spare = db.session.scalars(sa.text("SELECT id FROM ab_user WHERE username = 'marketing'")).one()
    keys |= {"user": (str(spare),), "role": ("14", "15"), "attachment": ("1",), "recycle": ("1", "2"), "import": ("1",)}
    keys["dictionaryitem"] = keys["dictionaryitem"][-3:]
    models = tuple(sorted(str(view.route_base).strip("/") for view in VIEWS.values()))
    db.session.remove()
    return Known(
        arguments={
            "name": ("customer", "sales_order", "product", "files", "log", "orders", "contact", "stock_value", *models),
            "action": (*sorted(every_step), "delete"), "kind": ("customers", "products", "opening_stock"),
            "code": ("sales", "admin"), "locale": ("zh", "en"), "filename": ("css/app.css", "js/forms.js"),
        },
        keys=keys, names=tuple(sorted(names)), steps={base: found for base, found in steps.items() if found},
        writers={base: found for base, found in writers.items() if found},
    )  # fmt: skip
