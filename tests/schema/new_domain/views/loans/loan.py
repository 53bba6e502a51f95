"""借用 The pages of depots, loans and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.models.loans.loan import Depot, ToolLoan, ToolReturn
from app.reports.loans.loan import is_out

from app.screens.document.document_page import DocumentPage
from app.screens.record.record_view import RecordView


class DepotView(RecordView):
    """借用点."""

    model, icon, menu_order = Depot, "tool", 200


class ToolLoanView(DocumentPage):
    """借用单."""

    model, icon = ToolLoan, "tool"
    presets: Mapping[str, tuple[Any, Any]] = {"out": ("借出", is_out)}


class ToolReturnView(DocumentPage):
    """归还单."""

    model, icon, menu_section = ToolReturn, "tool", None
    can_add = can_edit = can_delete = False
