"""合约金额 What an order counts with, and what its instalments still ask for when it ended short. Manual 8.10, 8.14."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from app.core.flow.workflow import Move
from app.models.money.payment import ReceivableKind
from app.workflows.money.receivable import post_receivable, refresh_receivable
from app.workflows.money.settling import settle


def count_with(
    move: Move, kind: ReceivableKind, value: Decimal, *, planned: Decimal | None = None, on: dt.date | None = None
) -> None:
    """Let the order count with this value from now on, yuan with tax; its customer's figures follow by one entry.

    planned  by how much what its instalments ask for changes with it, yuan; when left out they are cut, or asked for
             again, so that they ask for this value in all
    """
    order = move.document
    change = value - order.contract_value
    order.contract_value = value
    refresh_receivable(order)
    if planned is None:
        planned = settle(move.session, order, asked_in_all=value)
    post_receivable(move, kind, order, order.customer_id, on=on, contract_value=change, plan_open=planned)
