"""出库与发货 Goods issues and shipments: the keeper confirms, ships, has signed for. Manual 11.2b, 11.5, 11.6."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.cache.per_transaction import cached_per_transaction
from app.core.clock import today
from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.flow.workflow import Step
from app.core.money import plain
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueState, IssueProgress, Shipment
from app.query.linked import LinkedRows
from app.query.naming import visible_ids
from app.reports.sales.lists import is_to_confirm, next_to_handle, waits_for_shipping
from app.reports.stock.goods_issue import (
    Wanted,
    in_the_house,
    is_open,
    issue_with_lines,
    shipment_with_lines,
    shipments_of_issue,
    wanted_lines,
)
from app.reports.stock.waiting import issue_is_late
from app.screens.document.document_page import DocumentPage
from app.screens.document.lines_table import Column
from app.screens.form.dialogs import LineChoice
from app.screens.frame.cells import badge, tag
from app.screens.frame.values import deadline, short_day
from app.screens.list.list_shape import column_at
from app.screens.record.record_view import RecordView, Tab, expose
from app.security.roles import R

_OPEN = (GoodsIssueState.draft, GoodsIssueState.confirmed)


class GoodsIssueView(DocumentPage):
    """出库单: what waits for the keeper stands first."""

    model = GoodsIssue
    icon = "package-export"
    menu_section = "goods"
    list_columns = (
        "number", "order.customer", "order", "warehouse", "state", "order.latest_ship_on", "created_at", "confirmed_at",
    )  # fmt: skip
    filter_columns = ("order", "order.customer", "warehouse", "state", "created_at", "confirmed_at")
    order_columns = ("number", "order.latest_ship_on", "created_at")
    card_columns = ("number", "state", "order.customer", "order.latest_ship_on")
    search_columns = ("number", "order")
    search_hint = _l("Number, order number, customer, pinyin initials")
    presets: Mapping[str, tuple[Any, Any]] = {
        "open": (_l("To do"), is_open),
        "confirm": (_l("To confirm"), is_to_confirm),
        "ship": (_l("To ship"), waits_for_shipping),
        "late": (_l("Late"), issue_is_late),
    }
    show_template = "goods_issue/show.html"
    can_add = can_edit = can_delete = False
    show_fieldsets = ((_l("Basics"), ("warehouse", "created_at", "confirmed_by", "confirmed_at", "remark")),)
    linked_from = ((Shipment, "issue"),)

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """A keeper's list begins with what is to be done, the most urgent first."""
        actor = self.reader()
        if not request.args and actor.active_role == R.warehouse:
            return redirect(f"{self.route_base}/list/?view=open&sort=order.latest_ship_on")
        page: ResponseReturnValue = super().list_page()
        return page

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """As long as goods are in the house it is told how late they are, and whether a part of them has left."""
        at, state = column_at(heads, "order.latest_ship_on"), column_at(heads, "state")
        if at is None and state is None:
            return
        here = in_the_house(db.session(), [key for key, _cells in rows])
        for key, cells in rows:
            if state is not None and key in here and here[key].is_begun:
                cells[state] = badge(IssueProgress.partly_sent)
            if at is not None:
                cells[at] = _due(cells[at], here[key].until if key in here else None)

    def row(self, pk: int, actor: Actor) -> GoodsIssue:
        return issue_with_lines(db.session(), pk, actor)

    def heading(self, row: GoodsIssue) -> str:
        return str(row.order.customer.name)

    def subheading(self, row: GoodsIssue) -> str:
        return row.number

    def badges(self, row: GoodsIssue) -> list[Any]:
        return [badge(row.told_state)]

    def step_defaults(self, row: GoodsIssue, step: Step, actor: Actor) -> Mapping[str, Any]:
        """What is asked for as far as it is on hand; everything that waits for shipping. Manual 11.5."""
        wanted = _wanted(row)
        if step.action == "confirm":
            return {"lines": [_choice(w, w.on_shelf) for w in wanted]}
        if step.action == "ship":
            method = row.order.shipping_method
            lines = [_parcel(w) for w in wanted if w.waiting > 0]
            return {"lines": lines, "shipping_method": method.label if method else ""}
        return {}

    def tabs(self, row: GoodsIssue, actor: Actor) -> list[Tab]:
        """What was shipped of it. Manual 11.6."""

        def shipments() -> dict[str, Any]:
            return {"shipments": shipments_of_issue(db.session(), row, actor)}

        shipped = Tab(
            "shipments",
            _("Shipments"),
            "goods_issue/_shipments.html",
            shipments,
            LinkedRows(Shipment, "issue"),
            Shipment,
        )
        return [shipped, *self.own_tabs(row, actor)]

    def line_columns(self, row: GoodsIssue, actor: Actor) -> Sequence[Column]:
        """What is on hand beside each quantity, as long as nothing has left the shelf. Manual 11.5."""
        if row.state is not GoodsIssueState.draft:
            return ()
        wanted = {each.line.id: each for each in _wanted(row)}
        return (Column(_("On hand"), "r", lambda line: _on_hand(wanted[line.id]), is_told=True),)

    def after_step(self, row: GoodsIssue, action: str, created: Sequence[Any]) -> str:
        """What is shipped or cancelled leads on to the next issue."""
        return self.show_url(row.id) + ("?next=1" if row.state not in _OPEN else "")

    def show_context(self, row: GoodsIssue, actor: Actor) -> dict[str, Any]:
        session = db.session()
        opens_order = actor.may("read", SalesOrder) and visible_ids(session, SalesOrder, [row.order_id], actor)
        is_short = row.state is GoodsIssueState.draft and any(wanted.is_short for wanted in _wanted(row))
        return super().show_context(row, actor) | {
            "is_short": is_short, "opens_order": bool(opens_order),
            "following": next_to_handle(session, actor) if request.args.get("next") == "1" else (None, 0),
            "is_late": row.state in _OPEN and row.order.latest_ship_on < today(),
        }  # fmt: skip


