"""库存 Who sees and keeps goods issues, shipments, balances and opening stock. Manual 11.1, 11.6."""

from __future__ import annotations

from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.goods_receipt import GoodsReceipt
from app.models.stock.stock import StockBalance, StockInit, StockLedgerEntry, Warehouse
from app.models.stock.stock_transfer import StockTransfer
from app.security.policy import Policy, Sees, declare
from app.security.roles import STOCK_READERS, R

STOCK = Sees(every=(R.boss, R.purchaser, R.finance, R.sales_director), warehouse="warehouse_id")

declare({
    GoodsIssue: Policy(
        Sees(through=("order",), warehouse="warehouse_id", own=("confirmed_by_id",)),
        changed_by=Sees(warehouse="warehouse_id"),
        rights={"delete": (R.warehouse,)},
    ),
    Shipment: Policy(
        Sees(through=("order",), warehouse="warehouse_id", own=("shipped_by_id",)),
        changed_by=Sees(warehouse="warehouse_id", through=("order",)),
    ),
    GoodsReceipt: Policy(
        Sees(through=("purchase_order",), warehouse="warehouse_id", own=("confirmed_by_id",)),
        changed_by=Sees(warehouse="warehouse_id"),
    ),
    StockTransfer: Policy(
        Sees(every=(R.boss,), warehouse=("from_warehouse_id", "to_warehouse_id")),
        changed_by=Sees(warehouse="from_warehouse_id"), kept_by=(R.warehouse,), rights={"import": ()},
    ),
    StockBalance: Policy(STOCK, read_by=STOCK_READERS),
    StockLedgerEntry: Policy(STOCK, read_by=STOCK_READERS),
    StockInit: Policy(
        STOCK, changed_by=Sees(warehouse="warehouse_id"), read_by=STOCK_READERS, rights={"import": (R.warehouse,)}
    ),
    Warehouse: Policy(Sees(everyone=True), changed_by=Sees(every=(R.admin,)), kept_by=(R.admin,)),
})  # fmt: skip
