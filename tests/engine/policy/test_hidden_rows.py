"""Nobody reaches, by any path of the pages, what is not theirs; costs least of all. spec.md §1; manual 6.1, 8.8."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest

from app.core.db.base import db
from app.models.customers.customer import Customer
from app.models.products.product import Product

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


STRANGERS = ("zhou", "xu", "keeper", "admin", "technical", "marketing")


@pytest.mark.parametrize("login", STRANGERS)
def test_a_stranger_finds_nothing_of_a_hidden_customer(at: Any, hidden: dict[str, int], login: str) -> None:
    browser = at(login)
    for model, key in hidden.items():
        base = "/" + {"draft": "salesorder"}.get(model, model.replace("_", ""))
        assert browser.open(f"{base}/show/{key}").status == 404, base
        assert browser.open(f"{base}/edit/{key}").status in (403, 404), base
    names = ("无锡华盛", "陈建国", "秋季补货")
    for path in (
        "/customer/list/", "/contact/list/", "/salesorder/list/", "/paymentplan/list/", "/payment/list/",
        "/customer/list/?q=无锡", f"/contact/list/?customer={hidden['customer']}", "/search?q=无锡华盛",
        "/search?q=wxhs", "/search?q=陈建国", "/search?q=秋季", "/pick/customer?q=无锡", "/pick/contact?q=陈",
        f"/pick/contact?customer={hidden['customer']}", f"/pick/sales_order?customer={hidden['customer']}",
        "/recycle/list/",
    ):  # fmt: skip
        text = browser.client.get(path).get_data(as_text=True)
        rows = text.split("<main", 1)[-1].replace('value="', "")
        assert not any(name in re.sub(r"<(h1|title|p)>.*?</\1>", "", rows) for name in names), path


@pytest.mark.parametrize("login", STRANGERS)
def test_a_stranger_changes_nothing_of_a_hidden_customer(at: Any, hidden: dict[str, int], login: str) -> None:
    before = db.session.get_one(Customer, hidden["customer"]).version
    browser = at(login)
    body = [("csrf_token", browser.open("/password").typed("csrf_token")), ("reason", "x"), ("version", "1")]
    customer, order, draft = hidden["customer"], hidden["sales_order"], hidden["draft"]
    for path in (
        f"/customer/edit/{customer}", f"/customer/delete/{customer}", f"/customer/action/{customer}/share",
        f"/customer/action/{customer}/mark_hot", f"/salesorder/action/{order}/revoke", f"/salesorder/delete/{draft}",
        f"/salesorder/action/{draft}/submit", f"/contact/edit/{hidden['contact']}",
    ):  # fmt: skip
        assert browser.send(path, body).status in (403, 404), path
    answer = browser.client.post(
        f"/attachment/add/customer/{customer}",
        data={"csrf_token": body[0][1], "file": (io.BytesIO(PDF), "合同.pdf")},
    )
    assert answer.status_code == 404
    db.session.rollback()
    assert db.session.get_one(Customer, customer).version == before


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
    assert str(db.session.get_one(Product, key).cost_price) == "6.0000"
