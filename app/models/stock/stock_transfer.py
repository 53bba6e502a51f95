"""调拨单 Stock transfer: goods that go from one warehouse to another. Manual 11.9."""

from __future__ import annotations

import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, relationship

from app.core.appbuilder import Model
from app.core.db.base import link_to
from app.core.db.types import Line
from app.core.errors import explain_constraint
from app.core.flow.workflow import state_column
from app.core.record.fields import label_codes, label_fields
from app.core.record.tones import tone_codes
from app.models.document import Document, DocumentLine, progress
from app.models.stock.stock import Warehouse

TransferState = enum.StrEnum("TransferState", ["draft", "confirmed", "done", "cancelled"])


class StockTransfer(Document, Model):
    """Goods stay in the first warehouse until the transfer is run; what did not arrive stays there."""

    __singular__, __plural__ = _l("stock transfer"), _l("Stock transfers")
    __number_prefix__, __direction__ = "DB", "move"
    __frozen_states__ = frozenset({"confirmed", "done", "cancelled"})
    __table_args__ = (sa.CheckConstraint("from_warehouse_id <> to_warehouse_id", name="two_warehouses"),)

    from_warehouse_id: Mapped[int] = link_to("warehouse.id")
    to_warehouse_id: Mapped[int] = link_to("warehouse.id")
    reason: Mapped[Line | None]
    state: Mapped[TransferState] = state_column(TransferState, TransferState.draft)

    from_warehouse: Mapped[Warehouse] = relationship(foreign_keys=[from_warehouse_id])
    to_warehouse: Mapped[Warehouse] = relationship(foreign_keys=[to_warehouse_id])


class StockTransferLine(DocumentLine, Model):
    """How much is to go, and how much has arrived."""

    __table_args__ = (sa.CheckConstraint("0 <= moved AND moved <= quantity", name="moved_within_wanted"),)

    moved: Mapped[Decimal] = progress()


explain_constraint(
    "ck_stock_transfer_two_warehouses", "invalid",
    _l("The goods must go to another warehouse than the one they are in."), "to_warehouse",
)  # fmt: skip
explain_constraint(
    "ck_stock_transfer_line_moved_within_wanted", "too_much", _l("More would arrive than was sent."), "quantity"
)
label_codes(
    TransferState,
    draft=_l("To confirm"), confirmed=_l("To run"), done=_l("Transferred"), cancelled=_l("Cancelled"),
)  # fmt: skip
tone_codes(TransferState, draft="wait", done="ok")
label_fields(
    StockTransfer,
    number=_l("Transfer number"), from_warehouse=_l("From warehouse"), to_warehouse=_l("To warehouse"),
    reason=_l("Reason"), lines=_l("Transfer lines"),
)  # fmt: skip
label_fields(StockTransferLine, transfer=_l("Stock transfer"), moved=_l("Arrived quantity"))
