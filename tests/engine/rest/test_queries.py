from __future__ import annotations

from typing import Any
from urllib.parse import quote

import prison
import pytest

from tests.plugins.rest import Firm, done, refused


def asked(firm: Firm, model: str, login: str = "boss", /, **query: Any) -> Any:
    return getattr(firm, login).get(f"{model}/?q={quote(prison.dumps(query))}")


def found(firm: Firm, model: str, column: str, operator: str, value: Any, login: str = "boss") -> list[Any]:
    """Names of the rows one filter leaves, in order."""
    tests = [{"col": column, "opr": operator, "value": value}]
    answer = done(asked(firm, model, login, filters=tests, order_column="id"))
    return [row.get("name") or row.get("number") or row["id"] for row in answer["result"]]


@pytest.fixture
def three(firm: Firm) -> dict[str, Any]:
    """Three customers: 南京路五金 and 北京Road机电 of Lin, 个体王 of Zhou."""
    return {
        "a": firm.customer("lin", name="南京路五金", source="互联网", city="南京", phone="025-83000000"),
        "b": firm.customer("lin", name="北京Road机电", source="展会"),
        "c": firm.customer("zhou", name="个体王", kind="individual", mobile="13800138000"),
    }


def test_text_is_searched_by_the_framework_s_operators(firm: Firm, three: dict[str, Any]) -> None:
    assert found(firm, "customer", "name", "ct", "京") == ["南京路五金", "北京Road机电"]
    assert found(firm, "customer", "name", "ct", "road") == ["北京Road机电"]
    assert found(firm, "customer", "name", "nct", "京") == ["个体王"]
    assert found(firm, "customer", "name", "sw", "北京r") == ["北京Road机电"]
    assert found(firm, "customer", "name", "nsw", "北京") == ["南京路五金", "个体王"]
    assert found(firm, "customer", "name", "ew", "五金") == ["南京路五金"]
    assert found(firm, "customer", "name", "new", "五金") == ["北京Road机电", "个体王"]
    assert found(firm, "customer", "name", "eq", "个体王") == ["个体王"]
    assert found(firm, "customer", "name", "neq", "个体王") == ["南京路五金", "北京Road机电"]
    assert found(firm, "customer", "name", "in", ["个体王", "南京路五金"]) == ["南京路五金", "个体王"]
    assert found(firm, "customer", "city", "not_in", ["南京"]) == ["北京Road机电", "个体王"]
    assert found(firm, "customer", "mobile", "eq", 13800138000) == ["个体王"]


def test_a_percent_sign_is_a_character_like_any_other(firm: Firm, three: dict[str, Any]) -> None:
    assert found(firm, "customer", "name", "ct", "%") == []
    assert found(firm, "customer", "city", "sw", "_") == []
    assert found(firm, "customer", "name", "eq", "' OR '1'='1") == []


def test_relations_codes_and_labels_are_filters_too(firm: Firm, three: dict[str, Any]) -> None:
    zhou = three["c"]["owner"]["id"]
    assert found(firm, "customer", "owner", "rel_o_m", zhou) == ["个体王"]
    assert found(firm, "customer", "owner", "nrel_o_m", zhou) == ["南京路五金", "北京Road机电"]
    assert found(firm, "customer", "owner", "in", [zhou, 1]) == ["个体王"]
    assert found(firm, "customer", "parent", "rel_o_m", None) == ["南京路五金", "北京Road机电", "个体王"]
    assert found(firm, "customer", "kind", "eq", "individual") == ["个体王"]
    assert found(firm, "customer", "source", "eq", "展会") == ["北京Road机电"]
    assert found(firm, "customer", "source", "neq", "展会") == ["南京路五金", "个体王"]
    assert found(firm, "customer", "source", "in", ["展会", "互联网"]) == ["南京路五金", "北京Road机电"]
    assert found(firm, "customer", "class", "eq", "潜在客户") == ["南京路五金", "北京Road机电", "个体王"]
    assert found(firm, "customer", "is_hot", "eq", True) == []
    assert found(firm, "warehouse", "keepers", "rel_m_m", 1) == []
    assert found(firm, "customer", "created_by", "rel_o_m", zhou) == ["个体王"]


def test_numbers_dates_and_times_are_compared(firm: Firm) -> None:
    one, two = firm.stocked("1", "2", price="20")
    assert len(found(firm, "product", "list_price", "gt", "19.5")) == 2
    assert found(firm, "product", "list_price", "lt", 20) == []
    assert found(firm, "stock_balance", "on_hand", "eq", "2.0") == [2]
    firm.order(lines=[{"product": one, "quantity": "1", "unit_price": "1"}])
    assert len(found(firm, "sales_order", "signed_on", "eq", "2026-11-02")) == 1
    assert found(firm, "sales_order", "signed_on", "gt", "2026-11-02") == []
    assert len(found(firm, "sales_order", "created_at", "gt", "2026-01-01T00:00:00+08:00")) == 1
    assert found(firm, "sales_order", "created_at", "lt", "2026-01-01T00:00:00+08:00") == []
    assert two


