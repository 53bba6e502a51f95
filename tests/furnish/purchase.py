"""Suppliers, and purchases that wait for approval and for goods, and one that came in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from tests.furnish import goods
from tests.support.office import SIGNED


def furnish(office: Any) -> None:
    supplier = office.purchaser.creates(Supplier, name="永康五金厂")

    def purchase(subject: str, **values: Any) -> PurchaseOrder:
        lines = [{"product": goods(), "quantity": Decimal(10), "unit_price": Decimal("6.5")}]
        order: PurchaseOrder = office.purchaser.creates(
            PurchaseOrder, supplier=supplier, subject=subject, ordered_on=SIGNED,
            expected_on=SIGNED + dt.timedelta(days=7), lines=lines, **values,
        )  # fmt: skip
        return order

    purchase("草稿中的采购", sales_order=office.order("lin", [(goods(), "1")]))
    office.purchaser.fires("submit", purchase("待审批的采购"))
    for subject in ("待入库的采购", "已入库的采购"):
        order = purchase(subject)
        office.purchaser.fires("submit", order)
        office.boss.fires("approve", order)
        receipt = office.purchaser.fires("receive", order)
    office.keeper.fires("confirm", receipt)
    order = purchase("已批准的采购")
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
