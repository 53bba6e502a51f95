"""退款流程 Refunds: an order gives back what it has too much of, a payment what is still prepaid. Manual 8.13, 8.14."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.locks import hold
from app.core.db.types import ZERO
from app.core.errors import AppError, Refused
from app.core.flow.workflow import Move, Step, Workflow
from app.core.record.entry import Entry
from app.core.record.numbering import next_number
from app.models.money.payment import ReceivableKind
from app.models.money.receiving_account import ReceivingAccount
from app.models.money.refund import Refund, RefundState
from app.models.sales.sales_order import SalesOrder
from app.security.dictionaries import item_named
from app.security.policy import require_visible
from app.security.roles import R
from app.workflows.forms import ReasonForm
from app.workflows.money.receivable import post_receivable
from app.workflows.money.receiving_account import require_in_use
from app.workflows.money.settling import settle_anew


class RefundEntry(Entry):
    """Steps make refunds; nobody writes one by hand."""

    model = Refund
    deletable_states = ()


# Guards


def owes_back(order: SalesOrder, actor: Actor) -> AppError | None:
    """More has been received on the order than it counts with."""
    if order.receivable < 0:
        return None
    return Refused("nothing_to_refund", _("Nothing is to be given back on this order."))


# Effects


def refund_order(move: Move) -> None:
    """退款: what was received too much on an order is given back."""
    order = move.document
    refund = _made(move, -order.receivable, customer_id=order.customer_id, sales_order_id=order.id)
    _follow(move, order, refund, refund.amount)


def refund_prepayment(move: Move) -> None:
    """退款: what is still prepaid of a payment is given back."""
    payment = move.document
    refund = _made(move, payment.left, customer_id=payment.customer_id, payment_id=payment.id)
    payment.left -= refund.amount
    payment.refunded += refund.amount
    _post(move, None, refund, refund.amount)


def _made(move: Move, most: Decimal, **of: Any) -> Refund:
    """Return the refund that the form asks for.

    errors  Refused "too_much" above what may be given back
    """
    session, form = move.session, move.form
    amount = form.get("amount") or most
    if amount > most:
        raise Refused("too_much", _("At most %(most)s can be given back.", most=f"¥{most:,.2f}"), field="amount")
    key = form.get("account")
    account = require_visible(session, ReceivingAccount, key, move.actor) if key else None
    require_in_use(account)
    refund = Refund(
        number=next_number(session, Refund), amount=amount, account=account, remark=form.get("remark"),
        method=item_named(session, "payment_method", form["method"], "method"),
        refunded_on=form.get("refunded_on") or today(), **of,
    )  # fmt: skip
    session.add(refund)
    session.flush()
    move.created.append(refund)
    return refund


def take_refund_back(move: Move) -> None:
    """Post the opposite of the refund: the order or the payment has its money again."""
    refund, session = move.document, move.session
    refund.void_reason = move.form["reason"]
    if refund.sales_order_id is None:
        payment = refund.payment
        hold(session, payment)
        payment.left += refund.amount
        payment.refunded -= refund.amount
        _post(move, None, refund, -refund.amount)
        return
    hold(session, refund.sales_order)
    _follow(move, refund.sales_order, refund, -refund.amount)


def _follow(move: Move, order: SalesOrder, refund: Refund, amount: Decimal) -> None:
    _post(move, order, refund, amount, settle_anew(move.session, order, refunded=amount))


def _post(move: Move, order: SalesOrder | None, refund: Refund, amount: Decimal, change: Decimal = ZERO) -> None:
    kind = ReceivableKind.refund if amount > 0 else ReceivableKind.refund_voided
    post_receivable(
        move, kind, order, refund.customer_id, document=refund, on=refund.refunded_on,
        salesperson_id=refund.payment.salesperson_id if refund.payment else None, refunded=amount, plan_open=change,
    )  # fmt: skip


S = RefundState
# fmt: off
REFUND = Workflow(Refund, S,
    #    action  from        to        default roles guards effects
    Step("void", S.recorded, S.voided, (R.finance,), (),    (take_refund_back,), label=_l("Void"), form=ReasonForm, danger=True),
    manual="8.14",
)
# fmt: on
