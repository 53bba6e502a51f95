from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.record.fields import fields_of
from tests.plugins.rest import SIGNED, Firm, done, refused
from tests.support.office import Api


def raw(person: Api, method: str, path: str, data: bytes | str) -> tuple[int, Any]:
    answer = person.client.open(f"/api/v1/{path}", method=method, data=data, headers=person.headers)
    return answer.status_code, answer.get_json(silent=True)


@pytest.fixture
def product(firm: Firm) -> int:
    return firm.stocked("100", price="20", unit="米")[0]


def test_a_new_record_answers_201_with_its_id_and_itself(firm: Firm) -> None:
    answer = done(firm.lin.post("customer/", {"kind": "company", "name": "苏州一号五金"}), 201)
    assert set(answer) == {"id", "result"}
    assert answer["result"] == done(firm.lin.get(f"customer/{answer['id']}"))["result"]
    assert (answer["result"]["owner"]["name"], answer["result"]["class"]) == ("林晓", "潜在客户")


def test_a_near_duplicate_warns_and_an_equal_company_name_is_refused(firm: Firm) -> None:
    firm.customer("lin", name="苏州大发五金有限公司")
    answer = done(firm.lin.post("customer/", {"kind": "company", "name": "苏州大发五金"}), 201)
    assert [warning["code"] for warning in answer["warnings"]] == ["near_duplicate"]
    refused(firm.zhou.post("customer/", {"kind": "company", "name": "苏州 大发五金"}), 422, "duplicate_name", "name")


def test_an_order_takes_its_defaults(firm: Firm, product: int) -> None:
    customer = firm.customer()["id"]
    given = {
        "customer": customer, "subject": "补货", "signed_on": SIGNED, "latest_ship_on": SIGNED,
        "lines": [{"product": product, "quantity": "1.5", "unit_price": "19.9999"}],
    }  # fmt: skip
    order = done(firm.lin.post("sales_order/", given), 201)["result"]
    assert (order["owner"]["name"], order["category"], order["warehouse"]["name"]) == ("林晓", "产品销售", "主仓")
    assert (order["lines"][0]["tax_rate"], order["lines"][0]["amount"], order["total"]) == ("13%", "30.00", "30.00")


def test_everything_missing_is_told_at_once(firm: Firm) -> None:
    told = refused(firm.lin.post("sales_order/", {}), 422, "invalid")
    fields = {reason["field"] for reason in told["reasons"]}
    assert fields == {"customer", "subject", "signed_on", "latest_ship_on", "lines"}
    told = refused(firm.lin.post("customer/", {"name": " "}), 422, "invalid", "kind")
    assert {reason["field"] for reason in told["reasons"]} == {"kind", "name"}
    order = {"customer": firm.customer()["id"], "subject": "x", "signed_on": SIGNED, "latest_ship_on": SIGNED}
    refused(firm.lin.post("sales_order/", {**order, "lines": []}), 422, "no_lines", "lines")
    told = refused(
        firm.lin.post("sales_order/", {**order, "lines": [{"quantity": "1"}]}), 422, "invalid", "lines.0.product"
    )
    assert {reason["field"] for reason in told["reasons"]} == {"lines.0.product", "lines.0.unit_price"}


def test_an_unknown_field_is_named(firm: Firm, product: int) -> None:
    refused(firm.lin.post("customer/", {"kind": "company", "name": "甲", "nmae": "x"}), 422, "invalid", "nmae")
    refused(firm.lin.post("customer/", {"kind": "company", "name": "甲", "owner_id": 1}), 422, "invalid", "owner_id")
    order = firm.order(product=product)
    line = {"product": product, "quantity": "1", "unit_price": "1", "prize": "0"}
    refused(firm.lin.put(f"sales_order/{order['id']}", {"lines": [line]}), 422, "invalid", "lines.0.prize")


