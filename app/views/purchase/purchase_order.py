"""采购单 Purchase orders: list, form, approval and what has come in. Manual 12.1–12.4."""

from __future__ import annotations

from app.models.purchase.purchase_order import PurchaseOrder
from app.screens.document.document_page import DocumentPage


class PurchaseOrderView(DocumentPage):
    """Manual 12.1–12.4."""

    model, icon = PurchaseOrder, "shopping-bag"
