"""Units that do not come in parts: half a metre can be sold, half a hammer cannot. Manual 8.5, 11.5."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.db.base import db
from app.models.system.setting import DictionaryItem
from tests.support.office import D, refused


def counted_in(office: Any, label: str) -> Any:
    """A product with ten on hand in this unit."""
    product = office.product(unit=label)
    office.stock({product: "10"})
    return product


@pytest.mark.parametrize("label", ["个", "把", "套", "支"])
def test_a_part_of_a_whole_unit_is_refused_beside_its_quantity(office: Any, label: str) -> None:
    """fault A7: Manual 8.5: the refusal names the line, and whole numbers are taken."""
    product = counted_in(office, label)
    with refused("whole_unit") as caught:
        office.order("lin", [(product, "2"), (product, "1.5")])
    assert caught.value.field == "lines.1.quantity"
    assert label in caught.value.message
    assert office.order("lin", [(product, "3.000")]).lines[0].quantity == D("3")


@pytest.mark.parametrize("label", ["米", "千克"])
def test_a_unit_that_comes_in_parts_takes_decimals(office: Any, label: str) -> None:
    """Manual 8.5."""
    order = office.order("lin", [(counted_in(office, label), "1.5")])
    assert order.lines[0].quantity == D("1.5")


def test_what_was_written_before_a_unit_became_whole_stays_as_it_is(office: Any) -> None:
    """Manual 10.6: the administrator says which units come in parts; only a changed quantity is judged anew."""
    product = counted_in(office, "米")
    order = office.order("lin", [(product, "1.5"), (product, "2")])
    unit = db.session.get_one(DictionaryItem, product.unit_id)
    office.admin.changes(unit, is_divisible=False)
    first, second = order.lines
    kept = {"id": first.id, "product": product, "quantity": D("1.5"), "unit_price": D("9")}
    office.lin.changes(
        order, lines=[kept, {"id": second.id, "product": product, "quantity": D("4"), "unit_price": D("9")}]
    )
    with refused("whole_unit"):
        office.lin.changes(order, lines=[{**kept, "quantity": D("2.5")}])


def test_a_part_of_a_whole_unit_is_not_issued(office: Any) -> None:
    """Manual 11.5: the keeper takes whole ones off the shelf."""
    product = counted_in(office, "把")
    issue = office.lin.fires("issue", office.approved("lin", [(product, "3")]))
    with refused("whole_unit") as caught:
        office.keeper.fires("confirm", issue, lines=[{"id": issue.lines[0].id, "quantity": D("1.5")}])
    assert caught.value.field == "lines.0.quantity"
    office.keeper.fires("confirm", issue, lines=[{"id": issue.lines[0].id, "quantity": D("2")}])
