"""What the desks tell of loans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.models.loans.loan import ToolLoan

from app.query.listing import Sort
from app.screens.desk.desk_parts import MINE, Figure, Line, Reminder, Rows, Scope
from app.screens.desk.desks import WHOSE, add_to_desk
from app.screens.frame.cells import record_url
from app.security.roles import R

OUT = Rows(ToolLoan, "out", whose="owner")


def line_of(row: Mapping[str, Any], scope: Scope) -> Line:
    assert WHOSE[R.sales] == MINE
    return Line(row["number"], record_url(ToolLoan, row["id"]), row["depot"][1])


out = Figure("借出未还", "tool", OUT, tone="wait")
add_to_desk(
    R.sales, figures={55: out}, waits={40: out},
    reminders={60: Reminder("借出未还", "tool", OUT, ("number", "depot"), line_of, Sort("id", True))},
)  # fmt: skip