def test_several_filters_all_hold(firm: Firm, three: dict[str, Any]) -> None:
    tests = [{"col": "name", "opr": "ct", "value": "京"}, {"col": "kind", "opr": "eq", "value": "company"}]
    tests.append({"col": "source", "opr": "eq", "value": "展会"})
    assert done(asked(firm, "customer", filters=tests))["count"] == 1


def test_a_list_is_ordered_and_paged(firm: Firm, three: dict[str, Any]) -> None:
    ids = [three[key]["id"] for key in "abc"]
    assert done(firm.boss.get("customer/"))["ids"] == ids[::-1]
    assert done(asked(firm, "customer", order_column="id"))["ids"] == ids
    assert done(asked(firm, "customer", order_column="number", order_direction="desc"))["ids"] == ids[::-1]
    page = done(asked(firm, "customer", order_column="id", page_size=2))
    assert (page["ids"], page["count"]) == (ids[:2], 3)
    page = done(asked(firm, "customer", order_column="id", page_size=2, page=1))
    assert (page["ids"], page["count"]) == (ids[2:], 3)
    page = done(asked(firm, "customer", order_column="id", page_size=2, page=7))
    assert (page["ids"], page["count"], page["result"]) == ([], 3, [])


def test_a_page_has_twenty_rows_and_at_most_a_hundred(firm: Firm) -> None:
    assert len(done(firm.boss.get("dictionary_item/"))["result"]) == 20
    assert len(done(asked(firm, "dictionary_item", page_size=100))["result"]) == 100
    for size in (101, 100_000, 0, -1):
        assert len(done(asked(firm, "dictionary_item", page_size=size))["result"]) == 100


def test_customers_are_ordered_and_filtered_by_their_figures(firm: Firm) -> None:
    order = firm.approved()
    firm.customer("zhou", name="无订单")
    rows = done(asked(firm, "customer", order_column="receivable", order_direction="desc"))["result"]
    assert [row["receivable"] for row in rows] == ["100.00", "0.00"]
    assert found(firm, "customer", "receivable", "gt", 0) == [order["customer"]["name"]]
    assert found(firm, "customer", "contract_value", "eq", 0) == ["无订单"]


def test_only_the_wanted_columns_are_given(firm: Firm, three: dict[str, Any]) -> None:
    rows = done(asked(firm, "customer", columns=["name", "receivable"]))["result"]
    assert all(set(row) == {"id", "name", "receivable"} for row in rows)
    shown = done(firm.boss.get(f"customer/{three['a']['id']}?q=(columns:!(owner))"))["result"]
    assert set(shown) == {"id", "owner"}


def test_a_query_may_be_json(firm: Firm, three: dict[str, Any]) -> None:
    query = '{"filters":[{"col":"name","opr":"ct","value":"京"}],"page_size":1}'
    answer = done(firm.boss.get(f"customer/?q={quote(query)}"))
    assert (answer["count"], len(answer["result"])) == (2, 1)


UNREADABLE = (
    "(", ")", "!", "!(", "((((", "(a", "(a:", "(page:!)", "'", "(filters:)", "abc", "1", "!t", "!n", "!(1,2)",
    "(page:abc)", "(page:99999999999999999999)", "(page:-1)", "(page:1.5)", "(page_size:a)", "(page_size:!n)",
    "(order_column:nope)",
    "(order_column:!(a))", "(order_column:password)", "(order_column:lines)",
    "(order_column:id,order_direction:sideways)",
    "(columns:!(nope))", "(columns:id)", "(columns:!(!(id)))", "(filters:!(1))", "(filters:!((col:id)))",
    "(filters:!((col:id,opr:eq,value:!(1))))", "(filters:!((col:id,opr:nope,value:1)))", "(filters:(col:id))",
    "(filters:!((col:nope,opr:eq,value:1)))", "(filters:!((col:owner,opr:ct,value:a)))",
    "(filters:!((col:id,opr:eq,value:99999999999999999999999)))", "(filters:!((col:id,opr:in,value:1)))",
    "(filters:!((col:id,opr:lt,value:314312993277)))", "(filters:!((col:owner,opr:neq,value:'2147483648')))",
    "(filters:!((col:kind,opr:eq,value:ghost)))", "(filters:!((col:hot_on,opr:eq,value:'2026-13-45')))",
    "(filters:!((col:created_at,opr:gt,value:'2026-11-23')))", "(filters:!((col:receivable,opr:gt,value:abc)))",
    "(filters:!((col:receivable,opr:gt,value:'1e999')))", "(filters:!((col:name,opr:ct,value:(a:b))))",
    "(filters:!((col:name,opr:gt,value:!n)))", "(filters:!((col:is_hot,opr:eq,value:maybe)))", "(nope:1)",
    "%00", "(filters:!((col:name,opr:ct,value:'%00')))", "(filters:!((col:name,opr:ct,value:'%ED%A0%80')),page:x)",
    "{", '{"page":NaN}', "[1]", '{"page":1e400}', "(" * 5000, "!(" * 5000, '{"a":' * 5000,
    "(columns:!(" + "id," * 200 + "id))",
)  # fmt: skip


def test_a_query_that_cannot_be_read_is_refused_in_words(firm: Firm) -> None:
    for query in UNREADABLE:
        address = query if "%" in query else quote(query)
        refused(firm.boss.get(f"customer/?q={address}"), 400, "bad_query")
