"""调拨单 Stock transfers: list, form and steps. Manual 11.9."""

from __future__ import annotations

from app.models.stock.stock_transfer import StockTransfer
from app.screens.document.document_page import DocumentPage


class StockTransferView(DocumentPage):
    """Manual 11.9."""

    model, icon = StockTransfer, "arrows-left-right"
