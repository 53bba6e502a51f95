"""Who sees what: the policy table against what people observe on every channel. spec.md §1; quality R9."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db, model_name
from app.core.record.numbering import DocumentCounter
from app.demo.people import CAST
from app.models.customers.customer import Contact, Customer
from app.models.money.payment import CustomerBalance, Payment, PaymentPlan, ReceivableLedgerEntry
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockBalance, StockInit, StockLedgerEntry
from app.query.listing import Listing, Sort
from app.screens.frame.registry import VIEWS
from app.screens.record.record_view import RecordView
from app.security.policy import VISIBILITY, Policy, Sees, declare, visible
from app.security.roles import RIGHTS, R

# What the cast sees of an order of 林晓 (not shared, goods from a warehouse the keeper keeps), written down by hand.
# Everyone not named sees nothing.
CHAIN = {"lin", "manager", "director", "boss", "service"}
EXPECTED: dict[type[Any], set[str]] = {
    Customer: CHAIN,
    Contact: CHAIN,
    SalesOrder: CHAIN | {"finance"},
    PaymentPlan: CHAIN | {"finance"},
    Payment: CHAIN | {"finance"},
    ReceivableLedgerEntry: CHAIN | {"finance"},
    GoodsIssue: CHAIN | {"finance", "keeper"},
    Shipment: CHAIN | {"finance", "keeper"},
    StockBalance: {"boss", "purchaser", "finance", "director", "keeper"},
    StockLedgerEntry: {"boss", "purchaser", "finance", "director", "keeper"},
    StockInit: {"boss", "purchaser", "finance", "director", "keeper"},
    Product: set(CAST),
}


def _ids(model: type[Any]) -> set[int]:
    return set(db.session.scalars(sa.select(model.id)))


@pytest.mark.parametrize("model", EXPECTED, ids=model_name)
def test_the_policy_says_what_the_specification_says(finished: Any, model: type[Any]) -> None:
    """§6.1, §8.14, §10.10, §11.1, §11.6, §11.7: every role of the cast, by hand, against the table."""
    seers = set()
    for login in CAST:
        rows = db.session.scalars(visible(sa.select(model.id), model, finished.person(login).actor)).all()
        assert set(rows) in (set(), _ids(model))
        if rows:
            seers.add(login)
    assert seers == EXPECTED[model]


@pytest.mark.parametrize("login", CAST)
def test_a_list_merges_the_ways_to_what_the_policy_opens(finished: Any, login: str) -> None:
    """§6.1, §11.6: a page of each way is the policy's rows, no more, none twice, none missing; shared customers too."""
    (product,) = [db.session.get(Product, line.product_id) for line in db.session.scalars(sa.select(SalesOrderLine))]
    for owner in ("zhou", "xu"):
        order = finished.approved(owner, [(product, "1")])
        finished.person(owner).fires("plan", order, instalments=2, first_on="2026-12-01")
        finished.finance.pays(order, "3")
    finished.xu.fires("share", order.customer, users=[finished.zhou.actor.user_id], roles=[str(R.technical)])
    actor = finished.person(login).actor
    for model in VISIBILITY:
        wanted = sorted(db.session.scalars(visible(sa.select(model.id), model, actor)))
        rows, more = Listing(model).page(db.session(), actor, sort=Sort("id", False), size=500)
        assert [row[0] for row in rows] == wanted, model
        assert not more
        assert Listing(model).count(db.session(), actor) == len(wanted)


@pytest.mark.parametrize("login", CAST)
def test_rest_shows_each_person_exactly_what_the_policy_allows(
    app: Flask, finished: Any, api_as: Any, login: str
) -> None:
    """§6.1, §11.6: list and show of every model; the invisible answers 404, a missing right 403."""
    actor = finished.person(login).actor
    allowed = {m: set(db.session.scalars(visible(sa.select(m.id), m, actor))) for m in EXPECTED}
    everything = {m: _ids(m) for m in EXPECTED}
    may = {m: actor.may("read", m) for m in EXPECTED}
    db.session.remove()
    api = api_as(login)
    for model, ids in allowed.items():
        name = model_name(model)
        status, body = api.get(f"{name}/?q=(page_size:100)")
        if not may[model]:
            assert (status, body["code"]) == (403, "not_allowed"), name
            continue
        assert status == 200, (name, body)
        assert {row["id"] for row in body["result"]} == ids, name
        assert body["count"] == len(ids), name
        for key in everything[model]:
            status, body = api.get(f"{name}/{key}")
            assert status == (200 if key in ids else 404), f"{name} {key}"


@pytest.mark.parametrize("login", ["zhou", "keeper", "finance", "admin", "technical"])
def test_pages_hide_another_salespersons_customer_on_every_path(finished: Any, client_as: Any, login: str) -> None:
    """§6.1: 404 on page, form, deletion, action, print; absent from list, picker and search."""
    customer = db.session.scalars(sa.select(Customer)).one()
    key, name = customer.id, customer.name
    db.session.remove()
    client = client_as(login)
    for path in (f"/customer/show/{key}", f"/customer/edit/{key}"):
        assert client.get(path).status_code in (403, 404), path
    assert client.get(f"/customer/show/{key}").status_code == 404
    assert name not in client.get("/customer/list/").get_data(as_text=True)
    assert f"/customer/show/{key}" not in client.get(f"/search?q={name[:4]}").get_data(as_text=True)
    assert name not in client.get(f"/pick/customer?q={name}").get_data(as_text=True)


def test_every_model_people_read_has_a_line_in_the_policy() -> None:
    """spec §1: no rule, no rows."""
    assert set(EXPECTED) <= set(VISIBILITY)


def test_a_model_with_pages_has_a_decision_who_sees_and_who_keeps_it() -> None:
    """spec §1: a line of its area's table; without one there is no view."""
    assert set(VIEWS) <= set(VISIBILITY)
    assert {model_name(model) for model in VIEWS} <= set(RIGHTS)
    with pytest.raises(TypeError, match="Nobody has decided who sees rows of DocumentCounter"):
        type("CounterView", (RecordView,), {"model": DocumentCounter})
    assert DocumentCounter not in VIEWS
    assert DocumentCounter not in VISIBILITY
    assert "document_counter" not in RIGHTS


def test_a_model_with_pages_says_what_one_of_its_rows_is_called() -> None:
    with pytest.raises(TypeError, match="CustomerBalance does not say what one of its rows is called"):
        type("BalanceView", (RecordView,), {"model": CustomerBalance})
    assert CustomerBalance not in VIEWS


def test_who_sees_a_model_is_not_decided_in_two_places() -> None:
    """A second line cannot widen what the first one says."""
    before = VISIBILITY[Customer]
    with pytest.raises(ValueError, match="Customer has two lines"):
        declare({Customer: Policy(Sees(everyone=True))})
    assert VISIBILITY[Customer] is before