def test_what_may_only_be_read_is_passed_over(firm: Firm, product: int) -> None:
    own = {
        "id": 77, "number": "X1", "state": "approved", "status": "ended", "shipping_status": "all", "total": "1",
        "received": "9", "receivable": "0", "approved_by": 1, "approved_at": "2026-01-01T00:00:00Z", "version": 40,
        "created_by": 1, "created_at": "never", "submitted_by": {"id": 1}, "shipped_amount": [],
    }  # fmt: skip
    line = {
        "product": product, "quantity": "2", "unit_price": "3", "amount": "0", "tax": "0", "issued": "2",
        "shipped": "2", "list_price": "0.01", "shipped_amount": "6", "discount": "9", "position": 5,
    }  # fmt: skip
    order = firm.order(lines=[line], **own)
    assert order["id"] != 77
    assert (order["state"], order["status"], order["shipping_status"], order["total"]) == (
        "draft",
        "executing",
        "none",
        "6.00",
    )
    assert (order["received"], order["approved_by"], order["created_by"]["name"]) == ("0.00", None, "林晓")
    (made,) = order["lines"]
    assert (made["amount"], made["issued"], made["shipped"], made["list_price"]) == (
        "6.00",
        "0.000",
        "0.000",
        "20.0000",
    )
    del own["version"]
    changed = done(firm.lin.put(f"sales_order/{order['id']}", {**own, "remark": "x"}))["result"]
    assert {**changed, "remark": None, "version": 0, "changed_at": 0} == {**order, "version": 0, "changed_at": 0}


def test_no_column_of_any_model_slips_in(firm: Firm, product: int) -> None:
    """Every column of every model in every body: refused as unknown, or without effect."""
    order = firm.order(product=product)
    homes = (
        ("customer", order["customer"]["id"], firm.lin), ("sales_order", order["id"], firm.lin),
        ("product", product, firm.product), ("warehouse", 1, firm.admin),
    )  # fmt: skip
    from app.rest.resources import resources

    columns = sorted({column.key for resource in resources() for column in resource.model.__table__.columns})
    entries = {resource.name: resource for resource in resources()}
    for model, row_id, person in homes:
        entry = entries[model].writer
        before = done(person.get(f"{model}/{row_id}"))["result"]
        settable = {fields_of(entry.model)[name].name.rstrip("_") for name in entry.writable}
        for column in columns:
            if column in settable or column == "version":
                continue
            status, answer = person.put(f"{model}/{row_id}", {column: 3})
            assert status == 200 or (status, answer["code"]) == (422, "invalid"), (model, column, answer)
        after = done(person.get(f"{model}/{row_id}"))["result"]
        assert {**after, "version": 0, "changed_at": 0} == {**before, "version": 0, "changed_at": 0}


def test_only_what_is_named_changes(firm: Firm, product: int) -> None:
    order = firm.order(product=product)
    changed = done(firm.lin.put(f"sales_order/{order['id']}", {"subject": "新的"}))
    assert set(changed) == {"id", "result"}
    assert changed["result"]["subject"] == "新的"
    assert changed["result"]["lines"] == order["lines"]


def test_lines_are_replaced_by_id(firm: Firm, product: int) -> None:
    first = {"product": product, "quantity": "1", "unit_price": "10"}
    order = firm.order(lines=[first, {**first, "quantity": "2"}])
    at = f"sales_order/{order['id']}"
    kept, gone = (line["id"] for line in order["lines"])
    lines = [{**first, "quantity": "7"}, {"id": kept, "quantity": "3"}]
    changed = done(firm.lin.put(at, {"lines": lines}))["result"]
    assert [line["quantity"] for line in changed["lines"]] == ["7.000", "3.000"]
    assert changed["lines"][1]["id"] == kept
    assert changed["lines"][1]["unit_price"] == "10.0000"
    assert gone not in [line["id"] for line in changed["lines"]]
    assert changed["total"] == "100.00"
    refused(firm.lin.put(at, {"lines": [{"id": gone, "quantity": "1"}]}), 404, "not_found", "lines.0.id")


