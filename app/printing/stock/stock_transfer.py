"""调拨单 The stock transfer: both keepers sign, and what arrived stands beside what went. Manual 11.9."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.paper import Paper, Signature, declare_paper
from app.models.stock.stock_transfer import StockTransfer
from app.printing.derived import PREPARED

declare_paper(StockTransfer, Paper(
    columns=("moved",), signatures=(PREPARED, Signature(_l("Sending keeper")), Signature(_l("Receiving keeper"))),
))  # fmt: skip
