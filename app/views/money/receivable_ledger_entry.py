"""应收流水 The receivable ledger: people read it as the statement of a customer, programs row by row. Manual 8.14."""

from __future__ import annotations

from app.models.money.payment import ReceivableLedgerEntry
from app.rest.resources import RecordApi


class ReceivableLedgerApi(RecordApi):
    """The entries as programs read them; they have no pages."""

    model = ReceivableLedgerEntry