def _wanted(row: GoodsIssue) -> list[Wanted]:
    """Read once for a page and its dialogs."""
    session = db.session()
    return cached_per_transaction(session, ("wanted lines", row.id), lambda: wanted_lines(session, row))


def _on_hand(wanted: Wanted) -> Any:
    """How much its warehouse holds, in red when that is less than is asked for."""
    if wanted.on_hand is None:
        return "—"
    text = plain(wanted.on_hand)
    return Markup('<span class="red">{}</span>').format(text) if wanted.is_short else text


def partly_sent() -> Markup:
    return tag(_("Sent in part"), "wait")


def _due(cell: Any, until: dt.date | None) -> Any:
    """The day goods must leave by; of what has left it says little."""
    if until is None:
        return Markup('<span class="mut off-phone">{}</span>').format(cell)
    text, tone = deadline(until, today())
    return tag(f"{short_day(until)} {text}", tone) if tone else cell


def _parcel(wanted: Wanted) -> LineChoice:
    """What is off the shelf already: how much is left there says nothing about it."""
    line = wanted.line
    text = _(
        "%(product)s (%(issued)s issued, %(n)s to ship)",
        product=line.product, issued=plain(line.quantity), n=plain(wanted.waiting),
    )  # fmt: skip
    return LineChoice(line.id, text, line.product.unit.label, wanted.waiting)


def _choice(wanted: Wanted, quantity: Any) -> LineChoice:
    product = wanted.line.product
    text = str(product)
    if wanted.is_short and quantity < wanted.line.quantity:
        text = _(
            "%(product)s (%(n)s on hand, %(asked)s asked for)",
            product=product, n=plain(wanted.on_hand or ZERO), asked=plain(wanted.line.quantity),
        )  # fmt: skip
    elif wanted.on_hand is not None:
        text = _("%(product)s (%(n)s on hand)", product=product, n=plain(wanted.on_hand))
    return LineChoice(wanted.line.id, text, product.unit.label, quantity)


class ShipmentView(RecordView):
    """发货单: what has left the house, to whom, with whom; signed for at the end."""

    model = Shipment
    icon = "truck-delivery"
    menu_section = "goods"
    list_columns = (
        "number", "order.customer", "order", "warehouse", "shipped_on", "carrier", "tracking_number", "state",
        "signed_on",
    )  # fmt: skip
    filter_columns = ("order", "order.customer", "warehouse", "state", "shipped_on", "shipped_by")
    order_columns = ("number", "shipped_on")
    search_columns = ("number", "tracking_number", "order")
    hit_columns = ("number", "tracking_number", "carrier", "order.customer", "order", "state", "shipped_on")
    search_hint = _l("Number, tracking number, order number, customer")
    card_columns = ("number", "state", "order.customer", "shipped_on", "carrier", "tracking_number")
    show_template = "goods_issue/shipment.html"
    can_add = can_edit = can_delete = False
    show_fieldsets = (
        (_l("Basics"), (
            "order", "issue", "warehouse", "shipped_on", "shipped_by", "shipping_method", "carrier", "tracking_number",
            "freight", "signed_by", "signed_on", "remark",
        )),
        (_l("Consignee"), ("consignee", "consignee_phone", "consignee_address")),
    )  # fmt: skip

    def row(self, pk: int, actor: Actor) -> Shipment:
        return shipment_with_lines(db.session(), pk, actor)

    def heading(self, row: Shipment) -> str:
        return str(row.order.customer.name)

    def subheading(self, row: Shipment) -> str:
        return row.number

    def step_defaults(self, row: Shipment, step: Step, actor: Actor) -> Mapping[str, Any]:
        if step.action == "track":
            return {name: getattr(row, name) for name in ("carrier", "tracking_number", "freight")}
        return {"signed_by": row.consignee, "signed_on": today()} if step.action == "sign" else {}


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(GoodsIssueView)
    builder.add_view_no_menu(ShipmentView)
