"""出库与发货 What the keeper sees of an issue: what is asked for, what is on the shelf. Manual 11.5, 11.6."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.errors import no_such_row
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueLine, GoodsIssueState, Shipment, ShipmentLine
from app.models.stock.stock import StockBalance
from app.security.policy import visible


@dataclass(frozen=True)
class Wanted:
    """One line of an issue beside what its warehouse holds; in the product's unit.

    on_hand  None where the product counts no stock
    """

    line: GoodsIssueLine
    on_hand: Decimal | None

    @property
    def waiting(self) -> Decimal:
        return self.line.quantity - self.line.shipped

    @property
    def on_shelf(self) -> Decimal:
        """What can be issued now of what is asked for."""
        return self.line.quantity if self.on_hand is None else min(self.line.quantity, max(self.on_hand, ZERO))

    @property
    def is_short(self) -> bool:
        return self.on_hand is not None and self.on_hand < self.line.quantity


def issue_with_lines(session: Session, issue_id: int, actor: Actor) -> GoodsIssue:
    """The issue with its order, the order's customer and all lines. errors  NotFound"""
    order = joinedload(GoodsIssue.order)
    options = (
        order.joinedload(SalesOrder.customer), order.joinedload(SalesOrder.shipping_method),
        joinedload(GoodsIssue.warehouse), joinedload(GoodsIssue.confirmed_by),
        selectinload(GoodsIssue.lines).joinedload(GoodsIssueLine.product).joinedload(Product.unit),
    )  # fmt: skip
    found: GoodsIssue = _one(session, GoodsIssue, issue_id, actor, options)
    return found


def shipment_with_lines(session: Session, shipment_id: int, actor: Actor) -> Shipment:
    """The shipment with its issue, order and all lines. errors  NotFound"""
    options = (
        joinedload(Shipment.order).joinedload(SalesOrder.customer), joinedload(Shipment.issue),
        joinedload(Shipment.warehouse), joinedload(Shipment.shipped_by), joinedload(Shipment.shipping_method),
        selectinload(Shipment.lines).joinedload(ShipmentLine.product).joinedload(Product.unit),
    )  # fmt: skip
    found: Shipment = _one(session, Shipment, shipment_id, actor, options)
    return found


def _one(session: Session, model: type[Any], row_id: int, actor: Actor, options: tuple[Any, ...]) -> Any:
    query = visible(sa.select(model).where(model.id == row_id), model, actor)
    found = session.scalars(query.options(*options)).first() if 0 < row_id < 2**31 else None
    if found is None:
        raise no_such_row()
    return found


def wanted_lines(session: Session, issue: GoodsIssue) -> list[Wanted]:
    """The lines with what is on hand in the issue's warehouse now."""
    products = [line.product_id for line in issue.lines]
    query = sa.select(StockBalance.product_id, StockBalance.on_hand).where(
        StockBalance.warehouse_id == issue.warehouse_id, StockBalance.product_id.in_(products)
    )
    on_hand = {key: value for key, value in session.execute(query)} if products else {}
    return [
        Wanted(line, on_hand.get(line.product_id, ZERO) if line.product.counts_stock else None) for line in issue.lines
    ]


def shipments_of_issue(session: Session, issue: GoodsIssue, actor: Actor) -> list[Shipment]:
    if issue.state in (GoodsIssueState.draft, GoodsIssueState.cancelled) or not actor.may("read", Shipment):
        return []
    query = sa.select(Shipment).where(Shipment.issue_id == issue.id).order_by(Shipment.id)
    return list(session.scalars(visible(query, Shipment, actor).options(selectinload(Shipment.lines))))


@dataclass(frozen=True)
class InTheHouse:
    """An issue that is not sent in full: the day its order must leave by, and whether a part of it is on its way."""

    until: dt.date
    is_begun: bool


def in_the_house(session: Session, issue_ids: Sequence[int]) -> dict[int, InTheHouse]:
    """By key, those of the issues the actor was shown that wait for the keeper's hand."""
    query = sa.select(GoodsIssue.id, SalesOrder.latest_ship_on, GoodsIssue.is_begun.label("is_begun"))
    query = query.join(SalesOrder, SalesOrder.id == GoodsIssue.order_id)
    waiting = GoodsIssue.state.in_((GoodsIssueState.draft, GoodsIssueState.confirmed))
    rows = session.execute(query.where(GoodsIssue.id.in_(issue_ids), waiting))
    return {row.id: InTheHouse(row.latest_ship_on, bool(row.is_begun)) for row in rows}


def is_open(actor: Actor) -> Any:
    """Condition: issues that wait for the keeper's hand."""
    return GoodsIssue.state.in_((GoodsIssueState.draft, GoodsIssueState.confirmed))
