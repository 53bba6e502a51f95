"""供应商 Suppliers: list, page and form. Manual 12.1."""

from __future__ import annotations

from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.screens.record.record_page import Related
from app.screens.record.record_view import RecordView


class SupplierView(RecordView):
    """Manual 12.1."""

    model, icon = Supplier, "building-factory"
    list_columns = ("name", "number", "contact", "mobile", "address", "settlement", "discontinued")
    card_columns = ("name", "settlement", "contact", "mobile")
    related = (
        Related(PurchaseOrder, "supplier", ("number", "subject", "state", "receipt_status", "total", "expected_on")),
    )
