"""How the rows of each reminder read: who, how much, how late. Manual 3.3, 8.7, 8.14, 11.5."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.core.numbering import SHANGHAI
from app.core.types import utc_now
from app.models.goods_issue import GoodsIssue, GoodsIssueState
from app.models.payment import Payment, PaymentPlan
from app.models.sales_order import SalesOrder
from app.models.stock import StockBalance
from app.views.cells import money, page_of, quantity, record_url
from app.views.desk_parts import Line, Scope

Row = Mapping[str, Any]


def _days_ago(at: dt.datetime | None) -> str:
    """How long ago, in whole business days: today, yesterday, 5 days."""
    if at is None:
        return ""
    days = (utc_now().astimezone(SHANGHAI).date() - at.astimezone(SHANGHAI).date()).days
    if days <= 0:
        return at.astimezone(SHANGHAI).strftime("%H:%M")
    return str(_("yesterday") if days == 1 else _("%(n)s days ago", n=days))


def _short(day: dt.date) -> str:
    return day.strftime("%m-%d")


def _deadline(day: dt.date, today: dt.date) -> tuple[str, str]:
    """(text, tone) of a day by which something is due."""
    days = (day - today).days
    if days < 0:
        return str(_("%(n)s days late", n=-days)), "stop"
    if days == 0:
        return str(_("Today")), "wait"
    return (str(_("Tomorrow")), "wait") if days == 1 else (_short(day), "")


def plan(row: Row, scope: Scope) -> Line:
    text, tone = _deadline(row["due_on"], scope.today)
    left = money(row["amount"] - row["settled"])
    return Line(
        row["customer"][1], record_url(PaymentPlan, row["id"]),
        _("%(amount)s of %(order)s", amount=left, order=row["sales_order"][1]),
        tag=text if tone else "", tone=tone, when=_("due %(day)s", day=_short(row["due_on"])),
    )  # fmt: skip


def order_to_ship(row: Row, scope: Scope) -> Line:
    text, tone = _deadline(row["latest_ship_on"], scope.today)
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), _about(row), tag=text if tone else "", tone=tone,
        when=_("ship by %(day)s", day=_short(row["latest_ship_on"])),
    )  # fmt: skip


def order_sent_back(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]), row["customer"][1], said=row["rejection_reason"] or "",
        tag=_("Sent back"), tone="stop", when=_days_ago(row["submitted_at"]),
    )  # fmt: skip


def order_approved(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]),
        _("approved by %(who)s · %(customer)s", who=row["approved_by"][1], customer=row["customer"][1]),
        tag=_("Approved"), tone="ok", when=_days_ago(row["approved_at"]),
    )  # fmt: skip


def order_to_approve(row: Row, scope: Scope) -> Line:
    return Line(
        row["number"], record_url(SalesOrder, row["id"]),
        f"{_about(row)} · {row['owner'][1]}", when=_days_ago(row["submitted_at"]),
    )  # fmt: skip


def _about(row: Row) -> str:
    return f"{row['customer'][1]} · {money(row['total'])}"


def issue(row: Row, scope: Scope) -> Line:
    is_draft = row["state"] is GoodsIssueState.draft
    text, tone = _deadline(row["order.latest_ship_on"], scope.today)
    return Line(
        row["number"], record_url(GoodsIssue, row["id"]), f"{row['order.customer'][1]} · {row['order'][1]}",
        tag=text if tone else "", tone=tone, when=_days_ago(row["created_at"] if is_draft else row["confirmed_at"]),
    )  # fmt: skip


def product_short(row: Row, scope: Scope) -> Line:
    """The gap, with the list of that product's stock behind it."""
    unit = row["product.unit"][1]
    gap = f"{quantity(row['reserved'] - row['on_hand'])} {unit}"
    held = _(
        "%(warehouse)s: %(on_hand)s on hand, %(reserved)s promised",
        warehouse=row["warehouse"][1], on_hand=quantity(row["on_hand"]), reserved=quantity(row["reserved"]),
    )  # fmt: skip
    href = f"{page_of(StockBalance)}/list/?product={row['product'][0]}"
    return Line(row["product"][1], href, held, tag=_("%(gap)s short", gap=gap), tone="stop")


def product_low(row: Row, scope: Scope) -> Line:
    unit = row["product.unit"][1]
    held = _(
        "%(warehouse)s: %(on_hand)s on hand, at least %(minimum)s wanted",
        warehouse=row["warehouse"][1], on_hand=f"{quantity(row['on_hand'])} {unit}",
        minimum=quantity(row["product.stock_minimum"]),
    )  # fmt: skip
    return Line(row["product"][1], f"{page_of(StockBalance)}/list/?product={row['product'][0]}", held)


def prepayment(row: Row, scope: Scope) -> Line:
    return Line(
        row["customer"][1], record_url(Payment, row["id"]), f"{money(row['amount'])} · {row['number']}",
        when=_short(row["received_on"]),
    )  # fmt: skip
