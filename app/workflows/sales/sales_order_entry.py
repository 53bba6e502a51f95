"""销售订单 How a sales order is written: header and lines in one save. Manual 8.4, 8.5, 10.9.

Its steps stand in `sales_order.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.db.types import ZERO
from app.core.errors import AppError, NotFound, Refused, invalid
from app.core.money import line_amount, tax_in
from app.core.record.entry import Entry
from app.core.record.numbering import next_number
from app.models.money.payment import PaymentPlan
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.models.stock.stock import Warehouse
from app.security.dictionaries import default_item, required_default
from app.security.policy import require_write
from app.workflows.customers.customer import require_own_side

MOST_LINES = 2000
SalesOrder.__searched__ = ("number", "subject", "customer.name")


def main_warehouse(session: Session) -> Warehouse:
    """The firm's main warehouse, else the first in use.

    errors  Refused "no_warehouse" when there is none
    """
    query = sa.select(Warehouse).where(Warehouse.is_active).order_by(Warehouse.is_main.desc(), Warehouse.id)
    found = session.scalars(query).first()
    if found is None:
        raise Refused("no_warehouse", _("Please set up a warehouse first."), field="warehouse")
    return found


def default_tax_rate(session: Session) -> Decimal:
    """The rate of the dictionary's default item: 13% → 0.13."""
    item = default_item(session, "tax_rate")
    return rate_of(item.label) if item else ZERO


def rate_of(label: str) -> Decimal:
    """A rate as its label says it: "13%" → 0.13, "0" → 0."""
    text = label.strip()
    return Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


class SalesOrderEntry(Entry):
    """Six fields are required (manual 8.4): subject, customer, total (from the lines), two dates, owner."""

    model = SalesOrder
    writable = (
        "customer", "subject", "category", "signed_on", "latest_ship_on", "owner", "warehouse", "contact", "settlement",
        "shipping_method", "consignee", "consignee_phone", "consignee_address", "remark", "lines",
    )  # fmt: skip
    create_only = ("customer",)
    optional = ("category", "owner", "warehouse")
    line_fields = ("product", "quantity", "unit_price", "tax_rate", "remark")
    line_required = ("product", "quantity", "unit_price")
    deletable_states = ("draft",)

    def prepare(self, session: Session, row: SalesOrder, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        row.subject = (row.subject or "").strip()
        if new:
            row.owner = row.owner or row.customer.owner
            row.category = row.category or required_default(session, "order_category")
            row.warehouse = row.warehouse or main_warehouse(session)
            row.total = row.tax_total = row.received = row.receivable = row.shipped_amount = ZERO
        self._require_head(row)
        if new or "owner" in values:
            require_own_side(session, row.owner, actor)
        if new or "lines" in values:
            set_lines(session, row, values.get("lines") or [])
        if new:
            row.number = next_number(session, SalesOrder)

    def _require_head(self, row: SalesOrder) -> None:
        if not row.subject:
            raise invalid("subject", _("Please give the order a subject."))
        if row.latest_ship_on < row.signed_on:
            text = _("The latest ship date lies before the signing date.")
            raise Refused("ships_before_signing", text, field="latest_ship_on")
        if row.contact is not None and row.contact.customer_id != row.customer.id:
            raise invalid("contact", _("The signer is a contact of another customer."))
        if not row.warehouse.is_active:
            raise invalid("warehouse", _("Please choose a warehouse that is in use."))

    def require_writable(self, session: Session, row: SalesOrder, actor: Actor) -> None:
        require_write(session, row, actor, _("Only its owner or someone above may change this order."))

    def deleting(self, session: Session, row: SalesOrder, actor: Actor) -> None:
        for plan in session.scalars(sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == row.id)):
            session.delete(plan)
        session.flush()


def set_lines(session: Session, order: SalesOrder, wanted: list[dict[str, Any]]) -> None:
    """Replace the lines: with id changed, without id new, absent removed; totals follow. Yuan, tax included.

    errors  Refused "no_lines", "discontinued", "invalid"; NotFound for a line of another order
    """
    if not wanted:
        raise Refused("no_lines", _("The order has no lines."), field="lines")
    if len(wanted) > MOST_LINES:
        raise Refused("invalid", _("An order takes at most %(n)s lines.", n=MOST_LINES), field="lines")
    present = {line.id: line for line in order.lines}
    rate = default_tax_rate(session)
    lines = []
    for position, values in enumerate(wanted, 1):
        line = _line_of(present, values, position)
        _fill_line(line, values, position, rate)
        lines.append(line)
    if set(order.lines) != set(lines) or any(session.is_modified(line) for line in lines):
        order.changed_at = utc_now()  # lines alone are a change of their order, and of its version
    order.lines = lines
    order.total = sum((line.amount for line in lines), ZERO)
    order.tax_total = sum((line.tax for line in lines), ZERO)


def _line_of(present: dict[int, SalesOrderLine], values: Mapping[str, Any], position: int) -> SalesOrderLine:
    line_id = values.get("id")
    if line_id is None:
        return SalesOrderLine(issued=ZERO, shipped=ZERO, shipped_amount=ZERO)
    line = present.pop(line_id, None)
    if line is None:
        text = _("Line %(n)s is not a line of this order.", n=position)
        raise NotFound("not_found", text, field=f"lines.{position - 1}.id")
    return line


def _fill_line(line: SalesOrderLine, values: Mapping[str, Any], position: int, default_rate: Decimal) -> None:
    product = values.get("product") or line.product
    quantity = values.get("quantity", line.quantity)
    unit_price = values.get("unit_price", line.unit_price)
    for name, value in (("product", product), ("quantity", quantity), ("unit_price", unit_price)):
        if value is None:
            raise line_error(position, name, _("Line %(n)s: please fill in everything.", n=position))
    if quantity <= 0:
        raise line_error(position, "quantity", _("Line %(n)s: the quantity must be more than zero.", n=position))
    if unit_price < 0:
        raise line_error(position, "unit_price", _("Line %(n)s: the price cannot be negative.", n=position))
    if line.product is not product:
        if product.discontinued:
            text = _("Line %(n)s: %(product)s is discontinued.", n=position, product=str(product))
            raise Refused("discontinued", text, field=f"lines.{position - 1}.product")
        line.product = product
        line.list_price = product.list_price
    line.position = position
    line.quantity, line.unit_price = quantity, unit_price
    rate = values.get("tax_rate")
    line.tax_rate = rate if rate is not None else line.tax_rate if line.tax_rate is not None else default_rate
    line.amount = line_amount(quantity, unit_price)
    line.tax = tax_in(line.amount, line.tax_rate)
    if "remark" in values:
        line.remark = values["remark"]


def line_error(position: int, name: str, text: str) -> AppError:
    return Refused("invalid", text, field=f"lines.{position - 1}.{name}")
