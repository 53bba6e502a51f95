"""流水 The entries of a ledger are read one by one; each leads to the document behind it."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue

from app.core.db.base import db
from app.query.linked import document_of
from app.screens.frame.cells import record_url
from app.screens.frame.registry import has_page
from app.screens.record.record_view import RecordView, expose


class LedgerView(RecordView):
    """The list of a ledger's entries, which nobody writes or deletes by hand."""

    icon = "list-details"
    badge_columns = ("kind",)
    can_add = can_edit = can_delete = False
    has_attachments = False

    @expose("/show/<int:pk>")
    def show(self, pk: int) -> ResponseReturnValue:
        """Show the document behind an entry; the entry itself to who may not open that."""
        actor = self.reader()
        row = self.row(pk, actor)
        document = document_of(db.session(), row, actor)
        if document is not None and has_page(type(document)):
            return redirect(record_url(type(document), document.id))
        return self.show_page(row, actor)

    def subheading(self, row: Any) -> str:
        return str(row.document_number)
