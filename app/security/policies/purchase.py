"""采购 Who sees and keeps suppliers and purchase orders. Manual 12.1, 12.3."""

from __future__ import annotations

from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.security.policy import Policy, Sees, declare
from app.security.roles import R

PURCHASERS = (R.purchaser,)
PURCHASE_READERS = (R.boss, R.purchaser, R.finance)

declare({
    Supplier: Policy(Sees(every=PURCHASE_READERS), kept_by=PURCHASERS),
    # A purchaser may name any order and any customer, though not open them.
    PurchaseOrder: Policy(
        Sees(every=PURCHASE_READERS, through=("sales_order",)), kept_by=PURCHASERS,
        names=("sales_order", "customer"),
    ),
})  # fmt: skip
