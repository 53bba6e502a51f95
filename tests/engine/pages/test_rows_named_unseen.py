"""Rows that some people name in a form though they cannot open them, by name and number alone. Manual 8.14, 12.3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db, model_name
from app.core.record.fields import fields_of
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.security.accounts.people import actor_named
from app.security.policy import NAMEABLE, may_name
from tests.hostile.sent import hidden_keys
from tests.sales.order_form import OrderForm
from tests.support.everything import distinct_people
from tests.support.pages import Browser

At = Callable[[str], Browser]


@pytest.fixture
def sold(office: Any) -> Any:
    return office.approved("lin", [(office.product(), "3", "100")])


def test_a_purchaser_chooses_customer_and_order_of_a_purchase(at: At, office: Any, sold: Any) -> None:
    """Manual 12.3: 须确定对应客户和订单. The purchaser opens neither."""
    supplier = office.purchaser.creates(Supplier, name="永康五金厂").id
    customer, name, order, number = sold.customer_id, sold.customer.name, sold.id, sold.number
    other = office.approved("zhou", [(office.product(), "1", "100")]).id
    purchaser = at("purchaser")
    page = purchaser.open("/purchaseorder/add").text
    for field, target in (("customer", "customer"), ("sales_order", "sales_order")):
        assert f'data-pick="/pick/{target}?for=purchase_order.{field}"' in page
    found = purchaser.client.get("/pick/customer", query_string={"for": "purchase_order.customer", "q": name})
    assert customer in [row["id"] for row in found.get_json()]
    asked = {"for": "purchase_order.sales_order", "customer": customer}
    found = purchaser.client.get("/pick/sales_order", query_string=asked).get_json()
    assert found == [{"id": order, "text": number, "hint": ""}], "its subject is not told"
    assert other not in [row["id"] for row in found]
    head = {
        "supplier": str(supplier), "subject": "按单采购", "ordered_on": "2026-11-02", "expected_on": "2026-11-09",
        "warehouse": "1", "sales_order": str(order), "customer": "",
    }  # fmt: skip
    status, body = OrderForm(purchaser, "/purchaseorder/add").save(head, [])
    assert status == 200, body
    made = db.session.scalars(sa.select(PurchaseOrder)).one()
    assert (made.sales_order_id, made.customer_id, made.lines) == (order, customer, [])
    assert purchaser.open(f"/salesorder/show/{order}").status == 404


def _cases() -> Iterator[tuple[str, str, str, bool, set[int]]]:
    """(field, model it leads to, login, whether they name rows there that they cannot open, keys of such rows)."""
    for model, name in sorted(NAMEABLE, key=lambda one: (model_name(one[0]), one[1])):
        target = fields_of(model)[name].target
        assert target is not None
        for login in distinct_people():
            told = may_name(model, name, actor_named(db.session(), login))
            yield f"{model_name(model)}.{name}", model_name(target), login, told, set(hidden_keys(target, login))


def test_only_who_makes_the_record_is_told_of_hidden_rows(at: At, office: Any, furnished: Any) -> None:
    cases = list(_cases())
    assert {told for *_case, told, hidden in cases if hidden} == {True, False}
    for field, target, login, told, hidden in cases:
        client = at(login).client
        for asked in ({"for": field}, {}):
            answer = client.get(f"/pick/{target}", query_string=asked)
            shown = {row["id"] for row in answer.get_json()} if answer.status_code == 200 else set()
            assert bool(shown & hidden) is bool(told and asked and hidden), (field, login, asked)
