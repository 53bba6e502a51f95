"""借用流程 How tools are lent and come back, and what `crm verify` asks of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from app.models.loans.loan import LoanState, ToolLoan, ToolLoanLine
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import today
from app.core.errors import invalid
from app.core.flow.workflow import Step, Workflow
from app.core.ledger.verify import check, differences
from app.security.roles import SALES_SIDE
from app.security.settings import declare_setting, setting
from app.workflows.document import DocumentEntry

declare_setting("loan_days", "最长借用天数", 30, kind="integer", lowest=1, highest=365)


class ToolLoanEntry(DocumentEntry):
    """Nothing is lent for longer than the setting says."""

    model = ToolLoan

    def prepare(self, session: Session, row: ToolLoan, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        super().prepare(session, row, values, actor, new=new)
        if (row.due_on - today()).days > setting(session, "loan_days"):
            raise invalid("due_on", "借用时间过长。")


Workflow(
    ToolLoan, LoanState, Step("give_back", LoanState["lent"], LoanState["returned"], SALES_SIDE, label="归还"),
    manual="11.5",
)  # fmt: skip


@check
def loans_have_lines(session: Session) -> Iterator[str]:
    """A loan of nothing is none."""
    lines = sa.select(sa.func.count()).where(ToolLoanLine.loan_id == ToolLoan.id).scalar_subquery()
    for number, count in session.execute(sa.select(ToolLoan.number, lines)):
        yield from differences(f"tool_loan {number}", "has lines", bool(count), True)
