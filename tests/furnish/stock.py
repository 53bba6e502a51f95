"""Goods between warehouses, and a warehouse that is opened and not yet in use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.core.db.base import db
from app.models.stock.stock import Warehouse
from app.models.stock.stock_transfer import StockTransfer
from app.models.system.user import AppUser
from tests.furnish import goods


def furnish(office: Any) -> None:
    ends = {"from_warehouse": office.warehouse("SHOP"), "to_warehouse": office.warehouse("MAIN")}

    def transfer(reason: str) -> StockTransfer:
        lines = [{"product": goods(), "quantity": Decimal(2)}]
        document: StockTransfer = office.keeper.creates(StockTransfer, lines=lines, reason=reason, **ends)
        return document

    transfer("门店退回")
    for reason in ("门店关闭", "门店盘点"):
        document = transfer(reason)
        office.keeper.fires("confirm", document)
    office.keeper.fires("run", document)
    keeper = db.session.get_one(AppUser, office.keeper.actor.user_id)
    for code, name in (("YARD", "场外仓"), ("FRESH", "新仓")):
        office.admin.creates(Warehouse, code=code, name=name, keepers=[keeper])
        office.stock({goods(): "5"}, code)
    yard = office.warehouse("YARD")
    office.approved("lin", [(goods(), "3")], warehouse=yard)
    lines = [{"product": goods(), "quantity": Decimal(4)}]
    document = office.keeper.creates(
        StockTransfer, lines=lines, from_warehouse=yard, to_warehouse=office.warehouse("MAIN")
    )
    office.keeper.fires("confirm", document)
    office.keeper.fires("run", document, take_promised=True)
