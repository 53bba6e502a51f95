"""What is searched for is text and nothing else: found are the rows that hold it, whatever it says. quality R18."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote, urlencode

import prison
import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db, model_name
from app.core.record.entry import ENTRIES
from app.core.record.fields import fields_of
from app.core.text import pinyin_forms
from app.models.customers.customer import Customer
from app.models.products.product import Product
from app.models.system.setting import DictionaryItem
from app.query.listing import search_condition
from app.rest.resources import resources
from app.screens.frame.registry import VIEWS
from tests.hostile.asking import leaks
from tests.hostile.payloads import names, payloads
from tests.hostile.state import State
from tests.support.office import Api

PAGE = 50


def plain(text: str) -> str:
    """As two people would call it the same: width, case, spaces and what cannot be seen left out, × and * as x."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("*", "x").replace("×", "x")
    return "".join(character for character in folded if not character.isspace() and character.isprintable())


def is_found(values: list[str], query: str) -> bool:
    """Whether every word of the query stands in one of the values, or in how they are read."""
    lines = [form for value in values for form in (plain(value), *pinyin_forms(plain(value))) if form]
    return all(any(word in line for line in lines) for word in map(plain, query[:60].split()))


@pytest.fixture
def called(office: Any) -> dict[int, str]:
    """Key → name of customers of lin's who are called by the payloads, and of one whom nothing is wrong with."""
    kept = ("北京恒通五金", *names())

    def work(session: Any, actor: Any) -> dict[int, str]:
        entry = ENTRIES[Customer]
        made = [entry.create(session, {"kind": "individual", "name": name}, actor) for name in kept]
        return {row.id: row.name for row in made}

    found: dict[int, str] = office.lin.does(work)
    db.session.remove()
    return found


def found_on(text: str, base: str = "customer") -> list[int]:
    """Keys of the rows of a list, in order."""
    content = text.split("<main", 1)[1]
    return list(dict.fromkeys(int(key) for key in re.findall(rf'href="/{base}/show/(\d+)"', content)))


def _refused_in_words(answer: Any) -> list[str]:
    """What is wrong with an answer to something odd."""
    text = answer.get_data(as_text=True)
    faults = [f"tells {word}" for word in leaks(text)]
    return faults + ([str(answer.status_code)] if answer.status_code not in (200, 302, 303, 400, 403, 404, 422) else [])


def test_pages_find_what_a_literal_search_finds(at: Any, lenient: Flask, called: dict[int, str]) -> None:
    """List, picker and search bar, as pages ask them; the customer whose name is the payload is among them."""
    lin = at("lin")
    searched = _searched(Customer, called)
    wrong = []
    for key, name in [*called.items()][::5]:
        query = name[:60]
        expected = sorted((row for row, values in searched.items() if is_found(values, query)), reverse=True)
        answer = lin.client.get("/customer/list/", query_string={"q": query})
        rows = found_on(answer.get_data(as_text=True)) if answer.status_code == 200 else None
        if rows != expected[:PAGE] or key not in expected:
            wrong.append(f"list {query!r}: {answer.status_code} {rows} instead of {expected[:9]}")
        picked = lin.client.get("/pick/customer", query_string={"q": query}).get_json()
        if [row["id"] for row in picked] != expected[:20]:
            wrong.append(f"picker {query!r}: {picked}")
        answer = lin.client.get("/search", query_string={"q": query})
        page = answer.headers.get("Location", "") + answer.get_data(as_text=True)
        if plain(query) and not all(f"/customer/show/{row}" in page for row in expected[:8]):
            wrong.append(f"search {query!r}: {answer.status_code}")
    assert wrong == []


def _searched(model: type[Any], keys: Any) -> dict[int, list[str]]:
    """Key → the texts a row is found by."""
    db.session.remove()
    rows = db.session.scalars(sa.select(model).where(model.id.in_(keys)))
    texts = {row.id: [str(getattr(row, name) or "") for name in model.__searched__] for row in rows}
    db.session.remove()
    return texts


def test_every_payload_finds_its_rows_and_no_others(office: Any, called: dict[int, str]) -> None:
    """The condition behind lists, pickers and the search in the top bar, for each payload."""
    searched = _searched(Customer, called)
    wrong = []
    for query in payloads():
        found = set(db.session.scalars(sa.select(Customer.id).where(search_condition(Customer, (), query))))
        expected = {key for key, values in searched.items() if is_found(values, query)}
        if found != expected:
            wrong.append(f"{query!r}: too many {len(found - expected)}, missing {sorted(expected - found)[:5]}")
    assert wrong == []


def test_models_without_an_index_are_searched_literally_too(office: Any, known: Any) -> None:
    """Warehouses, people, slips, stock: no text is a pattern, and none fails."""
    wrong = []
    plainly = [(model, view) for model, view in VIEWS.items() if not hasattr(model, "search_text")]
    for number, (model, view) in enumerate(plainly):
        for query in payloads()[number % 2 :: 2]:
            condition = search_condition(model, view.search_columns, query)
            found = len(list(db.session.scalars(sa.select(model.id).where(condition))))
            texts = [name for name in view.search_columns if fields_of(model)[name].kind.is_line]
            if found and len(texts) == len(view.search_columns):
                rows = db.session.execute(sa.select(*(getattr(model, name) for name in texts)).where(condition))
                hits = [row for row in rows if not any(plain(str(v or "")).startswith(plain(query)) for v in row)]
                wrong += [f"{view.route_base} {query!r}: {row}" for row in hits]
    assert wrong == []
    assert len(plainly) > 5


