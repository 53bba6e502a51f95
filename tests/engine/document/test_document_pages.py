"""Pages of documents whose views say nothing but their model: lines, way, decision, what was made of them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest

from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier

D = Decimal


@pytest.fixture
def order(office: Any) -> Any:
    supplier = office.purchaser.creates(Supplier, name="永康五金厂")
    lines = [
        {"product": office.product("扳手", price="10"), "quantity": D(10), "unit_price": D("6")},
        {"product": office.product("钳子", price="20"), "quantity": D(4), "unit_price": D("8")},
    ]
    return office.purchaser.creates(
        PurchaseOrder, supplier=supplier, lines=lines, subject="备货",
        ordered_on=dt.date(2026, 11, 2), expected_on=dt.date(2026, 11, 9),
    )  # fmt: skip


def test_a_draft_shows_its_lines_and_its_next_step(at: Any, office: Any, order: Any) -> None:
    address = f"/purchaseorder/show/{order.id}"
    page = at("purchaser").open(address)
    assert page.status == 200
    for text in ("扳手", "钳子", "¥92.00", "提交审批", "永康五金厂", "备货"):
        assert text in page.text, text


def test_who_decides_sees_list_price_last_price_and_odd_discounts(at: Any, office: Any, order: Any) -> None:
    """fault A7: Manual 12.4."""
    office.purchaser.fires("submit", order)
    address = f"/purchaseorder/show/{order.id}"
    page = at("boss").open(address)
    for text in ("同意", "否决", "售价", "上次成交"):
        assert text in page.text, text
    own = at("purchaser").open(address)
    assert "上次成交" not in own.text


def test_a_purchase_dearer_than_the_last_one_stands_in_red(at: Any, office: Any, order: Any) -> None:
    """Manual 12.4: whoever decides sees what the same supplier was paid before."""
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    line = order.lines[0]
    again = office.purchaser.creates(
        PurchaseOrder, supplier=order.supplier, subject="再备", ordered_on=order.ordered_on,
        expected_on=order.expected_on, lines=[{"product": line.product, "quantity": D(1), "unit_price": D("7")}],
    )  # fmt: skip
    office.purchaser.fires("submit", again)
    address = f"/purchaseorder/show/{again.id}"
    page = at("boss").open(address)
    assert re.search(r'<span class="red"[^>]*>¥6.0000</span>', page.text)


def test_a_sale_far_below_list_price_stands_in_red(at: Any, office: Any) -> None:
    """Manual 8.7: whoever decides sees list price, last price and discount of each line."""
    (pump,) = office.stocked("5", price="10")
    order = office.order("lin", [(pump, "1", "4")])
    office.lin.fires("submit", order)
    address = f"/salesorder/show/{order.id}"
    page = at("manager").open(address)
    assert '<b class="red">40%</b>' in page.text
    assert "上次成交" in page.text


def test_what_was_made_of_a_document_stands_on_its_page(at: Any, office: Any, order: Any) -> None:
    """Manual 12.2: 点击采购主题,查看该采购单的详细入库情况."""
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    receipt = office.purchaser.fires("receive", order)
    office.keeper.fires("confirm", receipt, lines=[{"id": receipt.lines[0].id, "quantity": "4"}])
    number, receipt_page = receipt.number, f"/goodsreceipt/show/{receipt.id}"
    address = f"/purchaseorder/show/{order.id}"
    page = at("purchaser").open(address)
    assert number in page.text
    assert "部分入库" in page.text
    keeper = at("keeper").open(receipt_page)
    assert "已确认" in keeper.text
