"""收款账户 How a receiving account is written. Manual 8.14."""

from __future__ import annotations

from app.core.record.entry import Entry
from app.models.money.receiving_account import ReceivingAccount


class ReceivingAccountEntry(Entry):
    """Finance keeps the accounts; one that payments name is discontinued rather than deleted."""

    model = ReceivingAccount
    writable = ("name", "bank", "account", "discontinued", "remark")
