"""回款流程 Payments: finance records, prepayments find their order, mistakes are voided. Manual 8.7, 8.14."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

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
from app.models.money.payment import Payment, PaymentAllocation, PaymentPlan, PaymentState, ReceivableKind
from app.models.sales.sales_order import SalesOrder
from app.security.policy import require_visible
from app.security.roles import R
from app.workflows.forms import ReasonForm
from app.workflows.money.payment_forms import AssignForm, RefundForm, UnassignForm
from app.workflows.money.receivable import post_receivable
from app.workflows.money.receiving_account import require_in_use
from app.workflows.money.refund import refund_prepayment
from app.workflows.money.settling import settle_anew


class PaymentEntry(Entry):
    """Manual 8.14: date, amount and method are required; an order must be approved before money is booked on it."""

    model = Payment
    writable = (
        "customer", "sales_order", "plan", "amount", "method", "received_on", "account", "bank_serial", "salesperson",
        "prepayment", "remark",
    )  # fmt: skip
    create_only = writable[:-1]
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
        require_in_use(row.account)
        row.bank_serial = row.bank_serial or None
        row.left, row.refunded = row.amount, ZERO
        row.number = next_number(session, Payment)

    def created(self, session: Session, row: Payment, values: Mapping[str, Any], actor: Actor) -> None:
        move = Move(row, actor, session)
        order = row.sales_order
        change = ZERO
        if order is not None and order.receivable > 0:
            change = allocate(session, row, order, min(row.amount, order.receivable), row.plan)
        post_receivable(
            move, ReceivableKind.payment, order, row.customer_id, on=row.received_on,
            salesperson_id=row.salesperson_id, received=row.amount, plan_open=change,
        )  # fmt: skip
        session.flush()


def require_bookable(order: SalesOrder, amount: Decimal, *, prepayment: bool) -> None:
    """See that an order takes this money: it is approved, and so much is due on it. What is over stays prepaid.

    errors  Refused "order_not_approved" (§8.7); "overpaid" unless it is a prepayment
    """
    if order.state is not ApprovalState.approved:
        text = _("Order %(number)s is not approved, so no money can be booked on it.", number=order.number)
        raise Refused("order_not_approved", text, field="sales_order")
    if amount > order.receivable and not prepayment:
        text = _(
            "Only %(left)s are still due on order %(number)s. Mark the payment as a prepayment to book more.",
            left=f"¥{max(order.receivable, ZERO):,.2f}", number=order.number,
        )  # fmt: skip
        raise Refused("overpaid", text, field="amount")


def allocate(
    session: Session, payment: Payment, order: SalesOrder, amount: Decimal, chosen: PaymentPlan | None
) -> Decimal:
    """Let a part of a payment, yuan, pay for an order that the transaction holds.

    returns  by how much what the order's instalments still ask for has changed, yuan
    """
    payment.allocations.append(PaymentAllocation(sales_order_id=order.id, chosen_plan=chosen, plan=None, amount=amount))
    payment.left -= amount
    return settle_anew(session, order, received=amount)


def held_orders(session: Session, keys: Iterable[int]) -> dict[int, SalesOrder]:
    """Return orders by their keys, held in the order of these, so that two payments never wait for one another."""
    orders = {key: session.get_one(SalesOrder, key) for key in sorted(set(keys))}
    for order in orders.values():
        hold(session, order)
    return orders


# Guards


def nothing_refunded(payment: Payment, actor: Actor) -> AppError | None:
    """Nothing of the payment has been given back."""
    if not payment.refunded:
        return None
    return Refused("depends", _("Part of this payment has been refunded. Void the refund first."))


def something_is_left(payment: Payment, actor: Actor) -> AppError | None:
    """Part of the payment pays nothing yet."""
    if payment.left > 0:
        return None
    return Refused("nothing_left", _("The whole payment is assigned already."))


def something_is_assigned(payment: Payment, actor: Actor) -> AppError | None:
    """Part of the payment pays for an order."""
    if payment.allocations:
        return None
    return Refused("not_assigned", _("Nothing of this payment is assigned."))


def is_finance(payment: Payment, actor: Actor) -> AppError | None:
    """The actor works in finance. Manual 8.14."""
    if actor.is_any(R.finance):
        return None
    return NotAllowed("not_allowed", _("Only finance may do this."))


# Effects


def take_payment_back(move: Move) -> None:
    """Post the opposite of the payment; what it covered is settled anew with the money that is left."""
    payment = move.document
    change = _unallocate(move, lambda _allocation: True)
    payment.left = ZERO
    payment.void_reason = move.form["reason"]
    post_receivable(
        move, ReceivableKind.payment_voided, payment.sales_order, payment.customer_id, on=payment.received_on,
        salesperson_id=payment.salesperson_id, received=-payment.amount, plan_open=change,
    )  # fmt: skip


def _unallocate(move: Move, is_meant: Callable[[PaymentAllocation], bool]) -> Decimal:
    """Take the allocations that are meant away; returns the change of what instalments still ask for, yuan.

    errors  Refused "depends" where the order has given back money that it would lack then
    """
    payment, session = move.document, move.session
    orders = held_orders(session, (row.sales_order_id for row in payment.allocations if is_meant(row)))
    session.refresh(payment, ["allocations"])  # Whoever held an order before may have settled it anew.
    sums: dict[int, Decimal] = {}
    for row in [row for row in payment.allocations if is_meant(row)]:
        sums[row.sales_order_id] = sums.get(row.sales_order_id, ZERO) + row.amount
        payment.allocations.remove(row)
    change = ZERO
    for key, amount in sums.items():
        order = orders[key]
        if order.received - amount < order.refunded:
            text = _("Order %(number)s has given this money back. Void its refund first.", number=order.number)
            raise Refused("depends", text)
        payment.left += amount
        change += settle_anew(session, order, received=-amount)
    return change


def assign_to_order(move: Move) -> None:
    """What is left of a payment, or a part of it, pays for an order: the customer's receivable stays as it is."""
    payment, session, form = move.document, move.session, move.form
    order = require_visible(session, SalesOrder, form["sales_order"], move.actor)
    order = held_orders(session, [order.id])[order.id]
    if order.customer_id != payment.customer_id:
        raise Refused("customer_mismatch", _("The order belongs to another customer."), field="sales_order")
    due = max(order.receivable, ZERO)
    amount = form.get("amount") or min(payment.left, due)
    if amount > payment.left:
        text = _("Only %(left)s of this payment are still prepaid.", left=f"¥{payment.left:,.2f}")
        raise Refused("too_much", text, field="amount")
    require_bookable(order, amount or payment.left, prepayment=False)
    chosen = session.get(PaymentPlan, form["plan"]) if form.get("plan") else None
    if form.get("plan") and (chosen is None or chosen.sales_order_id != order.id):
        raise invalid("plan", _("This instalment belongs to another order."))
    change = allocate(session, payment, order, amount, chosen)
    if payment.sales_order is None:
        payment.sales_order, payment.plan = order, chosen
    post_receivable(move, ReceivableKind.payment_assigned, order, payment.customer_id, plan_open=change)


