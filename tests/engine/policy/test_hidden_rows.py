"""Nobody reaches, by any path of the pages, what is not theirs; costs least of all. spec.md §1; manual 6.1, 8.8."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db, model_name
from app.models.customers.customer import Contact, Customer
from app.models.money.payment import Payment, PaymentPlan
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.security.policy import visible
from tests.support.everything import CAST, VIEWS, WORKFLOWS

PDF = b"%PDF-1.4 contract"


@pytest.fixture
def hidden(office: Any) -> dict[str, int]:
    """A customer of lin's with a contact, an approved and a draft order, a plan and a file."""
    customer = office.customer("lin", name="无锡华盛汽车维修")
    contact = office.contact(customer, name="陈建国")
    order = office.approved("lin", [(office.product(), "2")], customer=customer, subject="秋季补货")
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    draft = office.order("lin", [(office.product(), "1")], customer=customer)
    plan = office.plans(order)[0]
    return {
        "customer": customer.id, "contact": contact.id, "sales_order": order.id, "draft": draft.id,
        "payment_plan": plan.id,
    }  # fmt: skip


MODELS = {
    "customer": Customer, "contact": Contact, "sales_order": SalesOrder, "draft": SalesOrder,
    "payment_plan": PaymentPlan,
}  # fmt: skip


def strangers(office: Any, hidden: dict[str, int]) -> list[str]:
    """All of the cast who see none of these rows."""
    found = []
    for login in CAST:
        actor = office.person(login).actor
        rows = (
            visible(sa.select(model.id).where(model.id == hidden[name]), model, actor) for name, model in MODELS.items()
        )
        if not any(db.session.execute(row).first() for row in rows):
            found.append(login)
    assert len(found) > 8
    return found


def test_a_stranger_finds_nothing_of_a_hidden_customer(at: Any, office: Any, hidden: dict[str, int]) -> None:
    """Page and form of each row, every list and picker; those of these rows searched and narrowed too; the search."""
    names = ("无锡华盛", "陈建国", "秋季补货")
    searched = [f"?q={word}" for word in ("无锡", "陈建", "秋季")]
    paths = [f"{view.route_base}/list/" for view in VIEWS.values()] + [f"/pick/{model_name(model)}" for model in VIEWS]
    for model in {*MODELS.values(), Payment}:
        for path in (f"{VIEWS[model].route_base}/list/", f"/pick/{model_name(model)}"):
            paths += [f"{path}{query}" for query in (*searched, f"?customer={hidden['customer']}")]
    paths += [f"/search{query}" for query in (*searched, "?q=wxhs")] + ["/recycle/list/"]
    for login in strangers(office, hidden):
        browser = at(login)
        for name, model in MODELS.items():
            base = VIEWS[model].route_base
            assert browser.open(f"{base}/show/{hidden[name]}").status == 404, (login, base)
            assert browser.open(f"{base}/edit/{hidden[name]}").status in (403, 404), (login, base)
        for path in paths:
            text = browser.client.get(path).get_data(as_text=True)
            rows = text.split("<main", 1)[-1].replace('value="', "")
            told = re.sub(r"<(h1|title|p)>.*?</\1>", "", rows)
            assert not any(name in told for name in names), (login, path)


def test_a_stranger_changes_nothing_of_a_hidden_customer(at: Any, office: Any, hidden: dict[str, int]) -> None:
    """Form, deletion and every step of each row, and a file beside each."""
    before = db.session.get_one(Customer, hidden["customer"]).version
    paths = []
    for name, model in MODELS.items():
        steps = WORKFLOWS[model].steps if model in WORKFLOWS else ()
        ways = ("edit/{}", "delete/{}", *(f"action/{{}}/{step}" for step in steps))
        paths += [f"{VIEWS[model].route_base}/{way.format(hidden[name])}" for way in ways]
    assert len(paths) > 25
    for login in strangers(office, hidden):
        browser = at(login)
        token = browser.open("/password").typed("csrf_token")
        body = [("csrf_token", token), ("reason", "x"), ("version", "1")]
        for path in paths:
            assert browser.send(path, body).status in (403, 404), (login, path)
        for name, model in MODELS.items():
            sent = {"csrf_token": token, "file": (io.BytesIO(PDF), "合同.pdf")}
            answer = browser.client.post(f"/attachment/add/{model_name(model)}/{hidden[name]}", data=sent)
            assert answer.status_code == 404, (login, name)
    db.session.rollback()
    assert db.session.get_one(Customer, hidden["customer"]).version == before


