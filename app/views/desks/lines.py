"""How the rows of each reminder read: who, how much, how late. Manual 3.3, 8.7, 8.14, 11.5."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.core.clock import SHANGHAI, utc_now
from app.models.customers.customer import Customer
from app.models.money.payment import Payment, PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueState
from app.models.stock.stock import StockBalance
from app.screens.desk.desk_parts import Line, Scope
from app.screens.frame.cells import page_of, record_url
from app.screens.frame.values import deadline, money, quantity, short_day

Row = Mapping[str, Any]


def _days_ago(at: dt.datetime | None) -> str:
    """How long ago, in whole business days: today, yesterday, 5 days."""
    if at is None:
        return ""
    days = (utc_now().astimezone(SHANGHAI).date() - at.astimezone(SHANGHAI).date()).days
    if days <= 0:
        return at.astimezone(SHANGHAI).strftime("%H:%M")
    return str(_("yesterday") if days == 1 else _("%(n)s days ago", n=days))


def plan(row: Row, scope: Scope) -> Line:
    text, tone = deadline(row["due_on"], scope.today)
    return Line(
        row["customer"][1], record_url(PaymentPlan, row["id"]), row["sales_order"][1],
        money(row["amount"] - row["settled"]), tag=text if tone else "", tone=tone,
        when=_("due %(day)s", day=short_day(row["due_on"])),
    )  # fmt: skip


def order_to_ship(row: Row, scope: Scope) -> Line:
    text, tone = deadline(row["latest_ship_on"], scope.today)
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), row["customer"][1], money(row["total"]),
        tag=text if tone else "", tone=tone,
        when=_("ship by %(day)s", day=short_day(row["latest_ship_on"])),
    )  # fmt: skip


def order_sent_back(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), row["customer"][1], said=row["rejection_reason"] or "",
        tag=_("Sent back"), tone="stop", when=_days_ago(row["submitted_at"]),
    )  # fmt: skip


def order_approved(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), row["customer"][1], row["approved_by"][1],
        tag=_("Approved"), tone="ok", when=_days_ago(row["approved_at"]),
    )  # fmt: skip


def order_to_approve(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]),
        f"{row['customer'][1]} · {row['owner'][1]}", money(row["total"]), when=_days_ago(row["submitted_at"]),
    )  # fmt: skip


def issue(row: Row, scope: Scope) -> Line:
    is_draft = row["state"] is GoodsIssueState.draft
    text, tone = deadline(row["order.latest_ship_on"], scope.today)
    return Line(
        row["number"], record_url(GoodsIssue, row["id"]), row["order.customer"][1], row["order"][1],
        said=_("Sent in part") if row.get("is_begun") else "", tag=text if tone else "", tone=tone,
        when=_days_ago(row["created_at"] if is_draft else row["confirmed_at"]),
    )  # fmt: skip


def product_short(row: Row, scope: Scope) -> Line:
    """The gap, with the list of that product's stock behind it."""
    held = _("%(on_hand)s on hand, %(wanted)s promised",
             on_hand=quantity(row["on_hand"]), wanted=quantity(row["reserved"]))  # fmt: skip
    return _product(row, held, row["reserved"] - row["on_hand"], "stop")


def product_low(row: Row, scope: Scope) -> Line:
    """What is missing to the lower limit; red when there is nothing left."""
    held = _("%(on_hand)s on hand, at least %(wanted)s",
             on_hand=quantity(row["on_hand"]), wanted=quantity(row["product.stock_minimum"]))  # fmt: skip
    return _product(row, held, row["product.stock_minimum"] - row["on_hand"], "wait" if row["on_hand"] else "stop")


def _product(row: Row, held: str, gap: Decimal, tone: str) -> Line:
    told = _("%(gap)s short", gap=f"{quantity(gap)} {row['product.unit'][1]}")
    href = f"{page_of(StockBalance)}/list/?product={row['product'][0]}"
    return Line(row["product"][1], href, row["warehouse"][1], held, tag=told, tone=tone)


def customer(row: Row, scope: Scope) -> Line:
    return Line(row["name"], record_url(Customer, row["id"]), row["number"], when=_days_ago(row["created_at"]))


def prepayment(row: Row, scope: Scope) -> Line:
    return Line(
        row["customer"][1], record_url(Payment, row["id"]), row["number"], money(row["amount"]),
        when=short_day(row["received_on"]),
    )  # fmt: skip
