"""The search in the top bar finds parcels, and telephone numbers however they are written. Manual 3.2, 11.6."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.db.base import db
from app.models.stock.goods_issue import Shipment
from tests.support.statements import counted


@pytest.fixture
def parcel(office: Any) -> int:
    (product,) = office.stocked("5")
    issue = office.issued(office.approved("lin", [(product, "2")]))
    shipment = office.keeper.fires("ship", issue, carrier="顺丰", tracking_number="SF1234567890")
    key: int = shipment.id
    return key


@pytest.mark.parametrize("login", ["lin", "keeper"])
@pytest.mark.parametrize("typed", ["SF1234567890", "sf1234567890", "SF12 3456 7890"])
def test_a_parcel_is_found_by_its_number(at: Any, parcel: int, login: str, typed: str) -> None:
    answer = at(login).open(f"/search?q={typed}")
    assert (answer.status, answer.location) == (302, f"/shipment/show/{parcel}")


def test_the_beginning_of_its_number_lists_it_for_whoever_may_see_it(at: Any, parcel: int) -> None:
    assert f"/shipment/show/{parcel}" in at("lin").open("/search?q=SF1234").text
    assert f"/shipment/show/{parcel}" not in at("zhou").open("/search?q=SF1234567890").text


def test_the_whole_number_of_an_order_is_looked_for_among_orders_alone(at: Any, office: Any, parcel: int) -> None:
    """Numbers of parcels are in no index: whoever opens an order does not wait for them."""
    order = db.session.get_one(Shipment, parcel).order
    number, key = order.number, order.id
    lin = at("lin")
    with counted() as statements:
        answer = lin.open(f"/search?q={number}")
    assert answer.location == f"/salesorder/show/{key}"
    assert not [text for text in statements if "FROM shipment" in text]
    with counted() as statements:
        lin.open("/search?q=SF12")
    assert [text for text in statements if "FROM shipment" in text]


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("0510-88001234", "051088001234"), ("051088001234", "0510-88001234"), ("139-0000-1111", "13900001111"),
        ("13900001111", "139 0000 1111"), ("13900001111", "%2B86 139-0000-1111"),
    ],
)  # fmt: skip
def test_a_telephone_number_is_found_with_and_without_its_dashes(at: Any, office: Any, kept: str, typed: str) -> None:
    customer = office.customer("lin", phone=kept)
    key, name = customer.id, customer.name
    browser = at("lin")
    answer = browser.open(f"/search?q={typed}")
    assert answer.location == f"/customer/show/{key}" or name in answer.text
    assert name not in at("zhou").open(f"/search?q={typed}").text
