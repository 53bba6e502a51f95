"""Checks of `crm verify`: plans, customers and orders follow their payments and the receivable ledger. Manual 8.14."""

from __future__ import annotations

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
    PaymentPlan,
    PaymentState,
    PlanSettlement,
    ReceivableLedgerEntry,
)
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.workflows.money.payment_plan import plan_status


@check
def customers_follow_their_documents(session: Session) -> Iterator[str]:
    """The five figures of every customer, in batches by key. Manual 8.14."""
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
        moved = {key for what in ("contract_value", "shipped_value", "received") for key in wanted[what]}
        for key in sorted(moved - known):
            if any(wanted[what].get(key) for what in ("contract_value", "shipped_value", "received")):
                yield f"customer_balance customer_id={key}: is missing"
        session.expunge_all()


def _customer_sums(session: Session, keys: tuple[int, int]) -> dict[str, dict[int, Decimal]]:
    """What the documents of these customers say about each figure."""
    ordered, paid = SalesOrder.customer_id.between(*keys), Payment.customer_id.between(*keys)
    counted = (SalesOrder.state == ApprovalState.approved, SalesOrder.status != OrderStatus.stopped)
    recorded = Payment.state == PaymentState.recorded
    due = sums(session, SalesOrder.customer_id, SalesOrder.receivable, ordered)
    loose = sums(session, Payment.customer_id, Payment.amount, paid, recorded, Payment.sales_order_id.is_(None))
    planned = (
        sa.select(PaymentPlan.customer_id, sa.func.sum(PaymentPlan.amount) - sa.func.sum(PaymentPlan.settled))
        .join(SalesOrder, SalesOrder.id == PaymentPlan.sales_order_id)
        .where(PaymentPlan.customer_id.between(*keys), *counted)
        .group_by(PaymentPlan.customer_id)
    )
    return {
        "contract_value": sums(session, SalesOrder.customer_id, SalesOrder.total, ordered, *counted),
        "shipped_value": sums(session, SalesOrder.customer_id, SalesOrder.shipped_amount, ordered),
        "plan_open": {key: value for key, value in session.execute(planned)},
        "received": sums(session, Payment.customer_id, Payment.amount, paid, recorded),
        "receivable": {key: due.get(key, ZERO) - loose.get(key, ZERO) for key in {*due, *loose}},
    }


@check
def plans_follow_their_payments(session: Session) -> Iterator[str]:
    """What each instalment has received, and its status. Manual 8.14."""
    columns = (PaymentPlan.id, PaymentPlan.amount, PaymentPlan.settled, PaymentPlan.status)
    for keys in batches(session, PaymentPlan.id):
        settled = sums(session, PlanSettlement.plan_id, PlanSettlement.amount, PlanSettlement.plan_id.between(*keys))
        plan: Any
        for plan in session.execute(sa.select(*columns).where(PaymentPlan.id.between(*keys)).order_by(PaymentPlan.id)):
            name = f"payment_plan {plan.id}"
            yield from differences(name, "settled", plan.settled, settled.get(plan.id, ZERO))
            yield from differences(name, "status", plan.status.value, plan_status(plan).value)


@check
def orders_follow_the_receivable_ledger(session: Session) -> Iterator[str]:
    """Contract value per order, from the ledger."""
    entry = ReceivableLedgerEntry
    columns = (SalesOrder.id, SalesOrder.number, SalesOrder.total, SalesOrder.state, SalesOrder.status)
    for keys in batches(session, SalesOrder.id):
        ledger = sums(session, entry.sales_order_id, entry.contract_value_change, entry.sales_order_id.between(*keys))
        for row in session.execute(sa.select(*columns).where(SalesOrder.id.between(*keys)).order_by(SalesOrder.id)):
            counts = row.state is ApprovalState.approved and row.status is not OrderStatus.stopped
            yield from differences(
                f"receivable_ledger_entry of {row.number}", "contract value",
                ledger.get(row.id, ZERO), row.total if counts else ZERO,
            )  # fmt: skip