def test_what_was_read_can_be_sent_back(firm: Firm, product: int) -> None:
    order = firm.order(product=product)
    read = done(firm.lin.get(f"sales_order/{order['id']}"))["result"]
    again = done(firm.lin.put(f"sales_order/{order['id']}", read))["result"]
    assert {**again, "version": 0, "changed_at": 0} == {**read, "version": 0, "changed_at": 0}


def test_a_stale_version_is_refused(firm: Firm, product: int) -> None:
    order = firm.order(product=product)
    at = f"sales_order/{order['id']}"
    done(firm.lin.put(at, {"subject": "一", "version": order["version"]}))
    refused(firm.lin.put(at, {"subject": "二", "version": order["version"]}), 409, "stale")
    refused(firm.lin.put(at, {"subject": "二", "version": "1"}), 422, "invalid", "version")


def test_an_approved_order_is_frozen_but_for_consignee_and_remark(firm: Firm, product: int) -> None:
    order = firm.approved(product=product)
    at = f"sales_order/{order['id']}"
    refused(firm.lin.put(at, {"subject": "别的"}), 422, "frozen", "subject")
    refused(firm.lin.put(at, {"lines": [{"product": product, "quantity": "1", "unit_price": "1"}]}), 422, "frozen")
    assert done(firm.lin.put(at, {"consignee": "李强"}))["result"]["consignee"] == "李强"


def test_tax_rates_come_as_label_or_number(firm: Firm, product: int) -> None:
    line = {"product": product, "quantity": "1", "unit_price": "113"}
    customer = firm.customer()["id"]
    for given, shown in (("13%", "13%"), ("0.09", "9%"), (0.06, "6%"), (0, "0"), ("0", "0"), ("0.0300", "3%")):
        order = firm.order(customer=customer, lines=[{**line, "tax_rate": given}])
        assert order["lines"][0]["tax_rate"] == shown
    head = {"customer": customer, "subject": "x", "signed_on": SIGNED, "latest_ship_on": SIGNED}
    for given in ("17%", 0.17, "13", 13, "", "x", "-0.13", "nan"):
        body = {**head, "lines": [{**line, "tax_rate": given}]}
        refused(firm.lin.post("sales_order/", body), 422, "invalid", "lines.0.tax_rate")


def test_dictionary_fields_take_the_label_and_no_retired_one(firm: Firm) -> None:
    customer = firm.customer(source="互联网")
    refused(firm.lin.put(f"customer/{customer['id']}", {"source": "火星"}), 422, "invalid", "source")
    items = done(firm.admin.get("dictionary_item/?q=(filters:!((col:label,opr:eq,value:互联网)))"))
    done(firm.admin.put(f"dictionary_item/{items['ids'][0]}", {"state": "retired"}))
    given = {"kind": "individual", "name": "某人", "source": "互联网"}
    refused(firm.lin.post("customer/", given), 422, "invalid", "source")
    kept = done(firm.lin.put(f"customer/{customer['id']}", {"source": "互联网", "city": "苏州"}))["result"]
    assert (kept["source"], kept["city"]) == ("互联网", "苏州")
    assert done(firm.lin.put(f"customer/{customer['id']}", {"source": None}))["result"]["source"] is None


def test_class_is_called_class(firm: Firm) -> None:
    customer = firm.customer(**{"class": "代理商"})
    assert customer["class"] == "代理商"
    assert done(firm.lin.put(f"customer/{customer['id']}", {"class": "VIP客户"}))["result"]["class"] == "VIP客户"
    refused(firm.lin.put(f"customer/{customer['id']}", {"class_": "代理商"}), 422, "invalid", "class_")


