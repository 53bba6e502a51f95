"""What the desks tell of goods that wait, come in and go out, and of stock that is short. Manual 3.3, 11.5, 11.7."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.record.fields import code_label
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueState, IssueProgress
from app.models.stock.goods_receipt import GoodsReceipt
from app.models.stock.stock import StockBalance, StockLedgerEntry
from app.models.stock.stock_transfer import StockTransfer
from app.query.listing import Sort
from app.screens.desk.desk_parts import Chart, Figure, Line, Reminder, Rows, Scope, Series, days_ago, told_of
from app.screens.desk.desks import COMMON, add_to_desk
from app.screens.frame.cells import page_of, record_url
from app.screens.frame.values import deadline, quantity
from app.security.roles import R

Row = Mapping[str, Any]


def line_of_issue(row: Row, scope: Scope) -> Line:
    is_draft = row["state"] is GoodsIssueState.draft
    text, tone = deadline(row["order.latest_ship_on"], scope.today)
    return Line(
        row["number"], record_url(GoodsIssue, row["id"]), row["order.customer"][1], row["order"][1],
        said=code_label(IssueProgress.partly_sent) if row.get("is_begun") else "", tag=text if tone else "", tone=tone,
        when=days_ago(row["created_at"] if is_draft else row["confirmed_at"]),
    )  # fmt: skip


def line_short(row: Row, scope: Scope) -> Line:
    """The gap, with the list of that product's stock behind it."""
    held = _("%(on_hand)s on hand, %(wanted)s promised",
             on_hand=quantity(row["on_hand"]), wanted=quantity(row["reserved"]))  # fmt: skip
    return _line_of_product(row, held, row["reserved"] - row["on_hand"], "stop")


def line_low(row: Row, scope: Scope) -> Line:
    """What is missing to the lower limit; red when there is nothing left."""
    held = _("%(on_hand)s on hand, at least %(wanted)s",
             on_hand=quantity(row["on_hand"]), wanted=quantity(row["product.stock_minimum"]))  # fmt: skip
    gap = row["product.stock_minimum"] - row["on_hand"]
    return _line_of_product(row, held, gap, "wait" if row["on_hand"] else "stop")


def _line_of_product(row: Row, held: str, gap: Decimal, tone: str) -> Line:
    told = _("%(gap)s short", gap=f"{quantity(gap)} {row['product.unit'][1]}")
    href = f"{page_of(StockBalance)}/list/?product={row['product'][0]}"
    return Line(row["product"][1], href, row["warehouse"][1], held, tag=told, tone=tone)


TO_CONFIRM = Rows(GoodsIssue, "confirm", sort="order.latest_ship_on")
ISSUED = Rows(GoodsIssue, "ship", sort="order.latest_ship_on")
ISSUES_LATE = Rows(GoodsIssue, "late", sort="order.latest_ship_on")
SHORT = Rows(StockBalance, "short")
LOW = Rows(StockBalance, "low", sort="on_hand")
CAME_IN = Rows(StockLedgerEntry, "in", on="at")
WENT_OUT = Rows(StockLedgerEntry, "out", on="at")

RECEIPTS = Rows(GoodsReceipt, "confirm", sort="created_at")
TRANSFERS = Rows(StockTransfer, "open", sort="created_at")

to_confirm = Figure(_l("Issues to confirm"), "clipboard-check", TO_CONFIRM, (("confirm", GoodsIssue),), tone="wait")
issued = Figure(_l("Goods to ship"), "truck-delivery", ISSUED, (("ship", GoodsIssue),), tone="wait")
issues_late = Figure(_l("Late issues"), "clock", ISSUES_LATE, (("ship", GoodsIssue),), tone="stop")
receipts = Figure(_l("Receipts to confirm"), "package-import", RECEIPTS, (("confirm", GoodsReceipt),), tone="wait")
transfers = Figure(
    _l("Transfers to handle"), "arrows-left-right", TRANSFERS,
    (("confirm", StockTransfer), ("run", StockTransfer)), tone="wait",
)  # fmt: skip
short = Figure(_l("Products short for orders"), "alert-triangle", SHORT, tone="stop")
low = Figure(_l("Below minimum"), "arrow-down", LOW, tone="wait")
high = Figure(_l("Above maximum"), "arrow-up", Rows(StockBalance, "high"), tone="wait")
came_in = Figure(_l("Goods in this month"), "package-import", CAME_IN, path="on_hand_change", unit="quantity")
went_out = Figure(_l("Goods out this month"), "package-export", WENT_OUT, path="on_hand_change", unit="quantity")

goods_in_and_out = Chart(
    _l("Goods in and out, last 30 days"),
    (
        Series(_l("Out"), WENT_OUT, "on_hand_change", is_turned=True),
        Series(_l("In"), CAME_IN, "on_hand_change", "line"),
    ),
    per="day",
    unit="quantity",
)

_ISSUE = ("number", "order.customer", "order", "order.latest_ship_on", "state", "created_at", "confirmed_at")
_STOCK = ("product", "warehouse", "on_hand", "reserved", "product.unit")
_URGENT = Sort("order.latest_ship_on", False)
issues_to_confirm = Reminder(_l("Issues to confirm"), "clipboard-check", TO_CONFIRM, _ISSUE, line_of_issue, _URGENT)
issues_to_ship = Reminder(
    _l("Goods to ship"), "truck-delivery", ISSUED, _ISSUE, line_of_issue, _URGENT, is_aside=True,
    computed={"is_begun": GoodsIssue.is_begun},
)  # fmt: skip
receipts_to_confirm = told_of(
    _l("Receipts to confirm"), "package-import", RECEIPTS, ("purchase_order.supplier", "purchase_order", "warehouse"),
    is_aside=True,
)  # fmt: skip
transfers_to_handle = told_of(
    _l("Transfers to handle"), "arrows-left-right", TRANSFERS, ("from_warehouse", "to_warehouse", "state"),
    is_aside=True,
)  # fmt: skip
products_short = Reminder(
    _l("Products short for orders"), "alert-triangle", SHORT, _STOCK, line_short, Sort("id", False), is_aside=True
)
products_low = Reminder(
    _l("Below minimum"), "arrow-down", LOW, (*_STOCK, "product.stock_minimum"), line_low, Sort("on_hand", False)
)

add_to_desk(
    R.warehouse,
    figures={
        10: to_confirm, 12: receipts, 14: transfers, 20: issued, 30: issues_late, 40: short, 50: came_in, 60: went_out
    },
    charts={10: goods_in_and_out},
    reminders={
        10: issues_to_confirm, 12: receipts_to_confirm, 20: issues_to_ship, 25: transfers_to_handle,
        30: products_short
    },
    waits={10: to_confirm, 12: receipts, 14: transfers, 20: issued},
)  # fmt: skip
add_to_desk(R.boss, figures={60: short}, reminders={40: products_short})
add_to_desk(
    R.purchaser, figures={10: short, 20: low, 30: high, 40: came_in, 50: went_out}, charts={10: goods_in_and_out},
    reminders={10: products_low, 20: products_short}, waits={10: short},
)  # fmt: skip
add_to_desk(
    COMMON, figures={40: to_confirm, 42: receipts, 44: transfers, 50: issued},
    waits={30: to_confirm, 32: receipts, 34: transfers, 40: issued},
)  # fmt: skip
