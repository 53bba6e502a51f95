"""入库单 Goods receipts: what the keeper confirms. Manual 11.3, 11.4."""

from __future__ import annotations

from app.models.stock.goods_receipt import GoodsReceipt
from app.screens.document.document_page import DocumentPage


class GoodsReceiptView(DocumentPage):
    """Manual 11.3."""

    model, icon = GoodsReceipt, "package-import"
    can_add = can_edit = can_delete = False
