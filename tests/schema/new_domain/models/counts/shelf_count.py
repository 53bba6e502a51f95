"""清点单 A count of one warehouse, and 推荐单, which names products and no quantity of them."""

from __future__ import annotations

import enum
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import link_to
from app.core.db.limits import at_least, more_than
from app.core.db.types import ZERO, Fixed, Line
from app.core.flow.workflow import state_column
from app.core.record.fields import label_codes, label_fields
from app.models.document import Document, DocumentLine, computed
from app.models.stock.stock import Warehouse

CountState = enum.StrEnum("CountState", ["counting", "posted"])
label_codes(CountState, counting="清点中", posted="已过账")


class ShelfCount(Document, Model):
    """What is on the shelves of a warehouse; posting it makes the books say so."""

    __singular__ = "清点单"
    __number_prefix__, __direction__ = "QD", "count"
    __may_be_empty__ = True
    __frozen_states__ = frozenset({"posted"})

    warehouse_id: Mapped[int] = link_to("warehouse.id")
    state: Mapped[CountState] = state_column(CountState, CountState["counting"])

    warehouse: Mapped[Warehouse] = relationship()


class ShelfCountLine(DocumentLine, Model):
    """What the books expect, and what was counted; nothing as long as nobody has counted."""

    __counted__, __takes_discontinued__ = "counted", True

    expected: Mapped[Decimal] = computed(Fixed(3), ZERO, shown=True)
    counted: Mapped[Decimal | None] = mapped_column(Fixed(3), info={"label": "清点数量", **at_least(0)})
    difference: Mapped[Decimal] = computed(Fixed(3), ZERO, shown=True)
    boxes: Mapped[int | None] = mapped_column(info={"label": "箱数", **more_than(0)})
    finding: Mapped[Line | None] = mapped_column(info={"label": "差异原因"})
    advice: Mapped[str | None] = mapped_column(sa.Text, info={"label": "处理意见"})


class Leaflet(Document, Model):
    """Products that are recommended to customers."""

    __singular__ = "推荐单"
    __number_prefix__ = "TJ"
    __direction__ = "count"


class LeafletLine(DocumentLine, Model):
    """One product; nobody says how much of it."""

    __counted__ = ""


label_fields(ShelfCountLine, expected="账面数量", difference="差异")
