"""销售订单流程 The steps of a sales order: approval, issue requests, plans, stop and finish. Manual 8.7, 8.10, 11.2b."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.db.types import ZERO
from app.core.flow.workflow import Move, Step, Workflow
from app.models.document import ApprovalState
from app.models.money.payment import ReceivableKind
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.security.roles import APPROVERS, SALES_SIDE, R
from app.workflows.customers.customer import recount_signing
from app.workflows.document import approval
from app.workflows.document.approval import is_its_side
from app.workflows.forms import ReasonForm, WhyForm
from app.workflows.money.contract_value import count_with
from app.workflows.money.payment_forms import PlanForm, RefundForm
from app.workflows.money.payment_plan import make_plan, plans_add_up
from app.workflows.money.refund import owes_back, refund_order
from app.workflows.sales.order_progress import open_plan_amount, refresh_shipping, still_open
from app.workflows.sales.sales_order_guards import (
    consignee_known,
    is_not_closed_short,
    is_not_done,
    is_not_ended,
    is_not_executing,
    is_not_paid_unshipped,
    is_not_stopped,
    is_superior_once_delivered,
    nothing_received,
    nothing_waits,
)
from app.workflows.stock.goods_issue import ISSUES
from app.workflows.stock.shortage import missing_goods
from app.workflows.stock.stock import STOCK, reservation_postings


def show_as_not_issued(move: Move) -> None:
    """The order now shows 未出库. Manual 8.11."""
    refresh_shipping(move.document)


def reserve_stock(move: Move) -> None:
    """Reserve what is not issued yet, in the order's warehouse; never refused for stock."""
    order = move.document
    left = [(line.product, line.quantity - line.issued) for line in order.lines]
    STOCK.post(move.session, reservation_postings(order.warehouse_id, left, order, 1), move.actor)


def release_stock(move: Move) -> None:
    """Give back what is reserved for the order."""
    order = move.document
    left = [(line.product, line.quantity - line.issued) for line in order.lines]
    STOCK.post(move.session, reservation_postings(order.warehouse_id, left, order, -1), move.actor)


def post_contract(move: Move) -> None:
    """The order counts from the day it was signed: contract value, receivable and planned money of the customer."""
    order = move.document
    planned = open_plan_amount(move.session, order)
    count_with(move, ReceivableKind.contract, order.total, planned=planned, on=order.signed_on)


def reverse_contract(move: Move) -> None:
    """Take the order's figures out again by an opposite entry."""
    order = move.document
    planned = open_plan_amount(move.session, order)
    count_with(move, ReceivableKind.contract_reversed, ZERO, planned=-planned, on=order.signed_on)


def sign_customer(move: Move) -> None:
    """One more approved order: class, life cycle and first signing day of the customer follow. Manual 6.1, 6.7."""
    recount_signing(move.session, move.document.customer, move.document, counts=True)


def unsign_customer(move: Move) -> None:
    """One approved order less."""
    recount_signing(move.session, move.document.customer, move.document, counts=False)


def close_order(move: Move) -> None:
    """结束: the order is ended by hand; what was not delivered of it is no longer part of it. Manual 8.10; spec.md §8."""
    order = move.document
    if not order.is_fully_shipped:
        give_up_rest(move, ReceivableKind.close_short)
        order.is_closed_short = True
    order.status = OrderStatus.ended
    order.is_status_by_hand = True


def stop_order(move: Move) -> None:
    """意外中止: the order was given up, and settles on what was delivered of it. Manual 8.10; spec.md §8."""
    order = move.document
    give_up_rest(move, ReceivableKind.stop)
    order.status = OrderStatus.stopped
    order.is_status_by_hand = True
    order.stop_reason = move.form["reason"]


def give_up_rest(move: Move, kind: ReceivableKind) -> None:
    """Release what is reserved, and cut contract value and instalments down to what was delivered."""
    ISSUES.cancel_drafts(move)
    release_stock(move)
    count_with(move, kind, move.document.shipped_amount)


def reopen_order(move: Move) -> None:
    """Undo a stop or an end: reservation, contract value and instalments are what they were."""
    order = move.document
    if order.has_ended_short:
        reserve_stock(move)
        order.is_closed_short = False
        count_with(move, ReceivableKind.reopen, order.total)
        order.stop_reason = None
    order.status = OrderStatus.executing
    order.is_status_by_hand = True


S = ApprovalState
# fmt: off
SALES_ORDER = Workflow(SalesOrder, S,
    *approval(SALES_SIDE, APPROVERS, submit=(plans_add_up,), submitted=(show_as_not_issued,),
              approved=(reserve_stock, post_contract, sign_customer), warns=missing_goods,
              revoke=(is_not_stopped, is_not_closed_short, ISSUES.nothing_done, nothing_received),
              revoked=(ISSUES.cancel_drafts, release_stock, reverse_contract, unsign_customer)),
    #    action    from                               to    default roles guards                                                             effects
    Step("plan",   (S.draft, S.rejected, S.approved), None, SALES_SIDE,   (is_its_side, is_not_stopped, is_not_closed_short),                 (make_plan,), label=_l("Payment plan"), form=PlanForm),
    ISSUES.step("issue", SALES_SIDE, is_its_side, is_not_stopped, is_not_closed_short, consignee_known, label=_l("Request issue")),
    Step("finish", S.approved,                        None, SALES_SIDE,   (is_its_side, is_not_stopped, is_not_ended, is_not_paid_unshipped, nothing_waits, is_superior_once_delivered), (close_order,), label=_l("End order"), form=WhyForm, tells=still_open),
    Step("stop",   S.approved,                        None, SALES_SIDE,   (is_its_side, is_not_stopped, is_not_done, nothing_waits, is_superior_once_delivered), (stop_order,), label=_l("Stop order"), form=ReasonForm, danger=True),
    Step("reopen", S.approved,                        None, SALES_SIDE,   (is_its_side, is_not_executing),                                   (reopen_order,), label=_l("Reopen")),
    Step("refund", S.approved,                        None, (R.finance,), (owes_back,),                                                      (refund_order,), label=_l("Refund"), form=RefundForm),
    manual="8.7",
)
# fmt: on
