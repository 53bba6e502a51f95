"""What the lines of a document are offered, by the way the goods go. Manual 8.5, 10.9."""

from __future__ import annotations

from typing import Any

from app.core.db.base import db
from app.query.choices import Circumstances, Direction, GoodsName, goods
from tests.support.office import D


def found(office: Any, direction: Direction, query: str, **known: Any) -> list[dict[str, Any]]:
    circumstances = Circumstances(direction, known.get("party"), office.warehouse().id)
    return [dict(product) for product in goods().search(db.session(), query, circumstances, office.lin.actor)]


def test_what_is_discontinued_is_offered_where_it_is_bought_and_not_where_it_is_sold(office: Any) -> None:
    """Manual 10.9."""
    product = office.product("停产手套")
    office.product_manager.changes(product, discontinued=True)
    assert [found(office, way, product.number) == [] for way in ("sell", "buy", "move")] == [True, False, False]
    for way, fault in (("sell", "discontinued"), ("buy", "")):
        circumstances = Circumstances(way, None, None)
        (named,) = goods().named(db.session(), [GoodsName(number=product.number)], circumstances, office.lin.actor)
        assert (named.ids, named.fault) == ([product.id], fault)


def test_what_is_in_stock_stands_first_unless_its_number_was_typed(office: Any) -> None:
    empty, stocked = office.product("防割手套"), office.product("防割手套")
    office.stock({stocked: "3"})
    assert [each["id"] for each in found(office, "sell", "防割手套")] == [stocked.id, empty.id]
    assert [each["id"] for each in found(office, "buy", "防割手套")] == [empty.id, stocked.id]
    assert found(office, "sell", empty.number)[0]["id"] == empty.id


def test_what_is_only_moved_has_stock_and_no_prices(office: Any) -> None:
    product = office.product()
    office.stock({product: "7"})
    (moved,) = found(office, "move", product.number)
    assert (moved["available"], moved["on_hand"]) == ("7.000", "7.000")
    assert not [name for name in moved if "price" in name or name in ("tiers", "paid")]


def test_the_last_five_prices_of_a_customer_are_told_the_latest_first(office: Any) -> None:
    """Manual 8.5: with how many it bought, when, and on which order."""
    product, customer = office.product(price="10"), office.customer()
    numbers = [office.approved("lin", [(product, str(n), f"{n}.5")], customer=customer).number for n in range(1, 8)]
    (offered,) = found(office, "sell", product.number, party=customer.id)
    assert [D(price) for price, *_more in offered["paid"]] == [D(f"{n}.5") for n in (7, 6, 5, 4, 3)]
    assert offered["paid"][0] == ["7.5000", "7", "2026-11-02", numbers[-1]]
    assert (offered["last_price"], offered["price"]) == ("7.5000", "10.0000")
