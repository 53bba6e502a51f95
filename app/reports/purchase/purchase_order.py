"""采购单 What is read of purchase orders: the prices a supplier was paid. Manual 12.1."""

from __future__ import annotations

from app.models.document import ApprovalState
from app.models.purchase.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.reports.products.product_picker import PRICE_HISTORIES, PriceHistory

PRICE_HISTORIES["buy"] = PriceHistory(
    PurchaseOrder, PurchaseOrderLine, PurchaseOrderLine.order_id, PurchaseOrder.supplier_id, PurchaseOrder.ordered_on,
    PurchaseOrder.state == ApprovalState.approved,
)  # fmt: skip