def test_keepers_of_a_warehouse_are_a_list_of_people(firm: Firm) -> None:
    people = {row["name"]: row["id"] for row in done(firm.admin.get("user/?q=(page_size:100)"))["result"]}
    both = [people["库管"], people["采购"]]
    kept = done(firm.admin.put("warehouse/2", {"keepers": both}))["result"]
    assert sorted(person["id"] for person in kept["keepers"]) == sorted(both)
    refused(firm.admin.put("warehouse/2", {"keepers": [both[0], 999_999]}), 404, "not_found", "keepers.1")
    listed = done(firm.admin.get(f"warehouse/?q=(filters:!((col:keepers,opr:rel_m_m,value:{both[1]})))"))
    assert listed["ids"] == [2]


def test_a_product_has_tier_prices(firm: Firm, product: int) -> None:
    prices = [{"tier": "批发价", "price": "18.5"}, {"tier": "VIP价", "price": "17"}]
    shown = done(firm.product.put(f"product/{product}", {"tier_prices": prices}))["result"]["tier_prices"]
    assert [(price["tier"], price["price"]) for price in shown] == [("批发价", "18.5000"), ("VIP价", "17.0000")]
    refused(
        firm.product.put(f"product/{product}", {"tier_prices": [{"tier": "批发价"}]}),
        422,
        "invalid",
        "tier_prices.0.price",
    )


def test_a_draft_is_deleted_and_nothing_else(firm: Firm, product: int) -> None:
    order = firm.order(product=product)
    assert set(done(firm.lin.delete(f"sales_order/{order['id']}"))) == {"message"}
    refused(firm.lin.get(f"sales_order/{order['id']}"), 404, "not_found")
    approved = firm.approved(product=product, customer=order["customer"]["id"])
    refused(firm.lin.delete(f"sales_order/{approved['id']}"), 422, "not_a_draft")
    refused(firm.lin.delete(f"customer/{order['customer']['id']}"), 422, "in_use")


def test_a_missing_reference_is_named(firm: Firm, product: int) -> None:
    customer = firm.customer()["id"]
    line = {"product": product, "quantity": "1", "unit_price": "1"}
    head = {"subject": "x", "signed_on": SIGNED, "latest_ship_on": SIGNED}
    lines = [line, {**line, "product": 10**15}]
    told = refused(
        firm.lin.post("sales_order/", {**head, "customer": 99, "lines": lines}), 404, "not_found", "customer"
    )
    assert {reason["field"] for reason in told["reasons"]} == {"customer", "lines.1.product"}
    assert [row["id"] for row in done(firm.lin.get("customer/"))["result"]] == [customer]


@pytest.mark.parametrize("body", ["[]", "1", '"x"', "null", "true"])
def test_a_body_that_is_no_object_is_refused(firm: Firm, body: str) -> None:
    refused(raw(firm.lin, "POST", "customer/", body), 422, "invalid")
    refused(raw(firm.admin, "PUT", "warehouse/1", body), 422, "invalid")


def test_a_body_that_is_no_json_is_refused(firm: Firm) -> None:
    for body in (
        "{",
        "{'a': 1}",
        "\xff\xfe",
        '{"name": NaN}',
        '{"a": Infinity}',
        "[" * 100_000,
        '{"a":' * 50_000,
        b"\xff\xff",
    ):
        refused(raw(firm.lin, "POST", "customer/", body), 400, "bad_json")
    refused(raw(firm.lin, "POST", "customer/", '{"n": ' + "9" * 10_000 + "}"), 400, "bad_json")
    refused(raw(firm.lin, "POST", "customer/", '{"a":' * 30 + "1" + "}" * 30), 422, "invalid")


def test_a_body_larger_than_any_document_is_refused(firm: Firm) -> None:
    refused(raw(firm.lin, "POST", "customer/", b'{"name": "' + b"x" * 5_000_000 + b'"}'), 413, "too_large")


