"""出库与发货流程 Goods issues and shipments: confirm takes goods off the shelf, ship sends them. Manual 11.2b, 11.5, 11.6."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import today, utc_now
from app.core.db.types import ZERO
from app.core.errors import AppError, NotAllowed, Refused
from app.core.flow.workflow import Move, Step, Workflow, moved_to
from app.core.money import line_amount, plain
from app.core.record.audit import record_act
from app.core.record.numbering import next_number
from app.models.document import ApprovalState
from app.models.money.payment import ReceivableKind
from app.models.sales.sales_order import OrderStatus
from app.models.stock.goods_issue import (
    GoodsIssue,
    GoodsIssueLine,
    GoodsIssueState,
    Shipment,
    ShipmentLine,
    ShipmentState,
)
from app.models.stock.stock import StockKind
from app.security.dictionaries import item_named
from app.security.policy import may_write
from app.security.roles import SALES_SIDE, R
from app.workflows.approval import session_of
from app.workflows.money.receivable import post_receivable
from app.workflows.sales.order_progress import refresh_shipping, refresh_status
from app.workflows.stock.goods_issue_forms import ConfirmForm, ShipForm, SignForm
from app.workflows.stock.quantities import asked_for
from app.workflows.stock.stock import STOCK, is_kept_by, reservation_postings, stock_posting

# Guards


def its_order_goes_on(issue: GoodsIssue, actor: Actor) -> AppError | None:
    """The order is approved and was not stopped. Manual 8.7."""
    if issue.order.state is not ApprovalState.approved:
        return Refused("order_not_approved", _("Order %(number)s is not approved.", number=issue.order.number))
    if issue.order.status is OrderStatus.stopped:
        return Refused("stopped", _("The order was stopped. Reopen it first."))
    return None


def nothing_shipped_of_it(issue: GoodsIssue, actor: Actor) -> AppError | None:
    """None of its goods have been shipped."""
    if not any(line.shipped for line in issue.lines):
        return None
    return Refused("shipped", _("Goods of this issue have been shipped already."))


def is_party_to_it(shipment: Shipment, actor: Actor) -> AppError | None:
    """The actor keeps its warehouse or stands on the order's side."""
    if may_write(session_of(shipment), shipment, actor):
        return None
    return NotAllowed("not_allowed", _("Only the keeper or the order's side may do this."))


# Effects


def lower_quantities(move: Move) -> None:
    """Take the keeper's smaller quantities; the rest returns to the order. Manual 11.5.

    errors  Refused "too_much" above what was asked for, "nothing_left" when every line is 0, "invalid" for a strange line
    """
    issue = move.document
    wanted = asked_for(move.form, {line.id: line.quantity for line in issue.lines}, issue.lines, unnamed_whole=True)
    rest = []
    asked: dict[str, Decimal] = {}
    given: dict[str, Decimal] = {}
    for line in issue.lines:
        taken = wanted.get(line.id, line.quantity)
        if taken < line.quantity:
            product = line.order_line.product
            rest.append((product, line.quantity - taken))
            asked[str(product)] = asked.get(str(product), ZERO) + line.quantity
            given[str(product)] = given.get(str(product), ZERO) + taken
            line.quantity = taken
    if rest:  # by product, for whoever reads the history of the issue or of its order
        move.changes["lines"] = [{name: plain(n) for name, n in told.items()} for told in (asked, given)]
    if rest and issue.warehouse_id != issue.order.warehouse_id:
        _move_reservation(move.session, issue, rest, move.actor)


def _move_reservation(session: Session, issue: GoodsIssue, amounts: list[tuple[Any, Decimal]], actor: Actor) -> None:
    """A rest that is not issued here is reserved in the order's own warehouse again."""
    postings = reservation_postings(issue.warehouse_id, amounts, issue, -1)
    STOCK.post(session, postings + reservation_postings(issue.order.warehouse_id, amounts, issue, 1), actor)


def take_off_shelf(move: Move) -> None:
    """Post the issue: on hand and reservation fall by what is taken; refused when the shelf has less."""
    issue = move.document
    postings = [
        stock_posting(
            issue.warehouse_id, line.product_id, StockKind.issue, issue, on_hand=-line.quantity, reserved=-line.quantity
        )
        for line in issue.lines
        if line.quantity and line.order_line.product.counts_stock
    ]
    STOCK.post(move.session, postings, move.actor)
    for line in issue.lines:
        line.order_line.issued += line.quantity
    issue.confirmed_at = utc_now()
    issue.confirmed_by_id = move.actor.user_id


def note_on_order(move: Move) -> None:
    """The order shows what waits for shipping. Manual 8.11."""
    refresh_shipping(move.document.order)


