"""采购单 The purchase order: the supplier reads neither the customer nor the order it is for. Manual 12.1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.paper import Fact, Paper, declare_paper
from app.models.purchase.purchase_order import PurchaseOrder

declare_paper(PurchaseOrder, Paper(
    facts=("number", "ordered_on", "supplier", "supplier.contact", "subject", "buyer"),
    terms=("supplier.settlement", "expected_on", "warehouse", Fact("warehouse.address", _l("Delivery address"))),
))  # fmt: skip
