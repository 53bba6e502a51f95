"""Where the statement of a customer stands, and who reads the statements of all. Manual 8.14."""

from __future__ import annotations

from app.core.actor import Actor
from app.models.money.payment import ReceivableLedgerEntry
from app.security.policy import sees_every


def statement_url(customer_id: int) -> str:
    """What a customer was delivered, paid and owes. Manual 8.15."""
    return f"/report/customer_statement/?customer={customer_id}"


def reads_any_statement(actor: Actor) -> bool:
    """Whether they know of every customer what it owes, though perhaps not the customer's page."""
    return actor.may("read", "report_customer_statement") and sees_every(ReceivableLedgerEntry, actor)
