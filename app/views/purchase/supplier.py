"""供应商 Suppliers: list, page and form. Manual 12.1."""

from __future__ import annotations

from app.models.purchase.supplier import Supplier
from app.screens.record.record_view import RecordView


class SupplierView(RecordView):
    """Manual 12.1."""

    model, icon = Supplier, "building-factory"
