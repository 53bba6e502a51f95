"""Sales orders from a workbook, by the managers of those who own them. Manual 8.4, 8.5, 10.9."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.models.sales.sales_order import SalesOrder
from tests.engine.imports.test_fields import sheet
from tests.support.office import SIGNED

D = Decimal


def line(customer: Any, product: Any, mark: int, **cells: Any) -> dict[str, Any]:
    return {
        "单据序号": mark, "主题": "补货", "客户": customer.number, "签约日期": SIGNED,
        "最晚发货日期": SIGNED + dt.timedelta(days=9), "产品": product.number, "数量": 3, "含税单价": 9, **cells,
    }  # fmt: skip


def test_orders_come_in_for_people_below_with_every_rule_of_the_form(office: Any, imports: Any) -> None:
    """§8.4, §10.9: nothing discontinued, no customer of somebody else's, no ship date before the signing."""
    pump, gone = office.product(price="10"), office.product()
    mine, theirs = office.customer("lin"), office.customer("xu")
    office.product_manager.changes(gone, discontinued=True)
    rows = [
        line(mine, pump, 1), line(mine, pump, 1, 明细备注="急"), line(mine, gone, 2), line(theirs, pump, 3),
        line(mine, pump, 4, 最晚发货日期=SIGNED - dt.timedelta(days=1)),
    ]  # fmt: skip
    batch = imports.does_all("manager", "sales_order", sheet("sales_order", *rows))
    assert imports.faults(batch) == [
        (4, "产品", "discontinued"), (5, "客户", "unknown_row"), (6, "最晚发货日期", "ships_before_signing"),
    ]  # fmt: skip
    order = db.session.scalars(sa.select(SalesOrder)).one()
    assert (order.owner.username, order.total, order.lowest_discount) == ("lin", D("54.00"), D("0.9"))
    assert [each.remark for each in order.lines] == [None, "急"]
    assert office.mismatches() == []


def test_a_salesperson_reads_in_no_orders(client_as: Any) -> None:
    assert client_as("lin").get("/import/template/sales_order").status_code == 403
    assert client_as("manager").get("/import/template/sales_order").status_code == 200
