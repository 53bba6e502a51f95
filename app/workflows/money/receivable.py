"""应收 The receivable ledger: five figures per customer, each explained by its entries. Manual 8.14."""

from __future__ import annotations

from decimal import Decimal

from app.core.db.types import ZERO
from app.core.flow.workflow import Move
from app.core.ledger.ledger import Ledger, Posting
from app.models.money.payment import CustomerBalance, ReceivableKind, ReceivableLedgerEntry
from app.models.sales.sales_order import SalesOrder

RECEIVABLE = Ledger(
    ReceivableLedgerEntry,
    CustomerBalance,
    ("customer_id",),
    ("contract_value", "shipped_value", "plan_open", "received", "receivable"),
)


def post_receivable(
    move: Move,
    kind: ReceivableKind,
    order: SalesOrder | None,
    customer_id: int,
    *,
    document: object | None = None,
    **changes: Decimal,
) -> None:
    """Write one entry of a customer's figures (yuan, tax included) and keep the order's own receivable in step."""
    if not any(changes.values()):
        return
    posting = Posting(
        (customer_id,),
        kind,
        changes,
        document if document is not None else move.document,
        {"sales_order_id": order.id if order is not None else None},
    )
    RECEIVABLE.post(move.session, [posting], move.actor)
    if order is not None:
        order.receivable += changes.get("receivable", ZERO)
