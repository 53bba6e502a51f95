"""出库与发货流程 Goods issues and shipments: confirm takes goods off the shelf, ship sends them. Manual 11.2b, 11.5, 11.6."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.types import ZERO
from app.core.errors import AppError, NotAllowed, Refused
from app.core.flow.workflow import Move, Step, Workflow, session_of
from app.core.record.numbering import next_number
from app.models.document import ApprovalState
from app.models.money.payment import ReceivableKind
from app.models.sales.sales_order import OrderStatus, SalesOrder
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
from app.workflows.document import confirmation, derives
from app.workflows.document.confirmation import is_kept_by
from app.workflows.document.pricing import cost_of_part
from app.workflows.document.quantities import asked_for
from app.workflows.money.receivable import post_receivable
from app.workflows.sales.order_progress import refresh_shipping, refresh_status
from app.workflows.stock.goods_issue_forms import ParcelForm, ShipForm, SignForm
from app.workflows.stock.promise import Leaving
from app.workflows.stock.stock import STOCK, goods_postings, reservation_postings

# Guards


def its_order_goes_on(issue: GoodsIssue, actor: Actor) -> AppError | None:
    """The order is approved and was not stopped. Manual 8.7."""
    if issue.order.state is not ApprovalState.approved:
        return Refused("order_not_approved", _("Order %(number)s is not approved.", number=issue.order.number))
    if issue.order.status is OrderStatus.stopped:
        return Refused("stopped", _("The order was stopped. Reopen it first."))
    if issue.order.is_closed_short:
        return Refused("closed_short", _("The order was ended before all was delivered. Reopen it first."))
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


def move_reservation(issue: GoodsIssue, move: Move) -> None:
    """Goods asked for from another warehouse than the order's are reserved there."""
    if issue.warehouse_id != issue.order.warehouse_id:
        amounts = [(line.product, line.quantity) for line in issue.lines]
        _move_reservation(move, issue, amounts, issue.order.warehouse_id, issue.warehouse_id)


def return_rest(move: Move, rest: list[tuple[Any, Decimal]]) -> None:
    """A rest that is not issued here is reserved in the order's own warehouse again."""
    issue = move.document
    if issue.warehouse_id != issue.order.warehouse_id:
        _move_reservation(move, issue, rest, issue.warehouse_id, issue.order.warehouse_id)


def return_reservation(move: Move) -> None:
    """All that was asked for is reserved in the order's own warehouse again."""
    return_rest(move, [(line.product, line.quantity) for line in move.document.lines])


def _move_reservation(move: Move, issue: GoodsIssue, amounts: list[tuple[Any, Decimal]], away: int, to: int) -> None:
    postings = reservation_postings(away, amounts, issue, -1)
    STOCK.post(move.session, postings + reservation_postings(to, amounts, issue, 1), move.actor)


def put_back(move: Move) -> None:
    """Undo an issue: its goods return to the shelf and are reserved for the order again."""
    STOCK.post(move.session, goods_postings(move.document, StockKind.issue_reversed, 1, reserved=True), move.actor)


def send_goods(move: Move) -> None:
    """Make the shipment: what counts as delivered, at today's cost. Manual 8.8, 11.5."""
    issue, session, form = move.document, move.session, move.form
    order = issue.order
    waiting = {line.id: line.quantity - line.shipped for line in issue.lines}
    wanted = asked_for(form, waiting, issue.lines)
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
    amount = cost_of_part(ordered, ordered.shipped, ordered.order.prices) - ordered.shipped_amount
    ordered.shipped_amount += amount
    return ShipmentLine(
        issue_line_id=line.id, order_line=ordered, product_id=line.product_id, quantity=quantity,
        unit_price=ordered.effective_price, amount=amount, cost_price=ordered.product.cost_price,
    )  # fmt: skip


def shipped_or_waiting(issue: GoodsIssue) -> GoodsIssueState:
    """Shipped once nothing waits any more; in parts it stays confirmed."""
    waits = any(line.quantity > line.shipped for line in issue.lines)
    return GoodsIssueState.confirmed if waits else GoodsIssueState.shipped


def note_parcel(move: Move) -> None:
    """Write down what the carrier says once the goods are on their way; what is emptied is taken away. Manual 11.6."""
    for name in move.form:
        setattr(move.document, name, None if move.form[name] == "" else move.form[name])


def record_signature(move: Move) -> None:
    """Note who took the goods. Manual 11.6."""
    move.document.signed_by = move.form.get("signed_by") or move.document.consignee
    move.document.signed_on = move.form.get("signed_on") or today()


ISSUES = derives(SalesOrder, GoodsIssue, done="issued", follow=refresh_shipping, made=move_reservation)

S = GoodsIssueState
# On hand and reservation fall by what is taken.
OUT = Leaving(GoodsIssue, StockKind.issue, order="order")
# fmt: off
GOODS_ISSUE = Workflow(GoodsIssue, S,
    *confirmation((R.warehouse,), OUT.post, takes=OUT, derivation=ISSUES, guards=(its_order_goes_on,), lowered=return_rest,
                  cancel=(nothing_shipped_of_it,), unpost=put_back, cancelled=(return_reservation,), withdrawn=(return_reservation,),
                  label=_l("Confirm issue"), cancel_label=_l("Cancel issue")),
    #    action  from         to                        default roles  guards                           effects
    Step("ship", S.confirmed, (S.confirmed, S.shipped), (R.warehouse,), (is_kept_by, its_order_goes_on), (send_goods,), label=_l("Ship"), form=ShipForm, decide=shipped_or_waiting),
    manual="11.2b", above=("order",),
)

SHIPMENT = Workflow(Shipment, ShipmentState,
    #    action  from                   to                    default roles                guards            effects
    Step("sign", ShipmentState.shipped, ShipmentState.signed, (*SALES_SIDE, R.warehouse), (is_party_to_it,), (record_signature,), label=_l("Record signature"), form=SignForm),
    Step("track", (ShipmentState.shipped, ShipmentState.signed), None, (*SALES_SIDE, R.warehouse), (is_party_to_it,), (note_parcel,), label=_l("Tracking number and freight"), form=ParcelForm),
    manual="11.6",
)
# fmt: on
