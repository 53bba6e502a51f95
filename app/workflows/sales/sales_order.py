"""销售订单流程 The steps of a sales order: approval, issue requests, plans, stop and finish. Manual 8.7, 8.10, 11.2b."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.clock import utc_now
from app.core.db.types import ZERO
from app.core.flow.workflow import Move, Step, Workflow
from app.core.record.numbering import next_number
from app.models.document import ApprovalState
from app.models.money.payment import ReceivableKind
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueLine
from app.models.stock.stock import Warehouse
from app.security.policy import require_visible
from app.security.roles import APPROVERS, SALES_SIDE
from app.workflows.approval import (
    forget_approval,
    has_lines,
    is_its_approver,
    is_its_side,
    not_own,
    record_approval,
    record_rejection,
    was_approver_or_boss,
)
from app.workflows.customers.customer import recount_signing
from app.workflows.forms import EndForm, ReasonForm, SeenForm
from app.workflows.money.payment_forms import PlanForm
from app.workflows.money.payment_plan import make_plan, plans_add_up
from app.workflows.money.receivable import post_receivable
from app.workflows.sales.order_progress import open_plan_amount, refresh_shipping, still_open
from app.workflows.sales.sales_order_guards import (
    consignee_known,
    draft_issues,
    in_draft_issues,
    is_not_done,
    is_not_ended,
    is_not_executing,
    is_not_paid_unshipped,
    is_not_stopped,
    nothing_issued,
    nothing_received,
    nothing_waits,
    something_left,
)
from app.workflows.stock.goods_issue import withdraw_issue
from app.workflows.stock.goods_issue_forms import IssueForm
from app.workflows.stock.quantities import asked_for
from app.workflows.stock.stock import STOCK, reservation_postings


def record_submission(move: Move) -> None:
    """Note who submitted, and when; the order now shows 未出库."""
    order = move.document
    order.submitted_at = utc_now()
    order.submitted_by_id = move.actor.user_id
    order.rejection_reason = None
    refresh_shipping(order)


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


def cancel_draft_issues(move: Move) -> None:
    """Issues nobody confirmed yet are cancelled; their reservation goes back to the order's warehouse."""
    for issue in draft_issues(move.session, move.document):
        withdraw_issue(move.session, issue, move.actor)


def post_contract(move: Move) -> None:
    """The order counts: contract value, receivable and planned money of the customer."""
    order = move.document
    post_receivable(
        move, ReceivableKind.contract, order, order.customer_id,
        contract_value=order.total, receivable=order.total, plan_open=open_plan_amount(move.session, order),
    )  # fmt: skip


def reverse_contract(move: Move) -> None:
    """Take the order's figures out again by an opposite entry."""
    order = move.document
    post_receivable(
        move, ReceivableKind.contract_reversed, order, order.customer_id,
        contract_value=-order.total, receivable=-order.total, plan_open=-open_plan_amount(move.session, order),
    )  # fmt: skip


def sign_customer(move: Move) -> None:
    """One more approved order: class, life cycle and first signing day of the customer follow. Manual 6.1, 6.7."""
    recount_signing(move.session, move.document.customer, move.document, counts=True)


def unsign_customer(move: Move) -> None:
    """One approved order less."""
    recount_signing(move.session, move.document.customer, move.document, counts=False)


def make_issue(move: Move) -> None:
    """Create an unconfirmed goods issue for what is ordered and not yet on another one."""
    order, session = move.document, move.session
    warehouse_id = move.form.get("warehouse") or order.warehouse_id
    require_visible(session, Warehouse, warehouse_id, move.actor)
    pending = in_draft_issues(session, order)
    left = {line.id: line.quantity - line.issued - pending.get(line.id, ZERO) for line in order.lines}
    wanted = asked_for(move.form, left, order.lines, unnamed_whole=False)
    issue = GoodsIssue(number=next_number(session, GoodsIssue), order=order, warehouse_id=warehouse_id)
    for line in order.lines:
        if wanted.get(line.id):
            issue.lines.append(
                GoodsIssueLine(order_line=line, product_id=line.product_id, quantity=wanted[line.id], shipped=ZERO)
            )
    session.add(issue)
    session.flush()
    move.created.append(issue)
    if warehouse_id != order.warehouse_id:
        moved = [(line.order_line.product, line.quantity) for line in issue.lines]
        postings = reservation_postings(order.warehouse_id, moved, issue, -1)
        STOCK.post(session, postings + reservation_postings(warehouse_id, moved, issue, 1), move.actor)


