"""回款计划 The smart payment plan: instalments that add up to the order exactly. Manual 8.14."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, object_session

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.errors import AppError, Refused
from app.core.flow.workflow import Move
from app.core.ledger.books import require_days
from app.core.money import CENT
from app.models.document import ApprovalState
from app.models.money.payment import Payment, PaymentAllocation, PaymentPlan, ReceivableKind
from app.models.sales.sales_order import SalesOrder
from app.workflows.money.receivable import post_receivable
from app.workflows.money.settling import plans_of, settle
from app.workflows.sales.order_progress import open_plan_amount


def instalments_of(total: Decimal, count: int, ratios: Sequence[Decimal] | None = None) -> list[Decimal]:
    """Yuan per instalment: equal or by ratio (percent), cut to the cent; the last takes the rest.

    errors  Refused "invalid" when the ratios are not one per instalment or not 100 in all, or a part is no cent
    """
    if ratios and (len(ratios) != count or sum(ratios) != 100):
        raise Refused("invalid", _("Give one ratio per instalment, 100 percent in all."), field="ratios")
    whole = [total * ratio / 100 for ratio in ratios] if ratios else [total / count] * count
    parts = [part.quantize(CENT, ROUND_DOWN) for part in whole[:-1]]
    parts.append(total - sum(parts, ZERO))
    if any(part <= 0 for part in parts):
        raise Refused("invalid", _("The amount is too small for so many instalments."), field="instalments")
    return parts


def make_plan(move: Move) -> None:
    """Replace the order's instalments; sums exactly to its total. Manual 8.14."""
    order, session, form = move.document, move.session, move.form
    present = plans_of(session, order, held=True)
    if any(plan.settled for plan in present):
        raise Refused("settled", _("Money has been received on this plan already, so it cannot be made anew."))
    amounts = instalments_of(order.total, form["instalments"], form.get("ratios"))
    due = [_due_on(form["first_on"], form["interval_days"] * n) for n in range(len(amounts))]
    require_days(session, [("interval_days", _("Due date"), due[-1], "")])
    before = open_plan_amount(session, order)
    _take_away(session, present)
    plans = [
        PaymentPlan(
            customer_id=order.customer_id, sales_order_id=order.id, serial=serial, amount=amount, cut=ZERO,
            settled=ZERO, due_on=day,
        )
        for serial, (amount, day) in enumerate(zip(amounts, due, strict=True), 1)
    ]  # fmt: skip
    session.add_all(plans)
    session.flush()
    move.changes["plan"] = [str(before), [f"{plan.due_on} {plan.amount}" for plan in plans]]
    move.created.extend(plans)
    if order.state is ApprovalState.approved:
        change = order.total - before + settle(session, order)
        post_receivable(move, ReceivableKind.plan, order, order.customer_id, plan_open=change)


def _take_away(session: Session, plans: Sequence[PaymentPlan]) -> None:
    """Delete instalments that nothing covers, and forget that somebody chose them."""
    keys = [plan.id for plan in plans]
    for column in (Payment.plan_id, PaymentAllocation.chosen_plan_id):
        for row in session.scalars(sa.select(column.class_).where(column.in_(keys))):
            setattr(row, column.key, None)
    session.flush()
    for plan in plans:
        session.delete(plan)
    session.flush()


def _due_on(first: dt.date, days: int) -> dt.date:
    try:
        return first + dt.timedelta(days=days)
    except OverflowError as error:
        raise Refused("invalid", _("This date is too far away."), field="first_on") from error


def plans_add_up(order: SalesOrder, actor: Actor) -> AppError | None:
    """The instalments, when there are any, add up to the order's total. Manual 8.14."""
    session = object_session(order)
    if session is None:
        return None
    planned = open_plan_amount(session, order)
    if planned in (ZERO, order.total):
        return None
    text = _(
        "The payment plan adds up to %(planned)s, the order to %(total)s. Please make the plan anew.",
        planned=f"¥{planned:,.2f}", total=f"¥{order.total:,.2f}",
    )  # fmt: skip
    return Refused("plan_differs", text)
