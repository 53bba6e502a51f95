"""入库单 Goods receipts: what the keeper confirms. Manual 11.3, 11.4."""

from __future__ import annotations

from app.models.stock.goods_receipt import GoodsReceipt
from app.screens.record.record_view import RecordView


class GoodsReceiptView(RecordView):
    """Manual 11.3."""

    model, icon = GoodsReceipt, "package-import"
    can_add = can_edit = can_delete = False
