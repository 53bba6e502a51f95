"""应收流水 The receivable ledger: people read it as the statement of a customer, programs row by row. Manual 8.14."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.core.appbuilder import AppBuilder
from app.core.db.base import db
from app.models.money.payment import ReceivableLedgerEntry
from app.query.linked import document_of
from app.screens.frame.cells import record_url
from app.screens.frame.registry import has_page
from app.screens.record.record_view import RecordView, expose


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
    badge_columns = ("kind",)
    can_add = can_edit = can_delete = False
    has_attachments = False
    show_fieldsets = (
        (_l("Basics"), (
            "on", "original_on", "at", "kind", "document_number", "customer", "salesperson", "contract_value_change",
            "shipped_value_change", "plan_open_change", "received_change", "refunded_change", "receivable_change",
            "receivable_after", "user",
        )),
    )  # fmt: skip

    @expose("/show/<int:pk>")
    def show(self, pk: int) -> ResponseReturnValue:
        """The document behind an entry; the entry itself for who may not open that."""
        actor = self.reader()
        row = self.row(pk, actor)
        document = document_of(db.session(), row, actor)
        if document is not None and has_page(type(document)):
            return redirect(record_url(type(document), document.id))
        return self.show_page(row, actor)

    def heading(self, row: ReceivableLedgerEntry) -> str:
        return str(row.customer)

    def subheading(self, row: ReceivableLedgerEntry) -> str:
        return row.document_number


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ReceivableLedgerEntryView)