def send_goods(move: Move) -> None:
    """Make the shipment: what counts as delivered, at today's cost. Manual 8.8, 11.5."""
    issue, session, form = move.document, move.session, move.form
    order = issue.order
    waiting = {line.id: line.quantity - line.shipped for line in issue.lines}
    wanted = asked_for(form, waiting, issue.lines, unnamed_whole=False)
    shipment = Shipment(
        number=next_number(session, Shipment), issue=issue, order=order, warehouse_id=issue.warehouse_id,
        shipped_on=today(), shipped_by_id=move.actor.user_id, carrier=form.get("carrier"),
        tracking_number=form.get("tracking_number"), freight=form.get("freight"),
        consignee=order.consignee, consignee_phone=order.consignee_phone, consignee_address=order.consignee_address,
        amount=ZERO,
    )  # fmt: skip
    if form.get("shipping_method"):
        shipment.shipping_method = item_named(session, "shipping_method", form["shipping_method"], "shipping_method")
    for line in issue.lines:
        if wanted[line.id]:
            shipment.lines.append(_shipped_line(line, wanted[line.id]))
    shipment.amount = sum((line.amount for line in shipment.lines), ZERO)
    session.add(shipment)
    session.flush()
    move.created.append(shipment)
    order.shipped_amount += shipment.amount
    refresh_shipping(order)
    post_receivable(
        move, ReceivableKind.shipment, order, order.customer_id, document=shipment, shipped_value=shipment.amount
    )
    refresh_status(order)


def _shipped_line(line: GoodsIssueLine, quantity: Decimal) -> ShipmentLine:
    """Amounts are cut from the running total, so that the parts of a line add up to the line."""
    ordered = line.order_line
    line.shipped += quantity
    ordered.shipped += quantity
    amount = line_amount(ordered.shipped, ordered.unit_price) - ordered.shipped_amount
    ordered.shipped_amount += amount
    return ShipmentLine(
        issue_line_id=line.id, order_line=ordered, product_id=line.product_id, quantity=quantity,
        unit_price=ordered.unit_price, amount=amount, cost_price=ordered.product.cost_price,
    )  # fmt: skip


def shipped_or_waiting(issue: GoodsIssue) -> GoodsIssueState:
    """Shipped once nothing waits any more; in parts it stays confirmed."""
    waits = any(line.quantity > line.shipped for line in issue.lines)
    return GoodsIssueState.confirmed if waits else GoodsIssueState.shipped


def put_back(move: Move) -> None:
    """Undo an issue: confirmed goods return to the shelf and are reserved for the order again."""
    issue = move.document
    if issue.state is GoodsIssueState.confirmed:
        postings = [
            stock_posting(
                issue.warehouse_id, line.product_id, StockKind.issue_reversed, issue,
                on_hand=line.quantity, reserved=line.quantity,
            )
            for line in issue.lines
            if line.quantity and line.order_line.product.counts_stock
        ]  # fmt: skip
        STOCK.post(move.session, postings, move.actor)
        for line in issue.lines:
            line.order_line.issued -= line.quantity
        refresh_shipping(issue.order)
    _return_reservation(move.session, issue, move.actor)


def _return_reservation(session: Session, issue: GoodsIssue, actor: Actor) -> None:
    if issue.warehouse_id != issue.order.warehouse_id:
        amounts = [(line.order_line.product, line.quantity) for line in issue.lines]
        _move_reservation(session, issue, amounts, actor)


def withdraw_issue(session: Session, issue: GoodsIssue, actor: Actor) -> None:
    """Cancel an unconfirmed issue because its order no longer wants it, whoever keeps the warehouse."""
    _return_reservation(session, issue, actor)
    moved_to(issue, GoodsIssueState.cancelled)
    session.flush()
    record_act(session, issue, "cancel", actor, from_state=GoodsIssueState.draft, to_state=GoodsIssueState.cancelled)


def record_signature(move: Move) -> None:
    """Note who took the goods. Manual 11.6."""
    move.document.signed_by = move.form.get("signed_by") or move.document.consignee
    move.document.signed_on = move.form.get("signed_on") or today()


S = GoodsIssueState
# fmt: off
GOODS_ISSUE = Workflow(GoodsIssue, S,
    #    action     from                    to                        default roles   guards                               effects
    Step("confirm", S.draft,                S.confirmed,              (R.warehouse,), (is_kept_by, its_order_goes_on),     (lower_quantities, take_off_shelf, note_on_order), label=_l("Confirm issue"), form=ConfirmForm),
    Step("ship",    S.confirmed,            (S.confirmed, S.shipped), (R.warehouse,), (is_kept_by, its_order_goes_on),     (send_goods,), label=_l("Ship"), form=ShipForm, decide=shipped_or_waiting),
    Step("cancel",  (S.draft, S.confirmed), S.cancelled,              (R.warehouse,), (is_kept_by, nothing_shipped_of_it), (put_back,), label=_l("Cancel issue"), danger=True),
    manual="11.2b",
)

SHIPMENT = Workflow(Shipment, ShipmentState,
    #    action  from                   to                    default roles                guards            effects
    Step("sign", ShipmentState.shipped, ShipmentState.signed, (*SALES_SIDE, R.warehouse), (is_party_to_it,), (record_signature,), label=_l("Record signature"), form=SignForm),
    manual="11.6",
)
# fmt: on
