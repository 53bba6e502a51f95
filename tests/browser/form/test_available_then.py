"""The grid tells what is available now and by the latest ship date. Manual 8.5; spec.md §11."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from tests.browser.person import Person
from tests.support.office import SIGNED

pytestmark = pytest.mark.browser
BROUGHT = SIGNED + dt.timedelta(days=10)


@pytest.fixture(scope="module")
def draft(office: Any) -> int:
    """An order of 60, while 80 of 100 are promised to others and a purchase brings 50."""
    (product,) = office.stocked("100", name="多功能工业级防尘防护口罩")
    office.approved("xu", [(product, "80")])
    supplier = office.purchaser.creates(Supplier, name="永康五金厂")
    lines = [{"product": product, "quantity": Decimal(50), "unit_price": Decimal(5)}]
    purchase = office.purchaser.creates(
        PurchaseOrder, supplier=supplier, subject="备货", ordered_on=SIGNED, expected_on=BROUGHT, lines=lines
    )
    office.purchaser.fires("submit", purchase)
    office.boss.fires("approve", purchase)
    key: int = office.order("lin", [(product, "60")], latest_ship_on=BROUGHT + dt.timedelta(days=5)).id
    db.session.remove()
    return key


def test_what_is_available_by_the_latest_ship_date_stands_beside_what_is_now(lin: Person, draft: int) -> None:
    """fault A6: §8.5: 20 are free, 50 come by then; with an earlier day they do not."""
    lin.open(f"/salesorder/edit/{draft}")
    lin.wait(lambda: "70" in lin.text("#lines [data-available]"), "what comes")
    assert lin.text("#lines [data-available]").split() == ["20", "缺", "40", "11-17", "前", "70"]
    lin.seen("document-available-then")
    field = lin.one("[name=latest_ship_on]")
    field.clear()
    field.send_keys("20261111" + Keys.TAB)
    lin.wait(lambda: "70" not in lin.text("#lines [data-available]"), "what does not come by then")
    lin.forget_drafts()
