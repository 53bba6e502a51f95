"""Checks of `crm verify`: reservations follow the open orders. Manual 11.5."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.core.ledger.verify import check, differences, sums
from app.models.document import ApprovalState
from app.models.products.product import Product
from app.models.sales.sales_order import OrderStatus, SalesOrder, SalesOrderLine
from app.models.stock.stock import StockBalance


@check
def reservations_follow_open_orders(session: Session) -> Iterator[str]:
    """Per product over all warehouses: reserved is what approved, unstopped orders still have to issue. spec.md §11."""
    open_lines = (
        sa.select(SalesOrderLine.product_id, sa.func.sum(SalesOrderLine.quantity) - sa.func.sum(SalesOrderLine.issued))
        .join(SalesOrder)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .where(
            SalesOrder.state == ApprovalState.approved, SalesOrder.status != OrderStatus.stopped, Product.counts_stock
        )
        .group_by(SalesOrderLine.product_id)
    )
    wanted = {key: value for key, value in session.execute(open_lines)}
    reserved = sums(session, StockBalance.product_id, StockBalance.reserved)
    for product_id in sorted({*wanted, *reserved}):
        yield from differences(
            f"stock_balance product_id={product_id}", "reserved in all",
            reserved.get(product_id, ZERO), wanted.get(product_id, ZERO),
        )  # fmt: skip
