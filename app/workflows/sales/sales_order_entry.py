"""销售订单 How a sales order is written. Manual 8.4, 8.5. Its steps stand in `sales_order.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Refused, invalid
from app.models.money.payment import PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.workflows.customers.customer import require_own_side
from app.workflows.document import DocumentEntry


class SalesOrderEntry(DocumentEntry):
    """Six fields are required (manual 8.4): subject, customer, total (from the lines), two dates, owner."""

    model = SalesOrder
    create_only = ("customer",)

    def prepare(self, session: Session, row: SalesOrder, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        if new:
            row.owner = row.owner or row.customer.owner
        if new or "owner" in values:
            require_own_side(session, row.owner, actor)
        super().prepare(session, row, values, actor, new=new)
        if row.latest_ship_on < row.signed_on:
            text = _("The latest ship date lies before the signing date.")
            raise Refused("ships_before_signing", text, field="latest_ship_on")
        if row.contact is not None and row.contact.customer_id != row.customer.id:
            raise invalid("contact", _("The signer is a contact of another customer."))
        if not row.warehouse.is_active:
            raise invalid("warehouse", _("Please choose a warehouse that is in use."))

    def deleting(self, session: Session, row: SalesOrder, actor: Actor) -> None:
        for plan in session.scalars(sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == row.id)):
            session.delete(plan)
        session.flush()
