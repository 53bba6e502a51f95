"""供应商 The supplier as the other side of a document. Manual 12.1."""

from __future__ import annotations

from app.models.purchase.supplier import Supplier
from app.printing.party import Party, declare_party

declare_party(Supplier, lambda row: Party(row.name, row.address, row.mobile, row.tax_id, row.bank, row.account))