def test_a_file_is_served_only_to_who_sees_its_record(at: Any, hidden: dict[str, int]) -> None:
    lin, zhou, manager = at("lin"), at("zhou"), at("manager")
    path = f"/customer/tab/{hidden['customer']}/files"
    add = f"/attachment/add/customer/{hidden['customer']}"
    pairs = dict(lin.open(path).form(add))
    answer = lin.client.post(add, data={**pairs, "file": (io.BytesIO(PDF), "../合同 7.pdf")})
    assert answer.status_code == 303
    found = re.search(r'href="(/attachment/get/\d+)">合同 7\.pdf<', lin.open(path).text)
    assert found
    served = manager.client.get(found[1])
    assert (served.status_code, served.data) == (200, PDF)
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in served.headers["Cache-Control"]
    assert zhou.open(found[1]).status == 404
    remove = found[1].replace("get", "delete")
    assert zhou.send(remove, [("csrf_token", zhou.open("/password").typed("csrf_token"))]).status == 404
    assert lin.press(path, remove).status == 303
    assert lin.open(found[1]).status == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<script>"),
        ("a.svg", b"<svg onload=x>"),
        ("a.pdf", b"MZ"),
        ("a", b"x"),
        ("a.png", b""),
        ("x.exe", b"MZ"),
    ],
)
def test_a_file_that_a_browser_might_run_is_not_taken(
    at: Any, hidden: dict[str, int], name: str, content: bytes
) -> None:
    lin = at("lin")
    path, add = f"/customer/tab/{hidden['customer']}/files", f"/attachment/add/customer/{hidden['customer']}"
    pairs = dict(lin.open(path).form(add))
    assert lin.client.post(add, data={**pairs, "file": (io.BytesIO(content), name)}).status_code == 422
    assert "/attachment/get/" not in lin.open(path).text


def test_sharing_opens_a_customer_for_reading_only(at: Any, office: Any, hidden: dict[str, int]) -> None:
    """§6.5: through the dialog, to a person and to a role."""
    key = hidden["customer"]
    zhou = office.zhou.actor.user_id
    lin = at("lin")
    share = f"/customer/action/{key}/share"
    assert lin.press(f"/customer/show/{key}", share, users=[str(zhou)], roles=["technical"]).status == 303
    for login in ("zhou", "technical"):
        browser = at(login)
        assert browser.open(f"/customer/show/{key}").status == 200
        assert browser.open(f"/customer/edit/{key}").status == 403
        assert f"/customer/edit/{key}" not in browser.open(f"/customer/show/{key}").text
    assert lin.press(f"/customer/show/{key}", share, users=None, roles=None).status == 303
    assert at("zhou").open(f"/customer/show/{key}").status == 404


@pytest.mark.parametrize(("login", "sees"), [("lin", False), ("keeper", False), ("product", True), ("finance", True)])
def test_a_cost_shows_only_to_who_may_see_costs(at: Any, office: Any, login: str, sees: bool) -> None:
    """§8.8: neither on the list, the page, the form, the log, nor as filter or order."""
    product = office.product(cost="6.5432", price="10")
    office.product_manager.changes(product, cost_price=Decimal("7.1234"))
    key = product.id
    browser = at(login)
    pages = [
        "/product/list/",
        f"/product/show/{key}",
        f"/product/tab/{key}/log",
        "/product/list/?sort=cost_price",
        "/search?q=T0",
    ]
    if login == "product":
        pages.append(f"/product/edit/{key}")
    text = "".join(browser.open(path).text for path in pages)
    assert ("7.1234" in text) is sees
    assert ("6.5432" in text) is sees  # what it was before stands in the log


def test_a_cost_sent_by_who_may_not_set_it_is_ignored(at: Any, office: Any) -> None:
    """§8.8: whoever lost the right on costs has no such field, and sending it does nothing."""
    key = office.product(cost="6").id
    admin = at("admin")
    roles = admin.open("/role/list/").text
    role = re.search(r'/role/edit/(\d+)">(?:(?!/role/edit).)*?product_manager', roles, re.S)
    assert role
    pairs = [p for p in admin.open(f"/role/edit/{role[1]}").form() if not str(p[1]).startswith("cost:")]
    assert admin.send(f"/role/edit/{role[1]}", pairs).status == 303
    product = at("product")
    page = product.open(f"/product/edit/{key}")
    assert "cost_price" not in page.text
    assert product.send(f"/product/edit/{key}", page.form(), cost_price="1").status == 303
    db.session.rollback()
    assert db.session.get_one(Product, key).cost_price == Decimal(6)
