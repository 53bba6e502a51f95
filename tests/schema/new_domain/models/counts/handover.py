"""领用申请 A request for goods, whose lines count what is wanted, and 交接单, whose lines count what is taken of it."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import link_to
from app.core.db.limits import at_least, more_than
from app.core.db.types import Fixed
from app.core.record.fields import label_fields
from app.models.document import Approved, Confirmed, Derived, DerivedLine, Document, DocumentLine, progress
from app.models.stock.stock import Warehouse
from app.models.system.user import Owned


class GoodsRequest(Approved, Owned, Document, Model):
    """What somebody wants from a warehouse."""

    __singular__ = "领用申请"
    __number_prefix__, __direction__, __approver__ = "LY", "move", "boss"

    warehouse_id: Mapped[int] = link_to("warehouse.id")

    warehouse: Mapped[Warehouse] = relationship()


class GoodsRequestLine(DocumentLine, Model):
    """How much of one product is wanted, and how much has been handed over."""

    __counted__ = "wanted"

    wanted: Mapped[Decimal] = mapped_column(Fixed(3), info={"label": "申请数量", **more_than(0)})
    handed: Mapped[Decimal] = progress()


class Handover(Confirmed, Derived, Document, Model):
    """What is handed over of one request."""

    __singular__ = "交接单"
    __number_prefix__, __source__ = "JJ", "GoodsRequest"

    warehouse_id: Mapped[int] = link_to("warehouse.id")

    warehouse: Mapped[Warehouse] = relationship()


class HandoverLine(DerivedLine, Model):
    """How much is taken of one line."""

    __counted__ = "taken"

    taken: Mapped[Decimal] = mapped_column(Fixed(3), info={"label": "交接数量", **at_least(0)})


label_fields(GoodsRequestLine, handed="已交接")
