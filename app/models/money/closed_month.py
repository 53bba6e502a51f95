"""期末结账 Closed months: finance closes a month, and nothing is dated into it any more. Manual 8.15."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.core.appbuilder import Model
from app.core.db.base import Record
from app.core.errors import explain_constraint
from app.core.flow.workflow import state_column
from app.core.record.fields import label_codes, label_fields
from app.core.record.tones import tone_codes


class MonthState(enum.StrEnum):
    closed = enum.auto()
    reopened = enum.auto()


class ClosedMonth(Record, Model):
    """A month that finance has closed. Everything up to its last day is closed with it."""

    __tablename__ = "closed_month"
    __singular__ = _l("closed month")
    __plural__ = _l("Closed months")
    __display_columns__ = ("month",)
    __table_args__ = (
        sa.Index(
            "uq_closed_month_month", "month", unique=True, sqlite_where=sa.text("state = 'closed'"),
            postgresql_where=sa.text("state = 'closed'"),
        ),
    )  # fmt: skip

    month: Mapped[str] = mapped_column(sa.String(7))
    state: Mapped[MonthState] = state_column(MonthState, MonthState.closed)
    reopen_reason: Mapped[str | None] = mapped_column(sa.Text)
    remark: Mapped[str | None] = mapped_column(sa.Text)

    @property
    def last_day(self) -> dt.date:
        return last_day_of(self.month)


def last_day_of(month: str) -> dt.date:
    """Return the last day of a month written as 2026-11. errors  ValueError for anything else"""
    first = dt.date.fromisoformat(f"{month}-01")
    return (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


explain_constraint("uq_closed_month_month", "duplicate", _l("This month is closed already."), "month")
label_codes(MonthState, closed=_l("Closed"), reopened=_l("Reopened"))
tone_codes(MonthState, closed="ok", reopened="wait")
label_fields(ClosedMonth, month=_l("Month"), state=_l("State"), reopen_reason=_l("Reason of reopening"))
