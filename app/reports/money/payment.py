"""回款录入 What finance chooses from when money has come in. Manual 8.14."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotAllowed, no_such_row
from app.core.search.index import matches
from app.models.customers.customer import Customer
from app.models.document import ApprovalState
from app.models.money.payment import STILL_ASKED, Payment, PaymentAllocation, PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.models.system.setting import DictionaryItem
from app.reports.sales.lists import plan_is_open, plan_is_overdue
from app.security.policy import visible

FOUND = 20


def require_recorder(actor: Actor, text: Any) -> None:
    """errors  NotAllowed without the right to record money"""
    if not actor.may("create", Payment):
        raise NotAllowed("not_allowed", text)


def owing_orders(session: Session, query: str, customer_id: int | None, actor: Actor) -> list[sa.Row[Any]]:
    """(id, number, subject, customer, receivable) of approved orders on which money is due, by number or customer."""
    order = SalesOrder
    found = (
        sa.select(order.id, order.number, order.subject, Customer.name.label("customer"), order.receivable)
        .join(Customer, Customer.id == order.customer_id)
        .where(
            order.state == ApprovalState.approved, order.receivable > 0,
            matches(order, query),
        )
    )  # fmt: skip
    if customer_id:
        found = found.where(order.customer_id == customer_id)
    return list(session.execute(visible(found, order, actor).order_by(order.id.desc()).limit(FOUND)))


def open_plans(session: Session, order_id: int, actor: Actor) -> list[PaymentPlan]:
    """Instalments of an order that are not paid in full, oldest first; yuan."""
    query = sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == order_id, PaymentPlan.status.in_(STILL_ASKED))
    ordered = query.order_by(PaymentPlan.due_on, PaymentPlan.serial)
    return list(session.scalars(visible(ordered, PaymentPlan, actor)))


def allocations_of(session: Session, payment: Payment) -> list[PaymentAllocation]:
    """What a payment pays: order, the instalment that is covered and the one that was chosen, amount in yuan."""
    options = [joinedload(getattr(PaymentAllocation, name)) for name in ("sales_order", "plan", "chosen_plan")]
    query = sa.select(PaymentAllocation).where(PaymentAllocation.payment_id == payment.id)
    return list(session.scalars(query.options(*options).order_by(PaymentAllocation.id)))


def settled_on(session: Session, plan: PaymentPlan, actor: Actor) -> list[sa.Row[Any]]:
    """(id, number, received on, method, covered) of the visible payments that cover an instalment; yuan."""
    covered = sa.func.sum(PaymentAllocation.amount)
    told = (Payment.id, Payment.number, Payment.received_on, DictionaryItem.label)
    query = (
        sa.select(*told, covered.label("covered"))
        .join(PaymentAllocation, PaymentAllocation.payment_id == Payment.id)
        .join(DictionaryItem, DictionaryItem.id == Payment.method_id)
        .where(PaymentAllocation.plan_id == plan.id)
        .group_by(*told)
        .order_by(Payment.received_on, Payment.id)
    )
    return list(session.execute(visible(query, Payment, actor)))


def instalments(session: Session, plan_ids: Sequence[int], actor: Actor) -> dict[int, sa.Row[Any]]:
    """Key of a plan the actor was shown → (id, order number, serial, due on, is open: money is to come)."""
    plan = PaymentPlan
    query = sa.select(
        plan.id, SalesOrder.number, plan.serial, plan.due_on, sa.and_(plan_is_open(actor), sa.true()).label("is_open")
    ).join(SalesOrder, SalesOrder.id == plan.sales_order_id)
    rows: list[sa.Row[Any]] = list(session.execute(query.where(plan.id.in_(plan_ids))))
    return {row.id: row for row in rows}


def late_payers(session: Session, customer_ids: Sequence[int], actor: Actor) -> set[int]:
    """Those of the customers of whom money is overdue."""
    query = sa.select(PaymentPlan.customer_id).where(PaymentPlan.customer_id.in_(customer_ids), plan_is_overdue(actor))
    return set(session.scalars(query.distinct()))


def order_to_pay(session: Session, order_id: int, actor: Actor) -> SalesOrder:
    """The order money is recorded on, with its customer and owner. errors  NotFound"""
    query = sa.select(SalesOrder).where(SalesOrder.id == order_id)
    options = (joinedload(SalesOrder.customer), joinedload(SalesOrder.owner))
    found: SalesOrder | None = session.scalars(visible(query, SalesOrder, actor).options(*options)).first()
    if found is None:
        raise no_such_row()
    return found
