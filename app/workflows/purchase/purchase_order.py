"""采购单流程 How purchase orders are written, approved and sent to the warehouse. Manual 12.1–12.4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.errors import AppError, Refused, all_refused, invalid
from app.core.flow.workflow import Move, Step, Workflow
from app.models.document import ApprovalState
from app.models.purchase.purchase_order import PurchaseOrder
from app.security.policies.purchase import PURCHASERS
from app.security.roles import R
from app.workflows.document import DocumentEntry, approval
from app.workflows.document.approval import is_its_side
from app.workflows.document.lines import add_lines
from app.workflows.stock.goods_receipt import RECEIPTS


class PurchaseOrderEntry(DocumentEntry):
    """A purchase for a sales order is for that order's customer. Manual 12.3."""

    model = PurchaseOrder

    def prepare(
        self, session: Session, row: PurchaseOrder, values: Mapping[str, Any], actor: Actor, *, new: bool
    ) -> None:
        row.customer = row.customer or (row.sales_order.customer if row.sales_order else None)
        super().prepare(session, row, values, actor, new=new)
        if row.sales_order is not None and row.customer is not row.sales_order.customer:
            raise invalid("customer", _("The order is one of another customer."))
        if row.expected_on < row.ordered_on:
            text = _("The expected date lies before the order date.")
            raise Refused("expected_before_ordering", text, field="expected_on")
        if row.supplier.discontinued and (new or "supplier" in values):
            raise invalid("supplier", _("%(name)s is no longer used.", name=row.supplier.name))


def lines_are_complete(order: PurchaseOrder, actor: Actor) -> AppError | None:
    """Every line says how much is bought. Manual 12.3."""
    blank = [
        Refused(
            "incomplete_line", _("Line %(n)s: please enter how much %(product)s is bought.", n=n, product=line.product),
            field=f"lines.{n - 1}.quantity",
        )
        for n, line in enumerate(order.lines, 1)
        if not line.quantity
    ]  # fmt: skip
    return all_refused(blank) if blank else None


def has_sales_order(order: PurchaseOrder, actor: Actor) -> AppError | None:
    """The purchase is for a sales order. Manual 12.3."""
    if order.sales_order is not None:
        return None
    return Refused("no_sales_order", _("Please choose the sales order first."), field="sales_order")


def take_order_lines(move: Move) -> None:
    """导入关联订单的明细产品: a line for each product of the sales order that is not there yet. Manual 12.3."""
    order = move.document
    present = {line.product_id for line in order.lines}
    missing = {line.product_id: line.product for line in order.sales_order.lines if line.product_id not in present}
    nothing = {"quantity": ZERO, "unit_price": ZERO}
    add_lines(move.session, order, [{"product": product, **nothing} for product in missing.values()])


S = ApprovalState
# fmt: off
PURCHASE_ORDER = Workflow(PurchaseOrder, S,
    *approval(PURCHASERS, (R.boss,), submit=(lines_are_complete,), revoke=(RECEIPTS.nothing_done,), revoked=(RECEIPTS.cancel_drafts,)),
    Step("take_order_lines", (S.draft, S.rejected), None, PURCHASERS, (is_its_side, has_sales_order), (take_order_lines,), label=_l("Take products of the order")),
    RECEIPTS.step("receive", PURCHASERS, is_its_side, label=_l("Make goods receipt")),
    manual="12.4",
)
# fmt: on
