"""采购列表 The list of purchase orders has ready-made views, whose conditions stand here. Manual 12.1, 12.4."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.actor import Actor
from app.core.clock import today
from app.models.document import ApprovalState
from app.models.purchase.purchase_order import PurchaseOrder, ReceiptStatus


def is_pending(actor: Actor) -> Any:
    """Condition: purchases that wait for a decision, whoever takes it. Manual 12.4."""
    return PurchaseOrder.state == ApprovalState.pending


def is_to_receive(actor: Actor) -> Any:
    """Condition: approved purchases of which something has not come in yet. Manual 12.1."""
    return sa.and_(PurchaseOrder.state == ApprovalState.approved, PurchaseOrder.receipt_status != ReceiptStatus.all)


def is_late(actor: Actor) -> Any:
    """Condition: purchases to receive whose expected day has passed."""
    return sa.and_(is_to_receive(actor), PurchaseOrder.expected_on < today())
