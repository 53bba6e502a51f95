"""Goods between warehouses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.models.stock.stock_transfer import StockTransfer
from tests.furnish import goods


def furnish(office: Any) -> None:
    ends = {"from_warehouse": office.warehouse("SHOP"), "to_warehouse": office.warehouse("MAIN")}

    def transfer(reason: str) -> StockTransfer:
        lines = [{"product": goods(), "quantity": Decimal(2)}]
        document: StockTransfer = office.keeper.creates(StockTransfer, lines=lines, reason=reason, **ends)
        return document

    transfer("门店退回")
    document = transfer("门店关闭")
    office.keeper.fires("confirm", document)
    office.keeper.fires("run", document)
