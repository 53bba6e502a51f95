"""采购单 Purchase orders: list, form, approval and what has come in. Manual 12.1–12.4."""

from __future__ import annotations

from app.models.purchase.purchase_order import PurchaseOrder
from app.screens.document.document_view import DocumentView


class PurchaseOrderView(DocumentView):
    """Manual 12.1–12.4."""

    model, icon, asks = PurchaseOrder, "shopping-bag", ("supplier", "warehouse")
    begins_today = ("ordered_on",)
    form_depends = {"sales_order": "customer"}
    counts_from = {"expected_on": "ordered_on"}
