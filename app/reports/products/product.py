"""产品 What stands behind the products' list and page. Manual 10.1, 10.9, 11.7."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.models.products.product import Product, ProductCategory
from app.models.stock.stock import StockBalance, Warehouse
from app.reports.system.filters import ReportFilter, declare_filter

declare_filter("category", ReportFilter(_l("Product category"), ProductCategory, order="path"))


def is_on_sale(actor: Actor) -> Any:
    """Condition: products that can be sold. Manual 10.9."""
    return Product.discontinued.is_(False)


def is_discontinued(actor: Actor) -> Any:
    return Product.discontinued.is_(True)


def stock_by_product(session: Session, product_ids: list[int]) -> dict[int, tuple[Any, Any]]:
    """Product → (on hand, available) over all warehouses, in its own unit; everyone may know it. Manual 8.5, 11.7."""
    if not product_ids:
        return {}
    on_hand = sa.func.sum(StockBalance.on_hand)
    query = (
        sa.select(StockBalance.product_id, on_hand, on_hand - sa.func.sum(StockBalance.reserved))
        .where(StockBalance.product_id.in_(product_ids))
        .group_by(StockBalance.product_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def stock_by_warehouse(session: Session, product_id: int) -> list[tuple[str, Decimal, Decimal]]:
    """(warehouse, on hand, reserved) of one product where there is or was any; in its own unit. Manual 11.7."""
    query = (
        sa.select(Warehouse.name, StockBalance.on_hand, StockBalance.reserved)
        .join(Warehouse, Warehouse.id == StockBalance.warehouse_id)
        .where(StockBalance.product_id == product_id)
        .order_by(Warehouse.id)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def category_tree(session: Session) -> list[dict[str, Any]]:
    """Roots of the category tree, children inside: {id, name, level, is_brand, children}. Manual 10.1."""
    category = ProductCategory
    columns = (category.id, category.parent_id, category.name, category.level, category.brand_level)
    nodes: dict[int, dict[str, Any]] = {}
    roots: list[dict[str, Any]] = []
    for key, parent, name, level, brand_level in session.execute(
        sa.select(*columns).order_by(category.level, category.name)
    ):
        node = {"id": key, "name": name, "level": level, "is_brand": level == brand_level, "children": []}
        nodes[key] = node
        (nodes[parent]["children"] if parent in nodes else roots).append(node)
    return roots
