"""Purchasing as programs do it. Manual 12.1, 12.4."""

from __future__ import annotations

import pytest

from tests.plugins.rest import Firm, done, refused
from tests.sales.test_sales_order_rest import made

pytestmark = pytest.mark.sql


def test_a_purchase_goes_from_draft_to_goods_on_the_shelf_over_rest(firm: Firm) -> None:
    """Manual 12.1, 12.4: each step tells the state of the order and how much of it has come in."""
    (pump,) = firm.stocked("0")
    supplier = done(firm.purchaser.post("supplier/", {"name": "永康五金厂"}), 201)["id"]
    head = {"supplier": supplier, "subject": "备货", "ordered_on": "2026-11-02", "expected_on": "2026-11-09"}
    lines = [{"product": pump, "quantity": "10", "unit_price": "6.5"}]
    order = done(firm.purchaser.post("purchase_order/", {**head, "lines": lines}), 201)["result"]
    at = f"purchase_order/{order['id']}"
    assert done(firm.purchaser.post(f"{at}/submit"))["state"] == "pending"
    refused(firm.purchaser.post(f"{at}/approve"), 403, "not_allowed")
    assert done(firm.boss.post(f"{at}/approve")) == {
        "id": order["id"], "number": order["number"], "state": "approved", "receipt_status": "none",
    }  # fmt: skip
    answer = firm.purchaser.post(f"{at}/receive")
    assert done(answer)["receipt_status"] == "made"
    receipt = made(answer, "goods_receipt")
    assert done(firm.keeper.post(f"goods_receipt/{receipt}/confirm"))["state"] == "confirmed"
    shown = done(firm.purchaser.get(at))["result"]
    assert (shown["receipt_status"], shown["lines"][0]["received"]) == ("all", "10.000")
