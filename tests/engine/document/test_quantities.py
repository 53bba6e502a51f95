"""Asking for goods: how much of which line, and what is said when it is too much. Manual 11.5."""

from __future__ import annotations

from typing import Any

from tests.support.office import refused


def test_a_refused_quantity_names_its_product(office: Any) -> None:
    """§11.5: with many lines nobody has to hunt for the wrong one; every one is told, whoever asks for it."""
    pump, wrench = office.stocked("10", "20")
    order = office.approved("lin", [(pump, "4"), (wrench, "10")])
    lines = {line.product_id: line.id for line in order.lines}
    with refused("too_much") as caught:
        office.lin.fires("issue", order, lines=[
            {"id": lines[pump.id], "quantity": "4"}, {"id": lines[wrench.id], "quantity": "810"},
        ])  # fmt: skip
    assert all(part in caught.value.message for part in (str(wrench), "10", "810"))
    assert caught.value.field == "lines.1.quantity"
    issue = office.lin.fires("issue", order)
    wanted = [{"id": line.id, "quantity": "11"} for line in issue.lines]
    with refused("too_much") as caught:
        office.keeper.fires("confirm", issue, lines=wanted)
    assert [reason.field for reason in caught.value.reasons] == ["lines.0.quantity", "lines.1.quantity"]
    office.keeper.fires("confirm", issue)
    office.keeper.fires("ship", issue, lines=[{"id": issue.lines[0].id, "quantity": "4"}])
    with refused("too_much") as caught:
        office.keeper.fires("ship", issue, lines=[{"id": issue.lines[0].id, "quantity": "1"}])
    assert str(pump) in caught.value.message
