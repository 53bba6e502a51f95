"""期末结账 Finance closes a month; nothing is dated into it any more until it is reopened. Manual 8.15."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import SHANGHAI, today
from app.core.errors import AppError, Refused, invalid
from app.core.flow.workflow import Move, Step, Workflow, session_of
from app.core.ledger.books import Span, forget_span, hold_for_closing, read_span_by
from app.core.record.entry import Entry
from app.models.money.closed_month import ClosedMonth, MonthState, last_day_of
from app.models.system.setting import Setting
from app.models.system.user import AppUser
from app.security.roles import R
from app.security.settings import declare_setting
from app.workflows.forms import ReasonForm

FROM_YEAR, YEARS_AHEAD = "books_from_year", "plan_years"
declare_setting(
    FROM_YEAR, _l("First year of the books (0: the year before the firm was made here)"), 0, kind="integer",
    highest=2199,
)  # fmt: skip
declare_setting(YEARS_AHEAD, _l("Years that plans may lie ahead"), 5, kind="integer", lowest=1, highest=50)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@read_span_by
def span_of_the_books(session: Session) -> Span:
    """Read what bounds the days of the firm, in one statement. A firm is as old as its first user."""
    value = sa.select(Setting.value)
    query = sa.select(
        value.where(Setting.key == FROM_YEAR).scalar_subquery(),
        value.where(Setting.key == YEARS_AHEAD).scalar_subquery(),
        sa.select(sa.func.min(AppUser.created_on)).scalar_subquery(),
        sa.select(sa.func.max(ClosedMonth.month)).where(ClosedMonth.state == MonthState.closed).scalar_subquery(),
    )
    with session.no_autoflush:
        from_year, years, made_at, month = session.execute(query).one()
    made_on = made_at.replace(tzinfo=dt.UTC).astimezone(SHANGHAI).date() if made_at is not None else today()
    last = today()
    return Span(
        opened_on=dt.date(from_year or made_on.year - 1, 1, 1),
        closed_until=last_day_of(month) if month is not None else None,
        last_planned_on=_years_on(last, years or 5),
    )


def _years_on(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


class ClosedMonthEntry(Entry):
    """A month is closed by naming it; what lies before it is closed with it."""

    model = ClosedMonth
    writable = ("month", "remark")
    create_only = ("month",)
    deletable_states = ()

    def prepare(
        self, session: Session, row: ClosedMonth, values: Mapping[str, Any], actor: Actor, *, new: bool
    ) -> None:
        if not new:
            return
        if not _MONTH.fullmatch(row.month):
            raise invalid("month", _("Write the month as 2026-11."))
        if last_day_of(row.month) >= today():
            raise Refused("month_not_over", _("%(month)s is not over yet.", month=row.month), field="month")
        hold_for_closing(session)
        later = _closed(session, ClosedMonth.month >= row.month)
        if later is not None:
            text = _("%(month)s is closed already, and everything before it.", month=later)
            raise Refused("duplicate", text, field="month")

    def created(self, session: Session, row: ClosedMonth, values: Mapping[str, Any], actor: Actor) -> None:
        forget_span(session)


def _closed(session: Session, condition: Any) -> str | None:
    query = sa.select(sa.func.max(ClosedMonth.month)).where(ClosedMonth.state == MonthState.closed, condition)
    with session.no_autoflush:
        found: str | None = session.execute(query).scalar()
    return found


def no_later_month_is_closed(month: ClosedMonth, actor: Actor) -> AppError | None:
    """It is the last of the closed months."""
    later = _closed(session_of(month), ClosedMonth.month > month.month)
    if later is None:
        return None
    return Refused("depends", _("%(month)s is closed too. Reopen it first.", month=later))


def open_again(move: Move) -> None:
    """Days of the month may be typed again; entries that were dated later stay where they are."""
    hold_for_closing(move.session)
    move.document.reopen_reason = move.form["reason"]


S = MonthState
# fmt: off
CLOSED_MONTH = Workflow(ClosedMonth, S,
    #    action    from      to          default roles guards                       effects
    Step("reopen", S.closed, S.reopened, (R.finance,), (no_later_month_is_closed,), (open_again,), label=_l("Reopen month"), form=ReasonForm, danger=True),
    manual="8.15",
)
# fmt: on
