"""What the desks tell of sales orders. Manual 3.3, 8.7, 8.10."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models.sales.sales_order import SalesOrder
from app.query.listing import Sort
from app.screens.desk.desk_parts import Action, Figure, Line, Note, Reminder, Rows, Scope, days_ago
from app.screens.desk.desks import COMMON, add_to_desk
from app.screens.frame.cells import record_url
from app.screens.frame.values import deadline, money, short_day
from app.security.roles import R

Row = Mapping[str, Any]


def line_to_ship(row: Row, scope: Scope) -> Line:
    text, tone = deadline(row["latest_ship_on"], scope.today)
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), row["customer"][1], money(row["total"]),
        tag=text if tone else "", tone=tone,
        when=_("ship by %(day)s", day=short_day(row["latest_ship_on"])),
    )  # fmt: skip


def line_sent_back(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), row["customer"][1], said=row["rejection_reason"] or "",
        tag=_("Sent back"), tone="stop", when=days_ago(row["submitted_at"]),
    )  # fmt: skip


def line_approved(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), row["customer"][1], row["approved_by"][1],
        tag=_("Approved"), tone="ok", when=days_ago(row["approved_at"]),
    )  # fmt: skip


def line_to_approve(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]),
        f"{row['customer'][1]} · {row['owner'][1]}", money(row["total"]), when=days_ago(row["submitted_at"]),
    )  # fmt: skip


TO_SHIP = Rows(SalesOrder, "to_ship", whose="owner", sort="latest_ship_on")
READY = Rows(SalesOrder, "ready", whose="owner", sort="latest_ship_on")
# What is late as well stands with the late ones, once.
READY_IN_TIME = Rows(SalesOrder, "ready", whose="owner", since="latest_ship_on", sort="latest_ship_on")
LATE = Rows(SalesOrder, "late", whose="owner", sort="latest_ship_on")
TO_APPROVE = Rows(SalesOrder, "waiting")
SENT_BACK = Rows(SalesOrder, "rejected")
APPROVED = Rows(SalesOrder, "approved_lately")

to_ship = Figure(
    _l("Orders to ship"), "package-export", TO_SHIP, (("issue", SalesOrder),), note=Note(LATE, _l("%(n)s of them late"))
)
to_approve = Figure(_l("To approve"), "rubber-stamp", TO_APPROVE, (("approve", SalesOrder),), tone="wait")
sent_back = Figure(_l("Orders sent back"), "thumb-down", SENT_BACK, (("submit", SalesOrder),), tone="stop")
ready = Figure(_l("Ready to issue"), "package-export", READY, (("issue", SalesOrder),), tone="ok")

_TOLD = ("number", "customer", "total", "latest_ship_on")
_URGENT = Sort("latest_ship_on", False)
orders_ready = Reminder(
    _l("Ready to issue"), "package-export", READY_IN_TIME, _TOLD, line_to_ship, _URGENT, is_aside=True
)
orders_late = Reminder(_l("Late orders"), "clock", LATE, _TOLD, line_to_ship, _URGENT, is_aside=True)
orders_sent_back = Reminder(
    _l("Orders sent back"), "thumb-down", SENT_BACK, ("number", "customer", "rejection_reason", "submitted_at"),
    line_sent_back, Sort("submitted_at", True), is_aside=True,
)  # fmt: skip
orders_approved = Reminder(
    _l("Approved in the last 7 days"), "circle-check", APPROVED, ("number", "customer", "approved_by", "approved_at"),
    line_approved, Sort("approved_at", True), is_aside=True,
)  # fmt: skip
approvals = Reminder(
    _l("To approve"), "rubber-stamp", TO_APPROVE, ("number", "customer", "total", "owner", "submitted_at"),
    line_to_approve, Sort("submitted_at", False),
)  # fmt: skip
new_order = Action(_l("New order"), "plus", "/salesorder/add", "create", SalesOrder)

add_to_desk(
    R.sales, figures={50: to_ship}, waits={10: sent_back, 30: ready}, actions={10: new_order},
    reminders={20: orders_sent_back, 30: orders_late, 40: orders_ready, 50: orders_approved},
)  # fmt: skip
for _role, _reminders in (
    (R.sales_manager, {10: approvals, 20: orders_sent_back, 40: orders_late}),
    (R.sales_director, {10: approvals, 20: orders_sent_back, 40: orders_late}),
    (R.boss, {10: approvals, 30: orders_late}),
):
    add_to_desk(
        _role, figures={10: to_approve, 50: to_ship}, reminders=_reminders,
        waits={10: to_approve, 20: sent_back}, actions={10: new_order},
    )  # fmt: skip
add_to_desk(
    COMMON, figures={10: to_approve, 20: sent_back, 30: to_ship}, waits={10: to_approve, 20: sent_back}
)  # fmt: skip
