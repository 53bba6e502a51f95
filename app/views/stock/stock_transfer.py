"""调拨单 Stock transfers: list, form and steps. Manual 11.9."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.stock.stock_transfer import StockTransfer
from app.reports.stock.waiting import transfer_is_to_confirm, transfer_is_to_run, transfer_waits
from app.screens.document.document_view import DocumentView


class StockTransferView(DocumentView):
    """Manual 11.9."""

    model, icon, asks = StockTransfer, "arrows-left-right", ("from_warehouse",)
    list_columns = ("number", "from_warehouse", "to_warehouse", "reason", "state", "created_at")
    card_columns = ("number", "state", "from_warehouse", "to_warehouse")
    presets = {
        "open": (_l("To do"), transfer_waits),
        "confirm": (_l("To confirm"), transfer_is_to_confirm),
        "run": (_l("To run"), transfer_is_to_run),
    }
