"""领用 The pages of requests and handovers."""

from __future__ import annotations

from app.models.counts.handover import GoodsRequest, Handover

from app.screens.document.document_page import DocumentPage
from app.screens.document.document_view import DocumentView


class GoodsRequestView(DocumentView):
    """领用申请."""

    model, icon, asks = GoodsRequest, "package", ("warehouse",)


class HandoverView(DocumentPage):
    """交接单."""

    model, icon = Handover, "package"
    can_add = can_edit = can_delete = False
