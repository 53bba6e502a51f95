"""The order form: saving header and lines as one, and what is asked while one types. Manual 8.3–8.5, 10.9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core.db.base import db
from app.security.dictionaries import items
from tests.sales.order_form import OrderForm, head, line, orders, reasons, settled
from tests.support.office import D
from tests.support.pages import Browser

pytestmark = pytest.mark.sql

At = Callable[[str], Browser]


@pytest.fixture
def at(office: Any, client_as: Any) -> At:
    """`at("lin").open("/salesorder/list/")`; records made before can still be read."""

    def signed_in(login: str) -> Browser:
        settled()
        return Browser(client_as(login))

    return signed_in


def fetched(at: At, login: str, path: str) -> tuple[int, Any]:
    answer = at(login).client.get(path)
    return answer.status_code, answer.get_json(silent=True)


# Saving


def test_an_order_is_saved_with_the_servers_amounts_and_then_asks_for_its_plan(at: At, office: Any) -> None:
    product, customer = office.product(), office.customer()
    lines = [line(product, "3", "0.335"), line(product, "1", "9.9999")]
    values = head(customer)
    status, body = OrderForm(at("lin")).save(values, lines)
    assert status == 200, body
    (order,) = orders()
    assert body["to"] == f"/salesorder/show/{order.id}?plan=1"
    assert [each.amount for each in order.lines] == [D("1.01"), D("10.00")]
    assert body["total"] == "11.01"


def test_the_same_form_sent_twice_makes_one_order(at: At, office: Any) -> None:
    product, customer = office.product(), office.customer()
    values, lines = head(customer), [line(product)]
    form = OrderForm(at("lin"))
    first, second = form.save(values, lines), form.save(values, lines)
    assert first == second
    assert len(orders()) == 1


def test_all_refusals_of_head_and_lines_come_at_once_beside_their_fields(at: At, office: Any) -> None:
    product, customer = office.product(), office.customer()
    values = head(customer, subject="", latest_ship_on="never")
    status, body = OrderForm(at("lin")).save(values, [line(product), line(product, rate="0.5")])
    assert status == 422
    assert {"subject", "latest_ship_on", "lines.1.tax_rate"} <= reasons(body).keys()
    assert orders() == []


def test_lines_that_cannot_be_read_are_named(at: At, office: Any) -> None:
    product, customer = office.product(), office.customer()
    lines = [line(product, "0"), line(product, "1.2345"), {"product": product.id}, line(product, price="-1")]
    status, body = OrderForm(at("lin")).save(head(customer), lines)
    assert status == 422
    assert {"lines.0.quantity", "lines.1.quantity", "lines.2.unit_price", "lines.3.unit_price"} <= reasons(body).keys()


def test_a_stale_form_is_refused_with_who_changed_it(at: At, office: Any) -> None:
    product = office.product()
    order = office.order("lin", [(product, "1")])
    version, values, lines = order.version, head(order.customer), [line(product)]
    office.manager.changes(order, subject="主管改过")
    db.session.rollback()
    form = OrderForm(at("lin"), f"/salesorder/edit/{order.id}")
    status, body = form.save(values, lines, f"save/{order.id}", version=version)
    assert status == 409
    assert body["code"] == "stale"
    assert body["stale"]["who"] == "销售主管"
    assert [each["quantity"] for each in body["stale"]["lines"]] == ["1"], "what the script tells the changes from"
    assert orders()[0].subject == "主管改过"
    status, body = form.save(values, lines, f"save/{order.id}", version=body["stale"]["version"])
    assert status == 200, body


def test_save_and_submit_is_one_deed(at: At, office: Any) -> None:
    product, customer = office.product(), office.customer()
    status, body = OrderForm(at("lin")).save(head(customer), [line(product)], submit=True)
    assert status == 200, body
    assert orders()[0].state == "pending"
    assert "plan" not in body["to"]


def test_a_refused_submission_saves_nothing(at: At, office: Any) -> None:
    product = office.product()
    order = office.order("lin", [(product, "1")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    values, version = head(order.customer), order.version
    changed = [{**line(product, "9"), "id": order.lines[0].id}]
    form = OrderForm(at("lin"), f"/salesorder/edit/{order.id}")
    status, body = form.save(values, changed, f"save/{order.id}", version=version, submit=True)
    assert (status, body["code"]) == (422, "plan_differs")
    assert orders()[0].lines[0].quantity == D("1")


def test_lines_are_changed_added_and_removed_by_their_ids(at: At, office: Any) -> None:
    product, other = office.product(), office.product("手套")
    order = office.order("lin", [(product, "1"), (product, "2")])
    kept, version, values = order.lines[1].id, order.version, head(order.customer)
    form = OrderForm(at("lin"), f"/salesorder/edit/{order.id}")
    lines = [{**line(product, "5"), "id": kept}, line(other, "1", "7")]
    status, body = form.save(values, lines, f"save/{order.id}", version=version)
    assert status == 200, body
    found = orders()[0].lines
    assert [(each.id == kept, each.quantity) for each in found] == [(True, D("5")), (False, D("1"))]


def test_without_its_token_nothing_is_saved(at: At, office: Any) -> None:
    product, customer = office.product(), office.customer()
    status, _body = OrderForm(at("lin")).post(
        "save", {"head": head(customer), "lines": [line(product)]}, **{"X-CSRFToken": ""}
    )
    assert status == 400
    assert orders() == []


def test_an_order_is_entered_for_oneself_or_someone_below_only(at: At, office: Any) -> None:
    product, customer = office.product(), office.customer("lin")
    office.lin.fires("share", customer, users=[office.zhou.actor.user_id])
    status, body = OrderForm(at("zhou")).save(head(customer), [line(product)])
    assert (status, body["code"]) == (403, "not_allowed")


def test_odd_bodies_are_refused_and_never_break_the_page(at: At, office: Any) -> None:
    form = OrderForm(at("lin"))
    token = form.tokens["form_token"]
    for odd in ([], {}, {"head": 1, "lines": 2}, {"head": {}, "lines": [[]], "form_token": token},
                {"head": {"customer": "9" * 40}, "lines": [{"product": 2**70}], "form_token": token}):  # fmt: skip
        status, body = form.post("save", odd)
        assert status in (400, 422), (odd, body)
    assert form.post("save/999999", {"head": {}, "lines": [], "form_token": token})[0] == 404


# What the form asks while one types


def test_the_search_finds_by_number_name_model_and_pinyin_initials(at: At, office: Any) -> None:
    product = office.product("防尘口罩")
    number, model = product.number, product.model
    browser = at("lin")
    for query in (number, "尘口", model, "fckz", number.lower()):
        found = browser.client.get(f"/salesorder/products?q={query}").get_json()
        assert number in [each["number"] for each in found], query


def test_the_search_tells_stock_tier_and_last_price_but_never_cost(at: At, office: Any) -> None:
    tier = items(db.session(), "price_tier")[1]
    product = office.product(price="10", cost="6", tier_prices=[{"tier": tier, "price": D("8.5")}])
    office.stock({product: "20"})
    customer = office.customer(price_tier=tier)
    office.approved("lin", [(product, "3", "9.25")], customer=customer)
    address = f"/salesorder/products?q={product.number}&customer={customer.id}&warehouse={office.warehouse().id}"
    status, (found,) = fetched(at, "lin", address)
    assert status == 200
    assert (found["available"], found["price"], found["list_price"]) == ("17.000", "8.5000", "10.0000")
    assert (found["last_price"], found["last_on"]) == ("9.2500", "2026-11-02")
    assert not any("cost" in name for name in found)


def test_a_discontinued_product_is_neither_found_nor_taken_from_a_paste(at: At, office: Any) -> None:
    product = office.product()
    number = product.number
    office.product_manager.changes(product, discontinued=True)
    form = OrderForm(at("lin"))
    assert form.client.get(f"/salesorder/products?q={number}").get_json() == []
    (named,) = form.post("named", {"rows": [{"number": number}]})[1]
    assert (named["fault"], [each["id"] for each in named["found"]]) == ("discontinued", [product.id])


def test_pasted_names_stand_for_products_by_number_name_and_model(at: At, office: Any) -> None:
    mask, other = office.product("口罩"), office.product("口罩")
    whole = f"{mask.name} {mask.model}"
    ids = {mask.number: [mask.id], whole: [mask.id], "口罩": [mask.id, other.id], "没有": []}
    _status, body = OrderForm(at("lin")).post("named", {"rows": [{"text": text} for text in ids]})
    assert {name: [each["id"] for each in row["found"]] for name, row in zip(ids, body, strict=True)} == ids
    assert [row["fault"] for row in body] == ["", "", "several", "unknown"]


def test_a_pasted_number_wins_or_fails_whatever_else_the_row_says(at: At, office: Any) -> None:
    """§10.9: no similar product takes its place."""
    mask, glove = office.product("口罩"), office.product("手套")
    rows = [
        {"number": mask.number.lower(), "name": "手套"}, {"number": "T9999", "name": "手套"},
        {"number": glove.number[:-1], "name": "手套", "model": glove.model}, {"name": "手套", "model": mask.model},
        {"name": "手 套", "model": f" {glove.model} "}, {"model": glove.model}, {}, 7, {"number": 7},
    ]  # fmt: skip
    _status, body = OrderForm(at("lin")).post("named", {"rows": rows})
    assert [[each["id"] for each in row["found"]] for row in body] == [
        [mask.id], [], [], [], [glove.id], [glove.id], [], [], [],
    ]  # fmt: skip
    assert [row["fault"] for row in body[1:4]] == ["unknown"] * 3


def test_what_another_salespersons_customer_paid_is_not_told(at: At, office: Any) -> None:
    product = office.product()
    order = office.approved("lin", [(product, "1", "7")])
    number, customer = product.number, order.customer_id
    (found,) = fetched(at, "zhou", f"/salesorder/products?q={number}&customer={customer}")[1]
    assert found["last_price"] is None
    assert fetched(at, "zhou", f"/salesorder/party?id={customer}")[0] == 404
    assert fetched(at, "lin", f"/salesorder/party?id={customer}")[0] == 200


def test_the_consignee_comes_from_the_primary_contact(at: At, office: Any) -> None:
    customer = office.customer(city="北京", address="一号库")
    office.contact(customer, name="甲")
    office.contact(customer, name="乙", mobile="13900000009", is_primary=True)
    _status, body = fetched(at, "lin", f"/salesorder/party?id={customer.id}")
    told = body["values"]
    assert (told["consignee"], told["consignee_phone"], told["consignee_address"]) == (
        "乙",
        "13900000009",
        "北京一号库",
    )


@pytest.mark.parametrize("login", ["keeper", "finance", "service"])
def test_who_may_not_enter_orders_is_not_asked_anything(at: At, office: Any, login: str) -> None:
    assert fetched(at, login, "/salesorder/products?q=a")[0] == 403
    assert fetched(at, login, "/salesorder/party?id=1")[0] == 403


def test_odd_questions_are_answered_without_failing(at: At, office: Any) -> None:
    browser = at("lin")
    for query in (
        "ids=abc",
        "ids=1,99999999999999999999",
        "customer=x&warehouse=-1&q=%00",
        "q=" + "%E5" * 30,
        "q=%25_%5C",
    ):
        assert browser.client.get(f"/salesorder/products?{query}").status_code == 200, query
    assert browser.client.get("/salesorder/party?id=99999999999999").status_code == 404
    assert browser.open("/salesorder/add?customer=99999999").status == 404
