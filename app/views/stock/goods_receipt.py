"""入库单 Goods receipts: what the keeper confirms. Manual 11.3, 11.4."""

from __future__ import annotations

from app.models.stock.goods_receipt import GoodsReceipt
from app.screens.document.document_page import DocumentPage


class GoodsReceiptView(DocumentPage):
    """Manual 11.3."""

    model, icon = GoodsReceipt, "package-import"
    list_columns = (
        "number", "purchase_order.supplier", "purchase_order", "warehouse", "state", "created_at", "confirmed_by",
        "confirmed_at",
    )  # fmt: skip
    filter_columns = ("purchase_order.supplier", "purchase_order", "warehouse", "state", "created_at", "confirmed_at")
    order_columns = ("number", "created_at", "confirmed_at")
    search_columns = ("number", "purchase_order")
    can_add = can_edit = can_delete = False
