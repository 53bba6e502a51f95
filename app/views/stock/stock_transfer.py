"""调拨单 Stock transfers: list, form and steps. Manual 11.9."""

from __future__ import annotations

from app.models.stock.stock_transfer import StockTransfer
from app.screens.document.document_view import DocumentView


class StockTransferView(DocumentView):
    """Manual 11.9."""

    model, icon, asks = StockTransfer, "arrows-left-right", ("from_warehouse",)
