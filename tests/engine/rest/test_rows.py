from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from app.rest.resources import Resource, resources
from tests.plugins.rest import SIGNED, Firm, done, refused
from tests.support.everything import distinct_people
from tests.support.office import Api

EVERY = [pytest.param(resource, id=resource.name) for resource in resources()]


@pytest.fixture
def traded(firm: Firm) -> Firm:
    """At least one row of every model."""
    customer = firm.customer()
    done(firm.lin.post("contact/", {"customer": customer["id"], "name": "王明"}), 201)
    order = firm.approved(customer=customer["id"])
    done(firm.lin.post(f"sales_order/{order['id']}/plan", {"instalments": 2, "first_on": "2026-12-01"}))
    (issue,) = done(firm.lin.post(f"sales_order/{order['id']}/issue"))["created"]
    done(firm.keeper.post(f"goods_issue/{issue['id']}/confirm"))
    done(firm.keeper.post(f"goods_issue/{issue['id']}/ship"))
    paid = {
        "customer": customer["id"],
        "sales_order": order["id"],
        "amount": "10",
        "method": "现金",
        "received_on": SIGNED,
    }
    done(firm.finance.post("payment/", paid), 201)
    return firm


@pytest.fixture
def reader(furnished: dict[str, int], api_as: Callable[[str], Api]) -> Callable[[str], Api]:
    """Somebody of the furnished firm who finds rows of a model."""

    def found(model: str) -> Api:
        people = (api_as(login) for login in ("boss", *distinct_people()))
        return next(person for person in people if (person.get(f"{model}/")[1] or {}).get("ids"))

    return found


def one(firm: Firm, model: str, login: str = "boss") -> dict[str, Any]:
    listed = done(getattr(firm, login).get(f"{model}/"))
    shown = done(getattr(firm, login).get(f"{model}/{listed['ids'][0]}"))
    assert set(shown) == {"id", "result"}
    assert shown["id"] == shown["result"]["id"] == listed["ids"][0]
    row: dict[str, Any] = shown["result"]
    return row


@pytest.mark.parametrize("resource", EVERY)
def test_every_model_lists_and_shows_its_rows(reader: Callable[[str], Api], resource: Resource) -> None:
    person = reader(resource.name)
    listed = done(person.get(f"{resource.name}/"))
    assert set(listed) == {"count", "ids", "result", "next"}
    assert listed["count"] >= len(listed["ids"]) > 0
    assert listed["ids"] == [row["id"] for row in listed["result"]]
    assert all("lines" not in row for row in listed["result"])
    for key in listed["ids"]:
        shown = done(person.get(f"{resource.name}/{key}"))
        assert set(shown) == {"id", "result"}
        assert shown["id"] == shown["result"]["id"] == key


def test_relations_are_shown_by_id_and_name(traded: Firm) -> None:
    order = one(traded, "sales_order")
    assert order["owner"]["name"] == "林晓"
    assert set(order["customer"]) == {"id", "name"}
    assert order["contact"] is None
    assert order["created_by"]["name"] == "林晓"
    line = one(traded, "goods_issue")["lines"][0]
    assert line["product"] == {"id": line["product"]["id"], "name": "防尘口罩 M1"}
    assert line["order_line"]["name"] == "防尘口罩 M1"


def test_numbers_are_text_with_all_their_places(traded: Firm) -> None:
    line = one(traded, "sales_order")["lines"][0]
    shown = {
        name: line[name] for name in ("quantity", "unit_price", "amount", "issued", "shipped", "list_price", "discount")
    }
    assert shown == {
        "quantity": "5.000", "unit_price": "20.0000", "amount": "100.00", "issued": "5.000", "shipped": "5.000",
        "list_price": "20.0000", "discount": "1.0000",
    }  # fmt: skip
    balance = one(traded, "stock_balance")
    assert (balance["on_hand"], balance["reserved"], balance["available"]) == ("95.000", "0.000", "95.000")


