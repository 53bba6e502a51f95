"""入库单 Goods receipt: goods that come in and are put on the shelf by the keeper. Manual 11.3, 11.4, 12.1."""

from __future__ import annotations

import enum
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import link_to
from app.core.db.types import Fixed, choice_type
from app.core.record.fields import label_codes, label_fields
from app.models.document import COMPUTED, Confirmed, Derived, DerivedLine, Document
from app.models.stock.stock import Warehouse

ReceiptKind = enum.StrEnum("ReceiptKind", ["purchase"])


class GoodsReceipt(Confirmed, Derived, Document, Model):
    """What a purchase order sends to one warehouse, as far as it has arrived."""

    __singular__, __plural__ = _l("goods receipt"), _l("Goods receipts")
    __number_prefix__, __source__, __direction__ = "RK", "PurchaseOrder", "buy"

    kind: Mapped[ReceiptKind] = mapped_column(
        choice_type(ReceiptKind, "kind"), default=ReceiptKind.purchase, info=COMPUTED
    )
    warehouse_id: Mapped[int] = link_to("warehouse.id")

    warehouse: Mapped[Warehouse] = relationship()


class GoodsReceiptLine(DerivedLine, Model):
    """How much of one line of the purchase order came in; `unit_cost` is its effective price, yuan, tax included."""

    unit_cost: Mapped[Decimal] = mapped_column(Fixed(6), default=0, info={**COMPUTED, "needs": "cost", "unit": "price"})


label_codes(ReceiptKind, purchase=_l("Purchase"))
label_fields(
    GoodsReceipt,
    number=_l("Goods receipt number"), kind=_l("Kind"), purchase_order=_l("Purchase order"), lines=_l("Receipt lines"),
)  # fmt: skip
label_fields(GoodsReceiptLine, receipt=_l("Goods receipt"), unit_cost=_l("Cost price"))
