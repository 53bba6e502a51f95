"""销售订单 The sales order on paper. Manual 8.4, 8.7; spec.md §8."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor
from app.models.document import ApprovalState
from app.models.money.payment import PaymentPlan
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.printing.customers.customer import customer_party
from app.printing.paper import Instalment, PaperLine, SalesOrderPaper, our_company
from app.printing.pdf import render_pdf
from app.printing.shown import SHOWN
from app.security.policy import require_visible, visible

_ROWS = (
    joinedload(SalesOrder.customer),
    joinedload(SalesOrder.contact),
    joinedload(SalesOrder.owner),
    joinedload(SalesOrder.settlement),
    joinedload(SalesOrder.shipping_method),
    selectinload(SalesOrder.lines).joinedload(SalesOrderLine.product).joinedload(Product.unit),
)


def sales_order_paper(session: Session, order_id: int, actor: Actor) -> SalesOrderPaper:
    """What the paper says of one order this actor may see.

    errors  NotFound
    """
    order: SalesOrder = require_visible(session, SalesOrder, order_id, actor, options=_ROWS)
    return SalesOrderPaper(
        number=order.number,
        subject=order.subject,
        signed_on=order.signed_on,
        latest_ship_on=order.latest_ship_on,
        seller=our_company(session, person=order.owner.name),
        buyer=customer_party(order.customer, person=order.contact.name if order.contact else ""),
        lines=[_line(line) for line in order.lines],
        total=order.total,
        tax_total=order.tax_total,
        is_approved=order.state is ApprovalState.approved,
        settlement=str(order.settlement or ""),
        shipping_method=str(order.shipping_method or ""),
        consignee=order.consignee or "",
        consignee_phone=order.consignee_phone or "",
        consignee_address=order.consignee_address or "",
        remark=order.remark or "",
        instalments=instalments(session, order, actor),
    )


def sales_order_pdf(paper: SalesOrderPaper) -> bytes:
    """One order as a PDF; before approval every page carries a watermark."""
    return render_pdf("printing/sales_order.html", paper=paper, shown=SHOWN)


def instalments(session: Session, order: SalesOrder, actor: Actor) -> list[Instalment]:
    """One per instalment of the payment plan, by due date."""
    query = visible(sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == order.id), PaymentPlan, actor)
    plans = session.scalars(query.order_by(PaymentPlan.serial))
    return [Instalment(plan.serial, plan.due_on, plan.amount) for plan in plans]


def _line(line: SalesOrderLine) -> PaperLine:
    return PaperLine(
        position=line.position,
        number=line.product.number,
        name=line.product.name,
        model=line.product.model,
        unit=str(line.product.unit),
        quantity=line.quantity,
        unit_price=line.unit_price,
        tax_rate=line.tax_rate,
        amount=line.amount,
        remark=line.remark or "",
    )
