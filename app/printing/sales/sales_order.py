"""销售订单 The sales order on paper. Manual 8.4, 8.7; spec.md §8."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paper import Fact, Paper, declare_paper
from app.models.money.payment import PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.printing.formats import FORMATS
from app.printing.party import party_of
from app.security.policy import visible


def buyer_name(order: SalesOrder, session: Session, actor: Actor) -> str:
    """As the invoice will name it."""
    return party_of(order.customer).name


def payment_plan(order: SalesOrder, session: Session, actor: Actor) -> str | None:
    """The instalments by due date, as far as this person may see them; None when none are agreed on."""
    query = visible(sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == order.id), PaymentPlan, actor)
    instalments = [
        _(
            "No. %(serial)s, %(day)s, ¥%(amount)s",
            serial=plan.serial, day=FORMATS.day(plan.due_on), amount=FORMATS.money(plan.amount),
        )
        for plan in session.scalars(query.order_by(PaymentPlan.serial))
    ]  # fmt: skip
    return "；".join(instalments) or None


declare_paper(SalesOrder, Paper(
    title=_l("Sales order"),
    facts=(
        "number", "signed_on", Fact(buyer_name, _l("Buying party")), Fact("contact", _l("Buyer's contact")),
        "subject", Fact("owner", _l("Salesperson")),
    ),
    terms=(
        "settlement", Fact(payment_plan, _l("Payment plan"), wide=True), "latest_ship_on", "shipping_method",
        "consignee", "consignee_phone", "consignee_address",
    ),
))  # fmt: skip
