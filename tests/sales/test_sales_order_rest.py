from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.plugins.rest import SIGNED, Firm, done, refused

pytestmark = pytest.mark.sql


def made(answer: tuple[int, Any], model: str) -> int:
    """The id of the one document of this model that an action made."""
    found = [document for document in done(answer)["created"] if document["model"] == model]
    assert len(found) == 1
    assert found[0]["number"]
    return int(found[0]["id"])


def shipping_of(firm: Firm, order: int) -> str:
    return str(done(firm.lin.get(f"sales_order/{order}"))["result"]["shipping_status"])


def drafted(firm: Firm, pump: int, mask: int) -> dict[str, Any]:
    """An order of ten pumps at 20 yuan and four masks at 12.50."""
    return firm.order(
        subject="年度补货",
        lines=[
            {"product": pump, "quantity": "10", "unit_price": "20"},
            {"product": mask, "quantity": "4", "unit_price": "12.50", "tax_rate": "9%"},
        ],
    )


def decided(firm: Firm, order: dict[str, Any]) -> None:
    """Submitted by its owner, approved by the director, and by nobody else."""
    at = f"sales_order/{order['id']}"
    assert (order["total"], order["state"], order["shipping_status"]) == ("250.00", "draft", "none")
    assert done(firm.lin.post(f"{at}/submit"))["state"] == "pending"
    assert shipping_of(firm, order["id"]) == "not_issued"
    refused(firm.lin.post(f"{at}/approve"), 403, "not_allowed")
    assert done(firm.director.post(f"{at}/approve")) == {
        "id": order["id"], "number": order["number"], "state": "approved", "status": "executing",
        "shipping_status": "not_issued",
    }  # fmt: skip


def sent_in_two_parts(firm: Firm, order: int, pump: int) -> None:
    """The keeper confirms less than was asked for; the rest needs an issue of its own."""
    issue = made(firm.lin.post(f"sales_order/{order}/issue", {}), "goods_issue")
    assert shipping_of(firm, order) == "not_issued"
    lines = {line["product"]["id"]: line for line in done(firm.keeper.get(f"goods_issue/{issue}"))["result"]["lines"]}
    less = {"lines": [{"id": lines[pump]["id"], "quantity": "6"}]}
    assert done(firm.keeper.post(f"goods_issue/{issue}/confirm", less))["state"] == "confirmed"
    assert shipping_of(firm, order) == "to_ship"
    shipment = made(firm.keeper.post(f"goods_issue/{issue}/ship", {"carrier": "顺丰"}), "shipment")
    assert shipping_of(firm, order) == "partly"
    assert done(firm.keeper.get(f"shipment/{shipment}"))["result"]["amount"] == "170.00"

    rest = made(firm.lin.post(f"sales_order/{order}/issue"), "goods_issue")
    assert done(firm.keeper.post(f"goods_issue/{rest}/confirm"))["state"] == "confirmed"
    assert shipping_of(firm, order) == "to_ship"
    made(firm.keeper.post(f"goods_issue/{rest}/ship", {}), "shipment")
    assert shipping_of(firm, order) == "all"
    refused(firm.lin.post(f"sales_order/{order}/issue"), 422, "nothing_left")


def paid_in_two_parts(firm: Firm, order: dict[str, Any]) -> None:
    """Three instalments; two payments settle them all."""
    at = f"sales_order/{order['id']}"
    plan = {"instalments": 3, "first_on": "2026-12-01", "interval_days": 30}
    plans = done(firm.lin.post(f"{at}/plan", plan))["created"]
    assert [document["model"] for document in plans] == ["payment_plan"] * 3
    money = {
        "customer": order["customer"]["id"],
        "sales_order": order["id"],
        "method": "银行转账",
        "received_on": SIGNED,
    }
    paid = done(firm.finance.post("payment/", {**money, "amount": "100"}), 201)["result"]
    assert (paid["amount"], paid["method"], paid["salesperson"]["name"]) == ("100.00", "银行转账", "林晓")
    assert done(firm.lin.get(at))["result"]["status"] == "executing"
    done(firm.finance.post("payment/", {**money, "amount": "150.00"}), 201)
    query = f"payment_plan/?q=(filters:!((col:sales_order,opr:rel_o_m,value:{order['id']})),order_column:serial)"
    assert [plan["status"] for plan in done(firm.lin.get(query))["result"]] == ["settled"] * 3


def test_an_order_goes_from_draft_to_paid_and_shipped_over_rest(firm: Firm) -> None:
    pump, mask = firm.stocked("100", "40", price="20")
    order = drafted(firm, pump, mask)
    decided(firm, order)
    sent_in_two_parts(firm, order["id"], pump)
    paid_in_two_parts(firm, order)

    ended = done(firm.lin.get(f"sales_order/{order['id']}"))["result"]
    assert (ended["status"], ended["received"], ended["receivable"]) == ("ended", "250.00", "0.00")
    figures = done(firm.lin.get(f"customer/{order['customer']['id']}"))["result"]
    expected = {
        "contract_value": "250.00", "shipped_value": "250.00", "plan_open": "0.00", "received": "250.00",
        "receivable": "0.00",
    }  # fmt: skip
    assert {name: figures[name] for name in expected} == expected
    with firm.inside() as office:
        assert office.mismatches() == []


def test_stock_moves_with_the_order(firm: Firm) -> None:
    (pump,) = firm.stocked("7", price="20")
    order = firm.approved(lines=[{"product": pump, "quantity": "5", "unit_price": "20"}])
    query = f"stock_balance/?q=(filters:!((col:product,opr:rel_o_m,value:{pump})))"
    (balance,) = done(firm.boss.get(query))["result"]
    assert (balance["on_hand"], balance["reserved"], balance["available"]) == ("7.000", "5.000", "2.000")
    issue = made(firm.lin.post(f"sales_order/{order['id']}/issue"), "goods_issue")
    done(firm.keeper.post(f"goods_issue/{issue}/confirm"))
    (balance,) = done(firm.boss.get(query))["result"]
    assert [Decimal(balance[name]) for name in ("on_hand", "reserved", "available")] == [2, 0, 2]


def test_a_refused_step_tells_every_reason(firm: Firm) -> None:
    order = firm.approved(consignee="", consignee_phone="", consignee_address="")
    told = refused(firm.lin.post(f"sales_order/{order['id']}/issue"), 422, "no_consignee", "consignee")
    assert told["message"]
    refused(firm.lin.post(f"sales_order/{order['id']}/submit"), 409, "wrong_state")
    refused(firm.director.post(f"sales_order/{order['id']}/stop", {}), 422, "invalid", "reason")
    refused(firm.lin.post(f"sales_order/{order['id']}/dance"), 404, "not_found")
    refused(firm.lin.post(f"sales_order/{order['id']}/issue", {"lnies": []}), 422, "invalid", "lnies")
