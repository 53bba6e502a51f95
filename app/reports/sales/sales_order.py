"""订单页 What stands on the page of a sales order besides its own fields. Manual 8.7, 8.10, 8.11, 8.14, 11.5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, lazyload, load_only
from sqlalchemy.orm.attributes import set_committed_value

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.core.db.types import ZERO
from app.core.errors import no_such_row
from app.models.customers.customer import Contact, Customer
from app.models.document import ApprovalState
from app.models.money.payment import Payment, PaymentAllocation, PaymentPlan
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueLine, GoodsIssueState, Shipment
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.reports.products.product_picker import available_in
from app.security.policy import actor_placeholder, bind_actor, visible

SHOWN_ROWS = 100
NAMED = (AppUser.id, AppUser.name, AppUser.has_left)  # what it takes to name a person
_LABEL = (DictionaryItem.id, DictionaryItem.label)
# What the page tells of the rows an order refers to, by relation.
_TOLD: dict[str, tuple[Any, ...]] = {
    "customer": (Customer.id, Customer.name), "warehouse": (Warehouse.id, Warehouse.name),
    "contact": (Contact.id, Contact.name), "category": _LABEL, "settlement": _LABEL, "shipping_method": _LABEL,
}  # fmt: skip
_PRODUCT = (
    Product.id, Product.number, Product.name, Product.model, Product.unit_id, Product.counts_stock,
    Product.discontinued, Product.cost_price,
)  # fmt: skip


def order_with_lines(session: Session, order_id: int, actor: Actor, *, to_read: bool = False) -> SalesOrder:
    """The order with everything its page names, in two statements.

    to_read  of the rows it refers to only what the page tells of them, for nothing is done with them
    errors   NotFound
    """
    found: SalesOrder | None = None
    if 0 < order_id < 2**31:
        found = session.scalars(_order_query(actor.roles, to_read), bind_actor(actor, order_id=order_id)).first()
    if found is None:
        raise no_such_row()
    lines = session.scalars(_lines_query(to_read), {"order_id": order_id}).all()
    set_committed_value(found, "lines", list(lines))
    return found


_ORDER_ID: Any = sa.bindparam("order_id", type_=sa.Integer)


@cached_per_process()
def _order_query(roles: frozenset[str], to_read: bool) -> sa.Select[Any]:
    people = ("owner", "submitted_by", "approved_by")
    related = {name: joinedload(getattr(SalesOrder, name)) for name in (*_TOLD, *people)}
    if to_read:
        related |= {name: related[name].load_only(*columns) for name, columns in _TOLD.items()}
    related |= {name: related[name].load_only(*NAMED) for name in people}
    query = sa.select(SalesOrder).where(SalesOrder.id == _ORDER_ID).options(*related.values())
    return _seen(query, SalesOrder, roles)


@cached_per_process()
def _lines_query(to_read: bool) -> sa.Select[Any]:
    """Lines of an order that is visible. Asked for by itself: `selectinload` makes its statement anew for each page."""
    product, unit = joinedload(SalesOrderLine.product), joinedload(SalesOrderLine.product).joinedload(Product.unit)
    options = (product.load_only(*_PRODUCT), unit.load_only(*_LABEL)) if to_read else (unit,)
    query = sa.select(SalesOrderLine).where(SalesOrderLine.order_id == _ORDER_ID).options(*options)
    return query.order_by(SalesOrderLine.position)


def _seen(query: sa.Select[Any], model: type[Any], roles: frozenset[str]) -> sa.Select[Any]:
    narrowed: sa.Select[Any] = visible(query, model, actor_placeholder(roles))
    return narrowed


@dataclass(frozen=True)
class Gap:
    """Goods an order still needs and its warehouse does not have for it, in the product's unit."""

    product: str
    unit: str
    missing: Decimal


def stock_gaps(session: Session, order: SalesOrder) -> list[Gap]:
    """What would have to be bought, summed per product. An approved order's own reservation is not counted against it.

    Everybody who sees the order may know this much of the stock. spec.md §1
    """
    if order.has_ended_short:
        return []
    left: dict[int, Decimal] = {}
    products = {}
    for line in order.lines:
        if line.product.counts_stock and line.quantity > line.issued:
            left[line.product_id] = left.get(line.product_id, ZERO) + line.quantity - line.issued
            products[line.product_id] = line.product
    available = available_in(session, order.warehouse_id, left) if left else {}
    reserved = order.state is ApprovalState.approved
    gaps = []
    for key, wanted in left.items():
        free = available.get(key, ZERO) + (wanted if reserved else ZERO)
        if free < wanted:
            gaps.append(Gap(str(products[key]), products[key].unit.label, min(wanted, wanted - free)))
    return gaps