HOSTILE: tuple[Any, ...] = (
    "", "x" * 30_000, "a\x00b", "\ud800", 0, -1, 2**31, 10**30, 1.5, 1e308, True, [], {}, [1], {"id": "x"},
    "2026-02-30", "1e999999", "NaN", "'; DROP TABLE customer;--", "50%",
)  # fmt: skip
PLAUSIBLE: tuple[Any, ...] = (
    "",
    None,
    -1,
    2**31,
    "1e999999",
    "'; DROP TABLE customer;--",
    "0001-01-01",
    "9999-12-31",
    [],
)


def test_a_megabyte_of_text_is_too_long(firm: Firm) -> None:
    given = {"kind": "individual", "name": "x" * 1_000_000, "remark": "x" * 1_000_000}
    told = refused(firm.lin.post("customer/", given), 422, "invalid")
    assert {reason["field"] for reason in told["reasons"]} == {"name", "remark"}


def test_odd_values_in_every_field_are_refused_in_words_or_kept_as_text(firm: Firm, product: int) -> None:
    from app.rest.resources import resources

    firm.approved(product=product)
    rows = set()
    for resource in resources():
        if not resource.takes("POST"):
            continue
        person = keeper_of(firm, resource.name)
        names = list(resource.new_body().fields)
        calls = [("POST", f"{resource.name}/", dict.fromkeys(names, value)) for value in HOSTILE]
        for row_id in done(person.get(f"{resource.name}/"))["ids"][:1]:
            rows.add(resource.name)
            calls += [("PUT", f"{resource.name}/{row_id}", {name: value}) for name in names for value in PLAUSIBLE]
        for method, path, body in calls:
            status, answer = raw(person, method, path, json.dumps(body))
            assert status == 200 or 400 <= status < 500, (method, path, body, answer)
            if status >= 400:
                refused((status, answer), status, answer["code"])
    assert rows >= {"customer", "sales_order", "product", "product_category", "warehouse", "dictionary_item"}
    with firm.inside() as office:
        assert office.mismatches() == []


def keeper_of(firm: Firm, model: str) -> Api:
    """Somebody with the right to make a row of the model."""
    for login in ("lin", "product", "admin", "finance", "purchaser", "keeper"):
        person: Api = getattr(firm, login)
        if person.post(f"{model}/", {})[0] != 403:
            return person
    raise AssertionError(f"nobody makes a {model}")


def test_odd_values_in_the_form_of_an_action_are_refused(firm: Firm, product: int) -> None:
    order = firm.approved(product=product)
    (issue,) = done(firm.lin.post(f"sales_order/{order['id']}/issue"))["created"]
    forms = (
        (firm.lin, f"sales_order/{order['id']}/plan", ("instalments", "first_on", "interval_days", "ratios")),
        (firm.lin, f"sales_order/{order['id']}/issue", ("warehouse", "lines")),
        (firm.lin, f"customer/{order['customer']['id']}/share", ("users", "roles")),
        (firm.keeper, f"goods_issue/{issue['id']}/confirm", ("lines",)),
    )
    odd = [value for value in HOSTILE if value not in ([], {}, [1], "", 0, True)]
    odd += [[2**31], [10**30], [{"id": 10**30}]]
    for person, path, names in forms:
        for name in names:
            for value in odd:
                fine = {"instalments": 1, "first_on": SIGNED} if path.endswith("plan") else {}
                status, answer = raw(person, "POST", path, json.dumps({**fine, name: value}))
                assert 400 <= status < 500, (path, name, value, answer)
                refused((status, answer), status, answer["code"])


def test_an_id_that_can_be_none_is_not_found(firm: Firm) -> None:
    for odd in ("abc", "0", "-1", "1.5", "99999999999999999999999", "2147483648", "%00", "１", "1e3", "None", "null"):
        refused(firm.boss.get(f"customer/{odd}"), 404, "not_found")
        refused(firm.boss.put(f"customer/{odd}", {}), 404, "not_found")
        refused(firm.boss.delete(f"customer/{odd}"), 404, "not_found")
        refused(firm.boss.post(f"customer/{odd}/share", {}), 404, "not_found")