def take_assignment_back(move: Move) -> None:
    """One allocation is prepaid money again.

    errors  Refused "invalid" when the payment has no such allocation; "depends"
    """
    payment, key = move.document, move.form["allocation"]
    order = next((row.sales_order for row in payment.allocations if row.id == key), None)
    if order is None:
        raise invalid("allocation", _("This payment has no such allocation."))
    change = _unallocate(move, lambda row: row.id == key)
    if payment.sales_order_id == order.id and not any(row.sales_order_id == order.id for row in payment.allocations):
        first = payment.allocations[0] if payment.allocations else None
        payment.sales_order = first.sales_order if first is not None else None
        payment.plan = first.chosen_plan if first is not None else None
    post_receivable(move, ReceivableKind.payment_unassigned, order, payment.customer_id, plan_open=change)


S = PaymentState
# fmt: off
PAYMENT = Workflow(Payment, S,
    #    action      from        to        default roles guards                               effects
    Step("assign",   S.recorded, None,     (R.finance,), (is_finance, something_is_left),     (assign_to_order,),      label=_l("Assign to an order"), form=AssignForm),
    Step("unassign", S.recorded, None,     (R.finance,), (is_finance, something_is_assigned), (take_assignment_back,), label=_l("Take assignment back"), form=UnassignForm, danger=True),
    Step("refund",   S.recorded, None,     (R.finance,), (is_finance, something_is_left),     (refund_prepayment,),    label=_l("Refund"), form=RefundForm),
    Step("void",     S.recorded, S.voided, (R.finance,), (is_finance, nothing_refunded),      (take_payment_back,),    label=_l("Void"), form=ReasonForm, danger=True),
    manual="8.14",
)
# fmt: on
