"""订单的样子 How far an order is, as its page and its list show it. Manual 8.11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from app.core.cache.per_process import cached_per_process
from app.core.clock import today
from app.core.db.types import ZERO
from app.core.money import plain
from app.core.record.fields import code_label, label_of
from app.core.record.tones import tone_of
from app.models.document import ApprovalState
from app.models.sales.sales_order import OrderStatus, SalesOrder, ShippingStatus
from app.screens.document.stages import Stage, decision, drafted
from app.screens.frame.cells import badge
from app.screens.frame.values import money

# What the list needs to tell how far an order is; with one of these columns taken away it shows them as they are.
PROGRESS = ("state", "status", "shipping_status")


def is_late(row: SalesOrder) -> bool:
    """Goods are owed and the latest ship date has passed."""
    goes_on = row.state is ApprovalState.approved and row.status is OrderStatus.executing
    return goes_on and not row.is_fully_shipped and row.latest_ship_on < today()


def badges_of(row: SalesOrder) -> list[Any]:
    """Approval; once approved how far it is; and its shipping status, quiet while the order owes no goods."""
    approved = row.state is ApprovalState.approved
    owes_goods = approved and not row.has_ended_short
    code, label = row.shipping_status, label_of(SalesOrder, "shipping_status")
    text = code_label(code) if owes_goods else _("%(label)s: %(value)s", label=label, value=code_label(code))
    shipping = Markup('<span class="tag {}" id="shipping-status" data-code="{}" title="{}">{}</span>').format(
        tone_of(code) if owes_goods else "", code.value, label, text,
    )  # fmt: skip
    return [badge(row.state), *([badge(row.status)] if approved else []), shipping]


def stages(row: SalesOrder) -> list[Stage]:
    """The way of an order from draft to its end, with who and how far; one stage at most is the current one."""
    counts = row.state is ApprovalState.approved
    ordered = sum((line.quantity for line in row.lines), ZERO)
    shipped = sum((line.shipped for line in row.lines), ZERO)
    goods = _("%(shipped)s of %(ordered)s shipped", shipped=plain(shipped), ordered=plain(ordered))
    paid = _("%(received)s of %(total)s", received=money(row.received - row.refunded), total=money(row.contract_value))
    tones = _tones(row)
    return [
        drafted(row),
        decision(row),
        Stage("truck", _("Issue and shipping"), goods if counts else "", tones[0]),
        Stage("cash", _("Money"), paid if counts else "", tones[1]),
        _end(row),
    ]  # fmt: skip


def _tones(row: SalesOrder) -> list[str]:
    """Of goods and money: what is done, and the first that is not, unless nobody goes on with the order."""
    counts = row.state is ApprovalState.approved
    owes = counts and row.contract_value > 0  # a stopped order of which nothing was delivered owes nothing to be paid
    done = [counts and row.is_fully_shipped, owes and row.is_fully_received]
    tones = ["d" if one else "" for one in done]
    if counts and row.status is OrderStatus.executing and not all(done):
        tones[done.index(False)] = "c"
    return tones


def _end(row: SalesOrder) -> Stage:
    if row.status is OrderStatus.stopped:
        return Stage("ban", code_label(row.status), "", "x")
    if row.status is OrderStatus.ended:
        return Stage("flag", code_label(row.status), "", "d")
    return Stage("flag", _("End"))


# The list


def tell_progress(heads: Sequence[dict[str, Any]], rows: Sequence[tuple[int, list[Any]]]) -> None:
    """Before approval no order is executed and none owes goods: that is told quietly. A card tells what counts now."""
    at = {head["path"]: number for number, head in enumerate(heads)}
    if at.keys() >= set(PROGRESS):
        state, status, shipping = (at[name] for name in PROGRESS)
        approved, executing = badge(ApprovalState.approved), badge(OrderStatus.executing)
        stopped, shipped = badge(OrderStatus.stopped), badge(ShippingStatus.all)
        ship_on, now = at.get("latest_ship_on"), today().isoformat()
        for _key, cells in rows:
            if cells[state] != approved:
                cells[status], cells[shipping] = _quiet(cells[status]), _quiet(cells[shipping])
            elif cells[status] == stopped:
                cells[shipping] = _quiet(cells[shipping])
            elif ship_on is not None and cells[status] == executing and cells[shipping] != shipped:
                cells[ship_on] = _late(cells[ship_on]) if cells[ship_on] < now else cells[ship_on]
        _place(heads, at)
    _shorten(rows, [at[name] for name in ("signed_on", "latest_ship_on") if name in at])


@cached_per_process(most=64)
def _quiet(cell: Markup) -> Markup:
    """What a badge says, without its colour."""
    return Markup('<span class="mut">{}</span>').format(cell.striptags())


def _late(day: str) -> Markup:
    return Markup('<b class="red">{} {}</b>').format(_short(day, _this_year()), _("overdue"))


def _this_year() -> str:
    return f"{today().year}-"


def _short(day: str, year: str) -> str:
    """A day of this year without the year: a list of orders is mostly of one."""
    return day.removeprefix(year)


def _shorten(rows: Sequence[tuple[int, list[Any]]], columns: Sequence[int]) -> None:
    year = _this_year()
    for _key, cells in rows:
        for column in columns:
            if not isinstance(cells[column], Markup):
                cells[column] = _short(cells[column], year)


def _place(heads: Sequence[dict[str, Any]], at: dict[str, int]) -> None:
    """On a phone the state gives its place to the status once approved, and that to the shipping status."""
    for name, place in (("state", "until"), ("status", "k2 since"), ("shipping_status", "k2 since"),
                        ("subject", "k5"), ("latest_ship_on", "k6")):  # fmt: skip
        if name in at:
            head = heads[at[name]]
            head["class"] = " ".join([*(word for word in head["class"].split() if word != "off"), place])