def issues_of(session: Session, order: SalesOrder, actor: Actor) -> list[GoodsIssue]:
    """The order's goods issues with their lines, oldest first, cancelled ones too."""
    issues = _of_order(session, order, GoodsIssue, _issues_query, actor)
    lines: dict[int, list[GoodsIssueLine]] = {issue.id: [] for issue in issues}
    if issues:
        for line in session.scalars(_issue_lines_query(), {"order_id": order.id}):
            lines.get(line.issue_id, []).append(line)
    for issue in issues:
        set_committed_value(issue, "lines", lines[issue.id])
    return issues


def shipments_of(session: Session, order: SalesOrder, actor: Actor) -> list[Shipment]:
    return _of_order(session, order, Shipment, _shipments_query, actor)


def plans_of(session: Session, order: SalesOrder, actor: Actor) -> list[PaymentPlan]:
    """The order's instalments in order; yuan."""
    return _of_order(session, order, PaymentPlan, _plans_query, actor)


def payments_of(session: Session, order: SalesOrder, actor: Actor) -> list[Payment]:
    """Money received on the order, oldest first, voided payments too; yuan."""
    return _of_order(session, order, Payment, _payments_query, actor)


def _of_order(
    session: Session, order: SalesOrder, model: type[Any], query: Callable[[frozenset[str]], sa.Select[Any]],
    actor: Actor,
) -> list[Any]:  # fmt: skip
    if not actor.may("read", model):
        return []
    return list(session.scalars(query(actor.roles), bind_actor(actor, order_id=order.id)))


@cached_per_process()
def _issues_query(roles: frozenset[str]) -> sa.Select[Any]:
    options = (
        load_only(
            GoodsIssue.number, GoodsIssue.order_id, GoodsIssue.state, GoodsIssue.confirmed_at, GoodsIssue.created_at
        ),
        joinedload(GoodsIssue.warehouse).load_only(Warehouse.name),
        joinedload(GoodsIssue.confirmed_by).load_only(*NAMED),
    )
    query = sa.select(GoodsIssue).where(GoodsIssue.order_id == _ORDER_ID).order_by(GoodsIssue.id).limit(SHOWN_ROWS)
    return _seen(query.options(*options), GoodsIssue, roles)


@cached_per_process()
def _issue_lines_query() -> sa.Select[Any]:
    """Lines of all issues of an order; their products are those of the order, which the page has read already."""
    mine = sa.select(GoodsIssue.id).where(GoodsIssue.order_id == _ORDER_ID)
    query = sa.select(GoodsIssueLine).where(GoodsIssueLine.issue_id.in_(mine)).order_by(GoodsIssueLine.id)
    return query.options(lazyload(GoodsIssueLine.order_line), lazyload(GoodsIssueLine.product))


@cached_per_process()
def _shipments_query(roles: frozenset[str]) -> sa.Select[Any]:
    query = sa.select(Shipment).where(Shipment.order_id == _ORDER_ID).order_by(Shipment.id).limit(SHOWN_ROWS)
    told = load_only(
        Shipment.number, Shipment.issue_id, Shipment.state, Shipment.shipped_on, Shipment.carrier,
        Shipment.tracking_number, Shipment.signed_by, Shipment.amount,
    )  # fmt: skip
    return _seen(query.options(told), Shipment, roles)


@cached_per_process()
def _plans_query(roles: frozenset[str]) -> sa.Select[Any]:
    query = sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == _ORDER_ID).order_by(PaymentPlan.serial)
    return _seen(query, PaymentPlan, roles)


@cached_per_process()
def _payments_query(roles: frozenset[str]) -> sa.Select[Any]:
    pays = sa.exists().where(PaymentAllocation.payment_id == Payment.id, PaymentAllocation.sales_order_id == _ORDER_ID)
    is_its = sa.or_(Payment.sales_order_id == _ORDER_ID, pays)
    query = sa.select(Payment).where(is_its).order_by(Payment.id).limit(SHOWN_ROWS)
    options = (joinedload(Payment.method), joinedload(Payment.plan), joinedload(Payment.salesperson).load_only(*NAMED))
    return _seen(query.options(*options), Payment, roles)


def waiting_quantities(issues: Sequence[GoodsIssue]) -> dict[int, Decimal]:
    """Order line id → quantity on issues that wait for the keeper."""
    found: dict[int, Decimal] = {}
    for issue in issues:
        if issue.state is GoodsIssueState.draft:
            for line in issue.lines:
                found[line.order_line_id] = found.get(line.order_line_id, ZERO) + line.quantity
    return found


def planned_amount(session: Session, order: SalesOrder) -> Decimal:
    """Yuan over all instalments of the order, paid or not; 0 without a plan."""
    query = sa.select(sa.func.sum(PaymentPlan.amount)).where(PaymentPlan.sales_order_id == order.id)
    return session.execute(query).scalar() or ZERO
