"""采购单 Purchase order: what is bought, from whom, for which order, and how far it has come in. Manual 12.1–12.4."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Searched, link_to
from app.core.db.limits import at_least
from app.core.db.types import Line, choice_type
from app.core.errors import explain_constraint
from app.core.ledger.books import HAPPENED
from app.core.record.fields import label_codes, label_fields
from app.models.customers.customer import Customer
from app.models.document import Approved, Document, Priced, PricedLine, computed, progress
from app.models.purchase.supplier import Supplier
from app.models.sales.sales_order import SalesOrder
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem, dictionary_link
from app.models.system.user import Owned

ReceiptStatus = enum.StrEnum("ReceiptStatus", ["none", "made", "partly", "all"])


class PurchaseOrder(Approved, Priced, Owned, Searched, Document, Model):
    """Yuan, tax included. `receipt_status` is computed from its goods receipts, stored for lists to sort by."""

    __singular__, __plural__ = _l("purchase order"), _l("Purchase orders")
    __number_prefix__, __owner_field__, __direction__ = "CG", "buyer", "buy"
    __may_be_empty__ = True  # its products may be taken over from its sales order
    __prices_paid__ = ("supplier", "ordered_on")
    __table_args__ = (sa.CheckConstraint("expected_on >= ordered_on", name="expected_after_ordering"),)

    supplier_id: Mapped[int] = link_to("supplier.id")
    subject: Mapped[Line]
    ordered_on: Mapped[dt.date] = mapped_column(index=True, info=HAPPENED)
    expected_on: Mapped[dt.date] = mapped_column(index=True)
    category_id: Mapped[int | None] = dictionary_link("purchase_category")
    warehouse_id: Mapped[int] = link_to("warehouse.id", info={"default_row": True})
    customer_id: Mapped[int | None] = link_to("customer.id", optional=True)
    sales_order_id: Mapped[int | None] = link_to("sales_order.id", optional=True)
    receipt_status: Mapped[ReceiptStatus] = computed(choice_type(ReceiptStatus, "receipt_status"), ReceiptStatus.none)

    supplier: Mapped[Supplier] = relationship()
    category: Mapped[DictionaryItem | None] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    customer: Mapped[Customer | None] = relationship()
    sales_order: Mapped[SalesOrder | None] = relationship()


class PurchaseOrderLine(PricedLine, Model):
    """A line taken over from a sales order begins at a quantity of 0; a price of 0 is free goods. Manual 10.9, 12.3."""

    __takes_discontinued__, __least__ = True, at_least(0)
    __table_args__ = (
        sa.CheckConstraint("0 <= received AND received <= quantity", name="received_within_ordered"),
        sa.Index("ix_purchase_order_line_to_receive", "product_id", postgresql_where=sa.text("quantity > received"),
                 sqlite_where=sa.text("quantity > received")),
    )  # fmt: skip

    received: Mapped[Decimal] = progress()


explain_constraint(
    "ck_purchase_order_expected_after_ordering", "expected_before_ordering",
    _l("The expected date lies before the order date."), "expected_on",
)  # fmt: skip
explain_constraint(
    "ck_purchase_order_line_received_within_ordered", "too_much",
    _l("More would come in than was ordered."), "quantity",
)  # fmt: skip
label_codes(
    ReceiptStatus, none=_l("To receive"), made=_l("Receipt made"), partly=_l("Partly received"), all=_l("All received")
)
label_fields(
    PurchaseOrder,
    number=_l("Purchase order number"), supplier=_l("Supplier"), ordered_on=_l("Ordered on"),
    expected_on=_l("Expected on"), category=_l("Purchase category"), buyer=_l("Purchaser"), state=_l("Approval"),
    sales_order=_l("Order"), receipt_status=_l("Receipt status"), lines=_l("Purchase lines"),
)  # fmt: skip
label_fields(PurchaseOrderLine, order=_l("Purchase order"), received=_l("Received quantity"))
