"""采购单 Purchase orders: list, form, approval and what has come in. Manual 12.1–12.4."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.purchase.purchase_order import PurchaseOrder
from app.reports.purchase.lists import is_late, is_pending, is_to_receive
from app.screens.document.document_view import DocumentView
from app.screens.list.ready_made import ready_made


class PurchaseOrderView(DocumentView):
    """Manual 12.1–12.4."""

    model, icon, asks = PurchaseOrder, "shopping-bag", ("supplier", "warehouse")
    begins_today = ("ordered_on",)
    form_depends = {"sales_order": "customer"}
    counts_from = {"expected_on": "ordered_on"}
    presets = {
        **ready_made(PurchaseOrder),
        "pending": (_l("Pending approval"), is_pending),
        "to_receive": (_l("To receive"), is_to_receive),
        "late": (_l("Late"), is_late),
    }
