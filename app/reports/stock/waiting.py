"""待办条件 Conditions of what waits: issues, late issues, transfers, lately approved, goods moved. Manual 3.3, 11.5."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.clock import today, utc_now
from app.models.document import ApprovalState
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueLine, GoodsIssueState
from app.models.stock.stock import StockBalance, StockLedgerEntry
from app.models.stock.stock_transfer import StockTransfer, TransferState
from app.query.exact import zero
from app.reports.sales.lists import is_to_ship
from app.security.policies.stock import kept_warehouses
from app.security.roles import R

LATELY = dt.timedelta(days=7)


def was_approved_lately(actor: Actor) -> Any:
    """Condition: own orders approved within the last seven days. Manual 8.7."""
    return sa.and_(
        SalesOrder.owner_id == actor.user_id,
        SalesOrder.state == ApprovalState.approved,
        SalesOrder.approved_at >= utc_now() - LATELY,
    )


def is_ready_to_issue(actor: Actor) -> Any:
    """Condition: approved orders of which something is not asked for yet, with everything left on the shelf.

    Manual 11.5, 11.6.
    """
    line = aliased(SalesOrderLine)
    asked_for = (
        sa.select(sa.func.coalesce(sa.func.sum(GoodsIssueLine.quantity), zero(3)))
        .join(GoodsIssue, GoodsIssue.id == GoodsIssueLine.issue_id)
        .where(GoodsIssueLine.order_line_id == line.id, GoodsIssue.state == GoodsIssueState.draft)
        .correlate(line)
        .scalar_subquery()
    )
    left = sa.exists().where(line.order_id == SalesOrder.id, line.quantity - line.issued > asked_for)
    return sa.and_(is_to_ship(actor), left, sa.not_(_lacks_goods()))


def _lacks_goods() -> Any:
    """Some line's rest is more than the order's warehouse has on hand of a product that counts stock."""
    line, product = aliased(SalesOrderLine), aliased(Product)
    on_shelf = sa.exists().where(
        StockBalance.warehouse_id == SalesOrder.warehouse_id,
        StockBalance.product_id == line.product_id,
        StockBalance.on_hand >= line.quantity - line.issued,
    )
    return sa.exists().where(
        line.order_id == SalesOrder.id,
        product.id == line.product_id,
        product.counts_stock,
        line.quantity > line.issued,
        sa.not_(on_shelf),
    )


def issue_is_late(actor: Actor) -> Any:
    """Condition: issues still in the house though their order's latest ship date has passed. Manual 8.10."""
    late = sa.exists().where(SalesOrder.id == GoodsIssue.order_id, SalesOrder.latest_ship_on < today())
    return sa.and_(GoodsIssue.state.in_((GoodsIssueState.draft, GoodsIssueState.confirmed)), late)


def transfer_is_to_confirm(actor: Actor) -> Any:
    """Condition: transfers to confirm; for a keeper those out of warehouses they keep. Manual 11.9."""
    return sa.and_(StockTransfer.state == TransferState.draft, _is_in_hand(StockTransfer.from_warehouse_id, actor))


def transfer_is_to_run(actor: Actor) -> Any:
    """Condition: confirmed transfers; for a keeper those into warehouses they keep. Manual 11.9."""
    return sa.and_(StockTransfer.state == TransferState.confirmed, _is_in_hand(StockTransfer.to_warehouse_id, actor))


def transfer_waits(actor: Actor) -> Any:
    """Condition: transfers whose next step is to be taken; for a keeper by this one."""
    return sa.or_(transfer_is_to_confirm(actor), transfer_is_to_run(actor))


def _is_in_hand(warehouse: Any, actor: Actor) -> Any:
    return warehouse.in_(kept_warehouses(actor)) if actor.is_any(R.warehouse) else sa.true()


def came_in(actor: Actor) -> Any:
    """Condition: movements that brought goods. Manual 11.10."""
    return StockLedgerEntry.on_hand_change > 0


def went_out(actor: Actor) -> Any:
    """Condition: movements that took goods. Manual 11.10."""
    return StockLedgerEntry.on_hand_change < 0
