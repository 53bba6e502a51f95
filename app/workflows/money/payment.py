"""回款流程 Payments: finance records, prepayments find their order, mistakes are voided. Manual 8.7, 8.14."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.locks import hold, reread
from app.core.db.types import ZERO
from app.core.errors import AppError, NotAllowed, Refused, invalid
from app.core.flow.workflow import Move, Step, Workflow
from app.core.record.entry import Entry
from app.core.record.numbering import next_number
from app.models.document import ApprovalState
from app.models.money.payment import Payment, PaymentPlan, PaymentState, PlanSettlement, ReceivableKind
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.security.policy import require_visible
from app.security.roles import R
from app.workflows.forms import ReasonForm
from app.workflows.money.payment_forms import AssignForm
from app.workflows.money.payment_plan import plan_status
from app.workflows.money.receivable import post_receivable
from app.workflows.sales.order_progress import refresh_status


class PaymentEntry(Entry):
    """Manual 8.14: date, amount and method are required; an order must be approved before money is booked on it."""

    model = Payment
    writable = (
        "customer", "sales_order", "plan", "amount", "method", "received_on", "salesperson", "prepayment", "remark",
    )  # fmt: skip
    create_only = ("customer", "sales_order", "plan", "amount", "method", "received_on", "salesperson", "prepayment")
    optional = ("salesperson",)
    deletable_states = ()

    def prepare(self, session: Session, row: Payment, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        if not new:
            return
        if row.amount <= 0:
            raise invalid("amount", _("An amount must be more than zero."))
        order = values.get("sales_order")
        if order is not None:
            with session.no_autoflush:
                reread(session, order)
            require_bookable(order, row.amount, prepayment=bool(row.prepayment))
            if order.customer_id != row.customer.id:
                raise Refused("customer_mismatch", _("The order belongs to another customer."), field="customer")
        row.prepayment = bool(row.prepayment) or order is None
        if row.plan is not None and (order is None or row.plan.sales_order_id != order.id):
            raise invalid("plan", _("This instalment belongs to another order."))
        row.salesperson = row.salesperson or (order.owner if order is not None else row.customer.owner)
        row.number = next_number(session, Payment)

    def created(self, session: Session, row: Payment, values: Mapping[str, Any], actor: Actor) -> None:
        move = Move(row, actor, session)
        order = row.sales_order
        covered = settle_plans(session, row, order, row.plan) if order is not None else ZERO
        if order is not None:
            order.received += row.amount
        post_receivable(
            move, ReceivableKind.payment, order, row.customer_id,
            received=row.amount, receivable=-row.amount, plan_open=-covered,
        )  # fmt: skip
        if order is not None:
            refresh_status(order)
        session.flush()


def require_bookable(order: SalesOrder, amount: Decimal, *, prepayment: bool) -> None:
    """errors  Refused "order_not_approved" (§8.7), "stopped", "overpaid" unless it is a prepayment"""
    if order.state is not ApprovalState.approved:
        text = _("Order %(number)s is not approved, so no money can be booked on it.", number=order.number)
        raise Refused("order_not_approved", text, field="sales_order")
    if order.status is OrderStatus.stopped:
        raise Refused("stopped", _("The order was stopped. Reopen it first."), field="sales_order")
    if amount > order.receivable and not prepayment:
        text = _(
            "Only %(left)s are still due on order %(number)s. Mark the payment as a prepayment to book more.",
            left=f"¥{order.receivable:,.2f}", number=order.number,
        )  # fmt: skip
        raise Refused("overpaid", text, field="amount")


def settle_plans(session: Session, payment: Payment, order: SalesOrder, chosen: PaymentPlan | None) -> Decimal:
    """Cover the chosen instalment, then the oldest; returns the yuan covered."""
    query = (
        sa.select(PaymentPlan)
        .where(PaymentPlan.sales_order_id == order.id, PaymentPlan.settled < PaymentPlan.amount)
        .order_by(PaymentPlan.due_on, PaymentPlan.serial)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    plans = sorted(session.scalars(query), key=lambda plan: plan is not chosen)
    left = payment.amount
    for plan in plans:
        part = min(left, plan.amount - plan.settled)
        if part <= 0:
            break
        plan.settled += part
        plan.status = plan_status(plan)
        session.add(PlanSettlement(plan_id=plan.id, payment_id=payment.id, amount=part))
        left -= part
    session.flush()
    return payment.amount - left


# Guards


def its_order_is_not_stopped(payment: Payment, actor: Actor) -> AppError | None:
    """The order, if any, was not stopped."""
    order = payment.sales_order
    if order is None or order.status is not OrderStatus.stopped:
        return None
    return Refused("stopped", _("The order was stopped. Reopen it first."))


def has_no_order(payment: Payment, actor: Actor) -> AppError | None:
    """The payment is not booked on an order yet."""
    return (
        None if payment.sales_order_id is None else Refused("has_order", _("The payment belongs to an order already."))
    )


# Effects


def take_payment_back(move: Move) -> None:
    """Post the opposite of the payment and uncover its instalments."""
    payment, session = move.document, move.session
    uncovered = ZERO
    query = (
        sa.select(PlanSettlement.plan_id, sa.func.sum(PlanSettlement.amount))
        .where(PlanSettlement.payment_id == payment.id)
        .group_by(PlanSettlement.plan_id)
    )
    for plan_id, amount in session.execute(query).all():
        plan = session.get_one(PaymentPlan, plan_id)
        hold(session, plan)
        plan.settled -= amount
        plan.status = plan_status(plan)
        session.add(PlanSettlement(plan_id=plan_id, payment_id=payment.id, amount=-amount))
        uncovered += amount
    order = payment.sales_order
    if order is not None:
        order.received -= payment.amount
    payment.void_reason = move.form["reason"]
    post_receivable(
        move, ReceivableKind.payment_voided, order, payment.customer_id,
        received=-payment.amount, receivable=payment.amount, plan_open=uncovered,
    )  # fmt: skip
    if order is not None:
        refresh_status(order)


def book_on_order(move: Move) -> None:
    """A prepayment finds its order: the order is paid, the customer's receivable stays as it is. spec.md §8."""
    payment, session = move.document, move.session
    order = require_visible(session, SalesOrder, move.form["sales_order"], move.actor)
    hold(session, order)
    if order.customer_id != payment.customer_id:
        raise Refused("customer_mismatch", _("The order belongs to another customer."), field="sales_order")
    require_bookable(order, payment.amount, prepayment=False)
    payment.sales_order = order
    covered = settle_plans(session, payment, order, None)
    order.received += payment.amount
    order.receivable -= payment.amount
    post_receivable(move, ReceivableKind.payment_assigned, None, payment.customer_id, plan_open=-covered)
    refresh_status(order)


def is_finance(payment: Payment, actor: Actor) -> AppError | None:
    """The actor works in finance. Manual 8.14."""
    if actor.is_any(R.finance):
        return None
    return NotAllowed("not_allowed", _("Only finance may do this."))


S = PaymentState
# fmt: off
PAYMENT = Workflow(Payment, S,
    #    action    from        to        default roles guards                                  effects
    Step("assign", S.recorded, None,     (R.finance,), (is_finance, has_no_order),             (book_on_order,),     label=_l("Assign to an order"), form=AssignForm),
    Step("void",   S.recorded, S.voided, (R.finance,), (is_finance, its_order_is_not_stopped), (take_payment_back,), label=_l("Void"), form=ReasonForm, danger=True),
    manual="8.14", above=("sales_order",),
)
# fmt: on
