"""应收流水 The receivable ledger: people read it as the statement of a customer, programs row by row. Manual 8.14."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.appbuilder import AppBuilder
from app.models.money.payment import ReceivableLedgerEntry
from app.screens.record.ledger_view import LedgerView


class ReceivableLedgerEntryView(LedgerView):
    """The entries one by one: what a figure of the desk is the sum of."""

    model = ReceivableLedgerEntry
    menu_order = 95
    list_columns = (
        "on", "kind", "document_number", "customer", "salesperson", "contract_value_change", "received_change",
        "refunded_change", "receivable_change",
    )  # fmt: skip
    filter_columns = ("on", "kind", "customer", "sales_order", "salesperson")
    order_columns = ("on", "at")
    base_order = ("on", "desc")
    show_fieldsets = (
        (_l("Basics"), (
            "on", "original_on", "at", "kind", "document_number", "customer", "salesperson", "contract_value_change",
            "shipped_value_change", "plan_open_change", "received_change", "refunded_change", "receivable_change",
            "receivable_after", "user",
        )),
    )  # fmt: skip

    def heading(self, row: ReceivableLedgerEntry) -> str:
        return str(row.customer)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ReceivableLedgerEntryView)
