"""核销 What the money of an order covers: what was chosen by hand stays, the rest covers the oldest first. Manual 8.14.

One function settles, anew after every change: a payment, an assignment, a voiding, an ending, a refund. What it leaves
behind depends only on the payments, the instalments and what was given back, not on the way there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.models.money.payment import Payment, PaymentAllocation, PaymentPlan, PlanStatus
from app.models.sales.sales_order import SalesOrder
from app.workflows.money.receivable import refresh_receivable
from app.workflows.sales.order_progress import refresh_status


@dataclass(frozen=True)
class Piece:
    """Money of one payment for one order, yuan, and the instalment that a person chose for it."""

    payment_id: int
    chosen_plan_id: int | None
    amount: Decimal


# What part of a piece covers which instalment; None is what covers nothing.
Spread = dict[tuple[Piece, int | None], Decimal]


def spread(asked: Mapping[int, Decimal], pieces: Sequence[Piece], given_back: Decimal = ZERO) -> Spread:
    """Return what each piece covers.

    asked       what each instalment asks for, yuan, the oldest first
    pieces      the money, the oldest first
    given_back  what was refunded of it; the latest money goes first
    """
    open_ = dict(asked)
    left = dict(zip(pieces, _without(pieces, given_back), strict=True))
    found: Spread = defaultdict(lambda: ZERO)

    def cover(piece: Piece, plan_id: int) -> None:
        part = min(left[piece], open_[plan_id])
        if part > 0:
            found[piece, plan_id] += part
            left[piece] -= part
            open_[plan_id] -= part

    for piece in pieces:
        if piece.chosen_plan_id in open_:
            cover(piece, piece.chosen_plan_id)
    for piece in pieces:
        for plan_id in open_:
            cover(piece, plan_id)
    for piece in pieces:
        rest = piece.amount - sum((found[piece, plan_id] for plan_id in open_ if (piece, plan_id) in found), ZERO)
        if rest > 0:
            found[piece, None] = rest
    return dict(found)


def _without(pieces: Sequence[Piece], given_back: Decimal) -> Iterator[Decimal]:
    """Yield what is left of each piece after the refund took from the latest ones."""
    kept = sum((piece.amount for piece in pieces), ZERO) - given_back
    for piece in pieces:
        part = min(piece.amount, max(kept, ZERO))
        kept -= part
        yield part


def settle(session: Session, order: SalesOrder, *, asked_in_all: Decimal | None = None) -> Decimal:
    """Let the money of an order cover its instalments anew. The caller holds the order.

    asked_in_all  what the instalments ask for from now on, yuan; the latest are cut first. As before when left out
    returns       by how much what its instalments still ask for has changed, yuan
    """
    session.flush()
    plans, rows = plans_of(session, order, held=True), _allocations(session, order)
    before = sum((plan.amount - plan.settled for plan in plans), ZERO)
    with session.no_autoflush:
        if asked_in_all is not None:
            _cut(plans, asked_in_all)
        wanted = spread({plan.id: plan.amount for plan in plans}, pieces_of(rows), order.refunded)
        covered: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
        for (_piece, plan_id), amount in wanted.items():
            covered[plan_id] += amount
        for plan in plans:
            plan.settled = covered[plan.id]
            plan.status = plan_status(plan)
        _write(session, order, rows, wanted)
    session.flush()
    return sum((plan.amount - plan.settled for plan in plans), ZERO) - before


def settle_anew(session: Session, order: SalesOrder, *, received: Decimal = ZERO, refunded: Decimal = ZERO) -> Decimal:
    """Let an order that the transaction holds follow money that came to it or was given back, yuan; undone below zero.

    returns  by how much what its instalments still ask for has changed, yuan
    """
    order.received += received
    order.refunded += refunded
    refresh_receivable(order)
    change = settle(session, order)
    refresh_status(order)
    return change


def _cut(plans: Sequence[PaymentPlan], asked_in_all: Decimal) -> None:
    over = max(sum((plan.amount + plan.cut for plan in plans), ZERO) - asked_in_all, ZERO)
    for plan in reversed(plans):
        whole = plan.amount + plan.cut
        plan.cut = min(whole, over)
        plan.amount = whole - plan.cut
        over -= plan.cut


def plans_of(session: Session, order: SalesOrder, *, held: bool = False) -> list[PaymentPlan]:
    """Return the instalments of an order, the oldest first; held, as they are once nobody else writes on them."""
    query = sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == order.id)
    query = query.order_by(PaymentPlan.due_on, PaymentPlan.serial)
    if held:
        query = query.with_for_update(of=PaymentPlan, key_share=True).execution_options(populate_existing=True)
    return list(session.scalars(query))


def _allocations(session: Session, order: SalesOrder) -> list[PaymentAllocation]:
    query = (
        sa.select(PaymentAllocation)
        .join(Payment, Payment.id == PaymentAllocation.payment_id)
        .where(PaymentAllocation.sales_order_id == order.id)
        .order_by(*IN_ORDER)
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))


# The order in which money covers: by the day it was received; what was chosen for an instalment before the rest.
IN_ORDER = (
    Payment.received_on, Payment.id, PaymentAllocation.chosen_plan_id.is_(None), PaymentAllocation.chosen_plan_id,
)  # fmt: skip


def pieces_of(rows: Sequence[Any]) -> list[Piece]:
    """Return the money behind allocations in their order, whatever each part of it covers now."""
    sums: dict[tuple[int, int | None], Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        sums[row.payment_id, row.chosen_plan_id] += row.amount
    return [Piece(payment_id, chosen, amount) for (payment_id, chosen), amount in sums.items()]


def _write(session: Session, order: SalesOrder, rows: Sequence[PaymentAllocation], wanted: Spread) -> None:
    """Let the rows say what is wanted; a row whose part is still there keeps its key."""
    known: dict[tuple[int, int | None, int | None], list[PaymentAllocation]] = defaultdict(list)
    for row in rows:
        known[row.payment_id, row.chosen_plan_id, row.plan_id].append(row)
    left = [(piece, plan_id, amount) for (piece, plan_id), amount in wanted.items()]
    new = []
    for piece, plan_id, amount in left:
        same = known.get((piece.payment_id, piece.chosen_plan_id, plan_id))
        if same:
            same.pop(0).amount = amount
        else:
            new.append((piece, plan_id, amount))
    spare = [row for same in known.values() for row in same]
    for piece, plan_id, amount in new:
        reused = next((row for row in spare if row.payment_id == piece.payment_id), None)
        if reused is None:
            session.add(
                PaymentAllocation(
                    payment_id=piece.payment_id,
                    sales_order_id=order.id,
                    chosen_plan_id=piece.chosen_plan_id,
                    plan_id=plan_id,
                    amount=amount,
                )  # fmt: skip
            )
        else:
            spare.remove(reused)
            reused.chosen_plan_id, reused.plan_id, reused.amount = piece.chosen_plan_id, plan_id, amount
    for row in spare:
        session.delete(row)


def plan_status(plan: PaymentPlan) -> PlanStatus:
    """未回, 部分回款, 已回, or 不再收取 where the ending of the order has left nothing to ask for."""
    if plan.amount == 0:
        return PlanStatus.dropped
    if plan.settled >= plan.amount:
        return PlanStatus.settled
    return PlanStatus.partly if plan.settled else PlanStatus.open
