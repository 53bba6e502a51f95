"""借用统计 What each depot has lent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from app.models.loans.loan import Depot, LoanState, ToolLoan

from app.core.actor import Actor
from app.core.report import ReportColumn, report
from app.reports.system.filters import ReportFilter, declare_filter
from app.security.policy import visible
from app.security.roles import SALES_SIDE

declare_filter("depot", ReportFilter("借用点", Depot, order="name"))


def is_out(actor: Actor) -> Any:
    """Condition: tools that have not come back."""
    return ToolLoan.state == LoanState["lent"]


@report(
    "loans_by_depot", title="各点借用", manual="16", roles=SALES_SIDE, filters=("depot",), icon="tool",
    columns=(ReportColumn("depot", "借用点"), ReportColumn("loans", "借用单数", "count", total=True)),
)  # fmt: skip
def loans_by_depot(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    """One row per depot with loans this person sees."""
    query = sa.select(Depot.name.label("depot"), sa.func.count(ToolLoan.id).label("loans")).join(
        ToolLoan, ToolLoan.depot_id == Depot.id
    )
    if filters.get("depot"):
        query = query.where(Depot.id == filters["depot"])
    found: sa.Select[Any] = visible(query, ToolLoan, actor)
    return found.group_by(Depot.id, Depot.name).order_by(Depot.name)
