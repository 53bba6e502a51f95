"""应收流水 The receivable ledger: people read it as the statement of a customer, programs row by row. Manual 8.14."""

from __future__ import annotations

from app.core.appbuilder import AppBuilder
from app.models.money.payment import ReceivableLedgerEntry
from app.screens.record.record_view import RecordView


class ReceivableLedgerEntryView(RecordView):
    """The entries one by one: what a figure of the desk is the sum of."""

    model = ReceivableLedgerEntry
    icon = "list-details"
    menu_order = 95
    list_columns = (
        "on", "kind", "document_number", "customer", "salesperson", "contract_value_change", "received_change",
        "refunded_change", "receivable_change",
    )  # fmt: skip
    filter_columns = ("on", "kind", "customer", "sales_order", "salesperson")
    order_columns = ("on", "at")
    base_order = ("on", "desc")
    can_add = can_edit = can_delete = False
    has_attachments = False


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ReceivableLedgerEntryView)