@pytest.mark.parametrize("text", ["Store Ost", "50% Lager", "a_b", "Müller & Söhne", "东 仓"])
def test_a_warehouse_is_found_by_the_beginning_of_its_name(at: Any, office: Any, text: str) -> None:
    office.admin.creates(office.warehouse().__class__, code="X1", name=text)
    admin = at("admin")
    for query in (text, text[:4], text.lower()):
        page = admin.client.get("/warehouse/list/", query_string={"q": query}).get_data(as_text=True)
        assert len(found_on(page, "warehouse")) == 1, query
        picked = admin.client.get("/pick/warehouse", query_string={"q": query}).get_json()
        assert [row["text"] for row in picked] == [text], query
    for query in ("%", "_", text[0] + "%", "M__n"):
        if not plain(text).startswith(plain(query)):
            page = admin.client.get("/warehouse/list/", query_string={"q": query}).get_data(as_text=True)
            assert found_on(page, "warehouse") == [], query


def test_every_search_box_answers_every_payload(at: Any, lenient: Flask, known: Any) -> None:
    """Each place a person types a search into, each payload in one of them."""
    people = [at("lin"), at("admin")]
    doors = sorted(
        rule.rule for rule in lenient.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and re.search(r"/(customers|orders|products|search)$", rule.rule)
    )  # fmt: skip
    addresses = [door.replace("<string:name>", "receivable") for door in doors]
    addresses += [f"/pick/{model_name(model)}" for model in VIEWS]
    addresses += [f"{view.route_base}/list/" for view in VIEWS.values()]
    wrong = []
    for number, query in enumerate(payloads()):
        address = addresses[number % len(addresses)]
        with people[number // len(addresses) % 2].client.get(address, query_string={"q": query}) as answer:
            wrong += [f"{address} {query!r}: {fault}" for fault in _refused_in_words(answer)]
    assert wrong == []
    assert 25 < len(addresses) < len(payloads())


# Filters, order, columns


def _list_names(view: Any) -> list[str]:
    """Every parameter a list reads."""
    found = ["sort", "view", "after", "before", "count"]
    for path in view.filter_columns:
        name = path.rstrip("_")
        found += [name, f"{name}_from", f"{name}_to"]
    return found


def test_filters_order_and_place_of_a_list_take_no_statement(at: Any, lenient: Flask, known: Any) -> None:
    """What cannot be read in an address is left out: the list is the same as without it."""
    admin = at("admin")
    wrong = []
    every = payloads()
    for number, view in enumerate(VIEWS.values()):
        path = f"{view.route_base}/list/"
        before = admin.client.get(path)
        for part in range(4):
            drawn = every[(number * 4 + part) % 7 :: 7]
            given = {name: drawn[n % len(drawn)] for n, name in enumerate(_list_names(view))}
            given |= {"sort": ("-" if part % 2 else "") + drawn[-1 - part], "owner_id": drawn[0]}
            answer = admin.client.get(path, query_string=given)
            wrong += [f"{path}: {fault}" for fault in _refused_in_words(answer)]
            base = path.split("/")[1]
            pair = [found_on(each.get_data(as_text=True), base) for each in (before, answer) if each.status_code == 200]
            if len(pair) == 2 and pair[0] != pair[1] and not _may_narrow(given):
                wrong.append(f"{path}?{urlencode(given)}: {pair}")
    assert wrong == []


def _may_narrow(given: dict[str, str]) -> bool:
    """A few payloads are true numbers or answers: they narrow the list, as they should."""
    return any(re.fullmatch(r"[-+]?\d+(e\d+)?|[01]", plain(value)) for value in given.values())


def test_reports_take_no_statement(at: Any, lenient: Flask, known: Any) -> None:
    admin = at("boss")
    wrong = []
    every = payloads()
    for number, name in enumerate(re.findall(r'href="/report/(\w+)/"', admin.open("/report/").text)):
        for part in range(6):
            drawn = every[(number + part) % 5 :: 5]
            keys = ("from", "to", "customer", "owner", "warehouse", "category", "sort", "q")
            given = {key: drawn[n * 3 % len(drawn)] for n, key in enumerate(keys) if n % 6 == part or key == "sort"}
            answer = admin.client.get(f"/report/{name}/", query_string=given)
            wrong += [f"{name} {given}: {fault}" for fault in _refused_in_words(answer)]
    assert wrong == []


# REST


OPERATORS = {
    "ct": lambda name, text: text.casefold() in name.casefold(),
    "sw": lambda name, text: name.casefold().startswith(text.casefold()),
    "ew": lambda name, text: name.casefold().endswith(text.casefold()),
    "eq": lambda name, text: name == text,
    "in": lambda name, text: name == text,
    **dict.fromkeys(("gt", "lt", "ge", "le")),
}


def _asked(api: Api, resource: str, **query: Any) -> tuple[int, Any]:
    return api.get(f"{resource}/?q={quote(prison.dumps(query))}")


def _folds_alike(text: str) -> bool:
    """SQLite knows the case of ASCII letters only, and no width."""
    return text.isascii() or text.casefold() == text.upper().casefold() == text.lower() == text


def test_a_filter_of_rest_finds_what_a_literal_search_finds(
    api_as: Any, lenient: Flask, office: Any, called: dict[int, str]
) -> None:
    db.session.remove()
    api = api_as("lin")
    wrong = []
    for number, text in enumerate(payloads()):
        operator = list(OPERATORS)[number % len(OPERATORS)]
        literal = OPERATORS[operator]
        test = {"col": "name", "opr": operator, "value": [text] if operator == "in" else text}
        status, body = _asked(api, "customer", filters=[test], columns=["name"], page_size=100, order_column="id")
        if status != 200:
            wrong.append(f"{operator} {text!r}: {status} {body}")
            continue
        if literal is None or not _folds_alike(text) or any(c.isspace() or not c.isprintable() for c in text):
            continue
        same = plain if plain(text) and operator != "in" else str
        expected = [name for name in called.values() if literal(same(name), same(text)) and _folds_alike(name)]
        found = [row["name"] for row in body["result"] if _folds_alike(row["name"])]
        if len(body["result"]) < 100 and found != expected:
            wrong.append(f"{operator} {text!r}: {len(found)} instead of {len(expected)}: {set(found) ^ set(expected)}")
    assert wrong == []


def test_a_document_s_number_within_a_text_is_text(api_as: Any, office: Any) -> None:
    """A whole number of a document is looked up at once by the quick search; a filter on a text takes it literally."""
    product = office.product()
    first = office.order("lin", [(product, "1")])
    second = office.order("lin", [(product, "1")], subject=f"补 {first.number}")
    number, key = first.number, second.id
    db.session.remove()
    status, body = _asked(api_as("lin"), "sales_order", filters=[{"col": "subject", "opr": "ct", "value": number}])
    assert (status, body["ids"]) == (200, [key])


def test_columns_and_order_of_rest_are_names_and_nothing_else(api_as: Any, lenient: Flask, known: Any) -> None:
    """Refused in one shape, as every member of the query; and the database stays as it is."""
    api = api_as("admin")
    state = State(lenient)
    wrong = []
    names = [resource.name for resource in resources()]
    for number, text in enumerate(payloads()):
        resource = names[number % len(names)]
        member = number % 5
        query: dict[str, Any] = (
            {"order_column": text}, {"order_column": "id", "order_direction": text}, {"columns": [text]},
            {"filters": [{"col": text, "opr": "eq", "value": 1}]},
            {"filters": [{"col": "id", "opr": text, "value": 1}]},
        )[member]  # fmt: skip
        status, body = _asked(api, resource, **query)
        if status not in (400, 403) or not body["reasons"][0]["message"] or any(leaks(str(body))):
            wrong.append(f"{resource} {query}: {status} {body}")
        status, body = api.get(f"{resource}/{quote(text, safe='')}")
        if status not in (308, 400, 403, 404, 405) and not (status == 200 and text.isdigit()):
            wrong.append(f"{resource}/{text!r}: {status}")
    assert wrong == []
    assert state.changed() == []


def test_a_product_called_by_a_payload_is_found_where_lines_are_typed(at: Any, office: Any) -> None:
    """The grid of an order: searched as typed, and pasted as a whole."""
    kept = [text for text in payloads()[::11] if plain(text)]
    made = {office.product(name=text).id: text for text in kept}
    lin = at("lin")
    token = lin.open("/salesorder/add").typed("csrf_token")
    wrong = []
    for key, name in made.items():
        found = lin.client.get("/salesorder/products", query_string={"q": name}).get_json()
        rows = found if isinstance(found, list) else found.get("rows", found.get("products", []))
        if key not in [row["id"] for row in rows]:
            wrong.append(f"grid {name!r}: {str(found)[:200]}")
    answer = lin.client.post(
        "/salesorder/named", json={"rows": [{"text": text} for text in kept]}, headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    assert wrong == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Product)) == len(kept)


def test_values_of_a_dictionary_are_compared_as_they_are(api_as: Any, office: Any) -> None:
    label = office.admin.creates(DictionaryItem, dictionary="industry", label="' OR '1'='1").label
    customer = office.customer("lin").id
    db.session.remove()
    api = api_as("lin")
    for operator in ("eq", "in"):
        value = [label] if operator == "in" else label
        status, body = _asked(api, "customer", filters=[{"col": "industry", "opr": operator, "value": value}])
        assert (status, body["ids"]) == (200, [])
    status, body = _asked(api, "customer", filters=[{"col": "industry", "opr": "neq", "value": label}])
    assert (status, body["ids"]) == (200, [customer])
