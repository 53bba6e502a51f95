"""工具借用 Depots, loans of tools from them, and what comes back."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Record, Searched, link_to
from app.core.db.types import Line, ShortText
from app.core.flow.workflow import state_column
from app.core.record.fields import label_codes
from app.core.record.tones import tone_codes
from app.models.document import Derived, DerivedLine, Document, DocumentLine
from app.models.system.setting import DictionaryItem, declare_dictionary, dictionary_link
from app.models.system.user import Owned

declare_dictionary("loan_reason", "借用原因", "现场施工* 演示 维修替代")
LoanState = enum.StrEnum("LoanState", ["lent", "returned"])
label_codes(LoanState, lent="借出", returned="已还")
tone_codes(LoanState, lent="wait", returned="ok")


class Depot(Searched, Record, Model):
    """A place that lends tools: it has a number, and people call it by its name."""

    __tablename__ = "depot"
    __singular__ = "借用点"

    number: Mapped[ShortText] = mapped_column(unique=True, info={"label": "借用点编号"})
    name: Mapped[Line] = mapped_column(info={"label": "借用点名称"})
    phone: Mapped[ShortText | None] = mapped_column(info={"label": "借用点电话"})


class ToolLoan(Owned, Searched, Document, Model):
    """Tools that somebody has taken along."""

    __singular__ = "借用单"
    __number_prefix__ = "JY"
    __frozen_states__ = frozenset({"returned"})
    __searched__ = ("number", "depot.name")

    depot_id: Mapped[int] = link_to("depot.id", info={"label": "借用点"})
    reason_id: Mapped[int] = dictionary_link("loan_reason", optional=False, info={"label": "借用原因"})
    due_on: Mapped[dt.date] = mapped_column(info={"label": "应还日期"})
    state: Mapped[LoanState] = state_column(LoanState, LoanState.lent)

    depot: Mapped[Depot] = relationship()
    reason: Mapped[DictionaryItem] = relationship()


class ToolLoanLine(DocumentLine, Model):
    """How much of one product."""


class ToolReturn(Derived, Document, Model):
    """What came back of a loan; it has no line of its own in the policy."""

    __singular__ = "归还单"
    __number_prefix__ = "GH"
    __source__ = "ToolLoan"


class ToolReturnLine(DerivedLine, Model):
    """How much of one line came back."""