def end_by_hand(move: Move) -> None:
    """The order is ended until the next shipment or payment computes it again."""
    move.document.status = OrderStatus.ended
    move.document.is_status_by_hand = True


def stop_order(move: Move) -> None:
    """意外中止: what is not received leaves the receivable by an opposite entry. spec.md §8."""
    order = move.document
    post_receivable(
        move, ReceivableKind.stop, order, order.customer_id,
        contract_value=-order.total, receivable=-order.receivable,
        plan_open=-open_plan_amount(move.session, order),
    )  # fmt: skip
    order.status = OrderStatus.stopped
    order.is_status_by_hand = True
    order.stop_reason = move.form["reason"]


def reopen_order(move: Move) -> None:
    """Undo a stop (reservation and figures come back) or an end."""
    order = move.document
    if order.status is OrderStatus.stopped:
        reserve_stock(move)
        post_receivable(
            move, ReceivableKind.reopen, order, order.customer_id,
            contract_value=order.total, receivable=order.total - order.received,
            plan_open=open_plan_amount(move.session, order),
        )  # fmt: skip
        order.stop_reason = None
    order.status = OrderStatus.executing
    order.is_status_by_hand = True


S = ApprovalState
# fmt: off
SALES_ORDER = Workflow(SalesOrder, S,
    #    action      from                   to          default roles guards                              effects
    Step("submit",   (S.draft, S.rejected), S.pending,  SALES_SIDE,   (is_its_side, has_lines, plans_add_up), (record_submission,), label=_l("Submit")),
    Step("withdraw", S.pending,             S.draft,    SALES_SIDE,   (is_its_side,),                     (), label=_l("Withdraw")),
    Step("approve",  S.pending,             S.approved, APPROVERS,    (not_own, is_its_approver),         (record_approval, reserve_stock, post_contract, sign_customer), label=_l("Approve"), form=SeenForm),
    Step("reject",   S.pending,             S.rejected, APPROVERS,    (not_own, is_its_approver),         (record_rejection,), label=_l("Reject"), form=ReasonForm, danger=True),
    Step("revoke",   S.approved,            S.draft,    APPROVERS,    (was_approver_or_boss, is_not_stopped, nothing_issued, nothing_received), (cancel_draft_issues, release_stock, reverse_contract, forget_approval, unsign_customer), label=_l("Revoke approval"), danger=True),
    Step("plan",     (S.draft, S.rejected, S.approved), None, SALES_SIDE, (is_its_side, is_not_stopped),  (make_plan,), label=_l("Payment plan"), form=PlanForm),
    Step("issue",    S.approved,            None,       SALES_SIDE,   (is_its_side, is_not_stopped, consignee_known, something_left), (make_issue,), label=_l("Request issue"), form=IssueForm),
    Step("finish",   S.approved,            None,       SALES_SIDE,   (is_its_side, is_not_stopped, is_not_ended, is_not_paid_unshipped), (end_by_hand,), label=_l("End order"), form=EndForm, tells=still_open),
    Step("stop",     S.approved,            None,       SALES_SIDE,   (is_its_side, is_not_stopped, is_not_done, nothing_waits), (cancel_draft_issues, release_stock, stop_order), label=_l("Stop order"), form=ReasonForm, danger=True),
    Step("reopen",   S.approved,            None,       SALES_SIDE,   (is_its_side, is_not_executing),    (reopen_order,), label=_l("Reopen")),
    manual="8.7",
)
# fmt: on
