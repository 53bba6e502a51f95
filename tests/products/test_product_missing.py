"""A product an order needs is not on file yet."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from app.models.products.product import Product
from tests.support.office import refused


def test_a_missing_product_is_added_by_its_keeper_and_ordered_at_once(office: Any) -> None:
    """Manual 8.6, 10.10: the salesperson asks, the product manager adds it, the order goes on."""
    known = office.product()
    order = office.order("lin", [(known, "1")])
    values = {"number": "N1", "name": "角磨机", "model": "S670", "category": known.category, "list_price": D("289")}
    with refused("not_allowed"):
        office.lin.creates(Product, **values, unit=known.unit)
    missing = office.product_manager.creates(Product, **values, unit=known.unit)
    [line] = order.lines
    office.lin.changes(
        order, lines=[{"id": line.id}, {"product": missing, "quantity": D(2), "unit_price": missing.list_price}]
    )
    assert [str(line.product) for line in order.lines] == [str(known), "角磨机 S670"]
    assert order.total == D("588.00")
