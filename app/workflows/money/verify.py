"""Checks of `crm verify`: plans, customers and orders follow their payments and the receivable ledger. Manual 8.14."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.core.ledger.verify import batches, check, differences, sums
from app.models.customers.customer import Customer
from app.models.document import ApprovalState
from app.models.money.payment import (
    CustomerBalance,
    Payment,
    PaymentAllocation,
    PaymentPlan,
    PaymentState,
    ReceivableLedgerEntry,
)
from app.models.money.refund import Refund, RefundState
from app.models.sales.sales_order import SalesOrder
from app.workflows.money.settling import IN_ORDER, pieces_of, plan_status, spread


@check
def customers_follow_their_documents(session: Session) -> Iterator[str]:
    """The six figures of every customer, in batches by key. Manual 8.14."""
    for keys in batches(session, Customer.id):
        wanted = _customer_sums(session, keys)
        known = set()
        balances = sa.select(CustomerBalance).where(CustomerBalance.customer_id.between(*keys))
        for balance in session.scalars(balances.order_by(CustomerBalance.customer_id)):
            known.add(balance.customer_id)
            for what, by_customer in wanted.items():
                found = by_customer.get(balance.customer_id, ZERO)
                name = f"customer_balance customer_id={balance.customer_id}"
                yield from differences(name, what, getattr(balance, what), found)
        moved = {key for what in _MOVED for key in wanted[what]}
        for key in sorted(moved - known):
            if any(wanted[what].get(key) for what in _MOVED):
                yield f"customer_balance customer_id={key}: is missing"
        session.expunge_all()


_MOVED = ("contract_value", "shipped_value", "received", "refunded")


def _customer_sums(session: Session, keys: tuple[int, int]) -> dict[str, dict[int, Decimal]]:
    """What the documents of these customers say about each figure."""
    ordered, paid = SalesOrder.customer_id.between(*keys), Payment.customer_id.between(*keys)
    recorded = Payment.state == PaymentState.recorded
    given = (Refund.customer_id.between(*keys), Refund.state == RefundState.recorded)
    found = {
        "contract_value": sums(session, SalesOrder.customer_id, SalesOrder.contract_value, ordered),
        "shipped_value": sums(session, SalesOrder.customer_id, SalesOrder.shipped_amount, ordered),
        "plan_open": _still_asked(session, keys),
        "received": sums(session, Payment.customer_id, Payment.amount, paid, recorded),
        "refunded": sums(session, Refund.customer_id, Refund.amount, *given),
    }
    due = sums(session, SalesOrder.customer_id, SalesOrder.receivable, ordered)
    prepaid = sums(session, Payment.customer_id, Payment.left, paid)
    return found | {"receivable": {key: due.get(key, ZERO) - prepaid.get(key, ZERO) for key in {*due, *prepaid}}}


def _still_asked(session: Session, keys: tuple[int, int]) -> dict[int, Decimal]:
    still = sa.func.sum(PaymentPlan.amount) - sa.func.sum(PaymentPlan.settled)
    query = (
        sa.select(PaymentPlan.customer_id, still)
        .join(SalesOrder, SalesOrder.id == PaymentPlan.sales_order_id)
        .where(PaymentPlan.customer_id.between(*keys), SalesOrder.state == ApprovalState.approved)
        .group_by(PaymentPlan.customer_id)
    )
    return {key: value for key, value in session.execute(query)}


@check
def payments_follow_their_allocations(session: Session) -> Iterator[str]:
    """What of each payment pays nothing yet, and what was given back of it. Manual 8.14."""
    columns = (Payment.id, Payment.number, Payment.amount, Payment.left, Payment.refunded, Payment.state)
    allocation, given = PaymentAllocation, Refund.payment_id
    for keys in batches(session, Payment.id):
        of = allocation.payment_id.between(*keys)
        allocated = sums(session, allocation.payment_id, allocation.amount, of)
        refunded = sums(session, given, Refund.amount, given.between(*keys), Refund.state == RefundState.recorded)
        for row in session.execute(sa.select(*columns).where(Payment.id.between(*keys)).order_by(Payment.id)):
            name = f"payment {row.number}"
            back, paid = refunded.get(row.id, ZERO), allocated.get(row.id, ZERO)
            yield from differences(name, "refunded", row.refunded, back)
            left = row.amount - paid - back if row.state is PaymentState.recorded else ZERO - paid
            yield from differences(name, "left", row.left, left)


@check
def instalments_are_settled_anew(session: Session) -> Iterator[str]:
    """Allocations, instalments and their statuses are what settling once more would make of them. Manual 8.14."""
    columns = (SalesOrder.id, SalesOrder.number, SalesOrder.state, SalesOrder.contract_value, SalesOrder.refunded)
    for keys in batches(session, SalesOrder.id):
        plans, rows = _plans(session, keys), _allocations(session, keys)
        order: Any
        for order in session.execute(sa.select(*columns).where(SalesOrder.id.between(*keys)).order_by(SalesOrder.id)):
            yield from _settled_otherwise(order, plans[order.id], rows[order.id])


def _settled_otherwise(order: Any, plans: list[Any], rows: list[Any]) -> Iterator[str]:
    name = f"sales_order {order.number}"
    wanted = spread({plan.id: plan.amount for plan in plans}, pieces_of(rows), order.refunded)
    found = {(row.payment_id, row.chosen_plan_id, row.plan_id): row.amount for row in rows}
    told = {(piece.payment_id, piece.chosen_plan_id, plan_id): amount for (piece, plan_id), amount in wanted.items()}
    yield from differences(name, "its allocations", found, told)
    covered: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for (_payment, _chosen, plan_id), amount in told.items():
        covered[plan_id] += amount
    for plan in plans:
        yield from differences(f"payment_plan {plan.id}", "settled", plan.settled, covered[plan.id])
        yield from differences(f"payment_plan {plan.id}", "status", plan.status.value, plan_status(plan).value)
    if plans and order.state is ApprovalState.approved:
        asked = sum((plan.amount for plan in plans), ZERO)
        yield from differences(name, "what its instalments ask for", asked, order.contract_value)


def _plans(session: Session, keys: tuple[int, int]) -> dict[int, list[Any]]:
    plan = PaymentPlan
    columns = (plan.id, plan.sales_order_id, plan.amount, plan.settled, plan.status)
    query = sa.select(*columns).where(plan.sales_order_id.between(*keys)).order_by(plan.due_on, plan.serial)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        found[row.sales_order_id].append(row)
    return found


def _allocations(session: Session, keys: tuple[int, int]) -> dict[int, list[Any]]:
    row = PaymentAllocation
    columns = (row.payment_id, row.sales_order_id, row.chosen_plan_id, row.plan_id, row.amount)
    query = sa.select(*columns).join(Payment).where(row.sales_order_id.between(*keys)).order_by(*IN_ORDER)
    found: dict[int, list[Any]] = defaultdict(list)
    for told in session.execute(query):
        found[told.sales_order_id].append(told)
    return found


@check
def orders_follow_the_receivable_ledger(session: Session) -> Iterator[str]:
    """Contract value per order, from the ledger."""
    entry = ReceivableLedgerEntry
    columns = (SalesOrder.id, SalesOrder.number, SalesOrder.contract_value)
    for keys in batches(session, SalesOrder.id):
        ledger = sums(session, entry.sales_order_id, entry.contract_value_change, entry.sales_order_id.between(*keys))
        for row in session.execute(sa.select(*columns).where(SalesOrder.id.between(*keys)).order_by(SalesOrder.id)):
            yield from differences(
                f"receivable_ledger_entry of {row.number}", "contract value",
                ledger.get(row.id, ZERO), row.contract_value,
            )  # fmt: skip