def test_dictionary_fields_give_their_label_and_codes_stay_codes(traded: Firm) -> None:
    order = one(traded, "sales_order")
    assert (order["category"], order["state"], order["lines"][0]["tax_rate"]) == ("产品销售", "approved", "13%")
    assert one(traded, "payment")["method"] == "现金"
    assert one(traded, "customer")["class"] == "普通客户"


def test_dates_and_times_are_iso_and_times_carry_their_zone(traded: Firm) -> None:
    order = one(traded, "sales_order")
    assert order["signed_on"] == SIGNED
    assert dt.datetime.fromisoformat(order["created_at"]).tzinfo is not None


def test_a_customer_carries_its_figures_and_zeros_without_any(traded: Firm) -> None:
    row = one(traded, "customer")
    figures = ("contract_value", "shipped_value", "plan_open", "received", "receivable")
    assert [row[name] for name in figures] == ["100.00", "100.00", "90.00", "10.00", "90.00"]
    fresh = traded.customer("zhou", name="杭州新客户")
    assert [fresh[name] for name in figures] == ["0.00"] * 5
    listed = done(traded.boss.get("customer/"))["result"]
    assert {row["name"]: row["receivable"] for row in listed}["杭州新客户"] == "0.00"


def test_cost_is_absent_without_the_right_to_it(traded: Firm) -> None:
    for login, sees in (("lin", False), ("keeper", False), ("director", True), ("product", True)):
        assert ("cost_price" in one(traded, "product", login)) is sees, login
    assert "cost_price" in one(traded, "shipment", "boss")["lines"][0]
    assert "cost_price" not in one(traded, "shipment", "lin")["lines"][0]
    refused(traded.lin.get("product/?q=(columns:!(cost_price))"), 400, "bad_query")
    refused(traded.lin.get("product/?q=(order_column:cost_price)"), 400, "bad_query")
    refused(traded.lin.get("product/?q=(filters:!((col:cost_price,opr:gt,value:1)))"), 400, "bad_query")


def test_people_are_shown_by_name_only(traded: Firm) -> None:
    assert set(one(traded, "user")) == {"id", "name"}
    for column in ("password", "username", "email", "fail_login_count"):
        refused(traded.admin.get(f"user/?q=(columns:!({column}))"), 400, "bad_query")
        refused(traded.admin.get(f"user/?q=(filters:!((col:{column},opr:sw,value:s)))"), 400, "bad_query")


@pytest.mark.parametrize("resource", EVERY)
def test_the_system_s_own_columns_are_nowhere(reader: Callable[[str], Api], resource: Resource) -> None:
    person = reader(resource.name)
    key = done(person.get(f"{resource.name}/"))["ids"][0]
    row = done(person.get(f"{resource.name}/{key}"))["result"]
    assert not {"search_text", "name_key", "digest", "password", "entries"} & set(row)
    assert not {column.name for column in resource.model.__table__.columns if column.foreign_keys} & set(row)


def test_what_has_no_entry_takes_no_changes(traded: Firm) -> None:
    for model in ("stock_balance", "stock_ledger_entry", "receivable_ledger_entry", "shipment", "user", "stock_init"):
        refused(traded.boss.post(f"{model}/", {}), 405, "method_not_allowed")
        refused(traded.boss.put(f"{model}/1", {}), 405, "method_not_allowed")
        refused(traded.boss.delete(f"{model}/1"), 405, "method_not_allowed")


def test_finance_books_a_prepayment_of_a_customer_it_cannot_open(office: Any, api_as: Any) -> None:
    """§8.14: its customer picker shows number and name only; nobody else may name a customer unseen."""
    key = office.customer("lin").id
    finance, zhou = api_as("finance"), api_as("zhou")
    assert finance.get(f"customer/{key}")[0] == 404
    body = {"customer": key, "amount": "50", "method": "现金", "received_on": "2026-11-20"}
    status, answer = finance.post("payment/", body)
    assert (status, answer["result"]["prepayment"]) == (201, True)
    order = {"customer": key, "subject": "x", "signed_on": "2026-11-20", "latest_ship_on": "2026-12-20", "lines": []}
    assert zhou.post("sales_order/", order)[0] == 404
