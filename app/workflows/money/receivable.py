"""应收 The receivable ledger: six figures per customer, each explained by its entries. Manual 8.14."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from app.core.flow.workflow import Move
from app.core.ledger.ledger import Ledger, Posting
from app.models.money.payment import CustomerBalance, ReceivableKind, ReceivableLedgerEntry
from app.models.sales.sales_order import SalesOrder

RECEIVABLE = Ledger(
    ReceivableLedgerEntry,
    CustomerBalance,
    ("customer_id",),
    ("contract_value", "shipped_value", "plan_open", "received", "refunded", "receivable"),
)


def post_receivable(
    move: Move,
    kind: ReceivableKind,
    order: SalesOrder | None,
    customer_id: int,
    *,
    document: object | None = None,
    on: dt.date | None = None,
    salesperson_id: int | None = None,
    **changes: Decimal,
) -> None:
    """Write one entry of a customer's figures (yuan, tax included) on its business day, today when left out.

    salesperson_id  whose sale it is; the order's owner when left out

    What is receivable follows from the other figures: contract value − received + refunded. An order's own receivable
    is kept in step by `refresh_receivable`.
    """
    receivable = sum(sign * changes[name] for name, sign in _SIGNS.items() if name in changes)
    if not any(changes.values()):
        return
    posting = Posting(
        (customer_id,),
        kind,
        {**changes, "receivable": Decimal(receivable)},
        document if document is not None else move.document,
        {
            "sales_order_id": order.id if order is not None else None,
            "salesperson_id": salesperson_id or (order.owner_id if order is not None else None),
        },
        on,
    )
    RECEIVABLE.post(move.session, [posting], move.actor)


_SIGNS = {"contract_value": 1, "received": -1, "refunded": 1}


def refresh_receivable(order: SalesOrder) -> None:
    """Compute what is receivable on an order anew, yuan; below zero it is to be given back or set off."""
    order.receivable = order.contract_value - order.received + order.refunded
