"""库存 What the stock is worth. Manual 11.7, 16."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.report import Behind, ReportColumn, report
from app.models.products.product import Product, ProductCategory
from app.models.stock.stock import StockBalance, Warehouse
from app.models.system.setting import DictionaryItem
from app.query.exact import value_of
from app.reports.system.filters import ReportFilter, declare_filter, is_chosen
from app.security.policy import visible
from app.security.roles import STOCK_READERS

declare_filter("warehouse", ReportFilter(_l("Warehouse"), Warehouse))
_QUANTITY = ReportColumn("quantity", _l("Stock quantity"), "quantity", total=True)
_VALUES = (
    ReportColumn("cost_value", _l("Cost value"), "money", total=True, needs="cost"),
    ReportColumn("sale_value", _l("Sale value"), "money", total=True),
    ReportColumn("margin", _l("Expected margin"), "money", total=True, needs="cost"),
)
_PRODUCTS = Behind("report_stock_assets_of_warehouse", {"warehouse": "warehouse_id"})
_MOVEMENTS = Behind(
    "stock_ledger_entry", {"warehouse": "warehouse_id", "product": "product_id"}, measure="on_hand_change"
)


def _sum_of_products(column: ReportColumn) -> ReportColumn:
    return replace(column, behind=replace(_PRODUCTS, measure=column.name))


@report(
    "stock_assets",
    title=_l("Current stock value"),
    icon="packages",
    manual="16",
    roles=STOCK_READERS,
    filters=("category",),
    columns=(
        ReportColumn("warehouse", _l("Warehouse"), behind=_PRODUCTS),
        ReportColumn("kinds", _l("Kinds of products"), "count", total=True, behind=_PRODUCTS),
        *(_sum_of_products(column) for column in (_QUANTITY, *_VALUES)),
    ),
    note=_l("Stock on hand now, at today's cost and list price; a product kept in two warehouses counts in both."),
)
def stock_assets(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    """当前库存资产表: one row per warehouse with stock; yuan, tax included; now. Manual 16."""
    held = _held(filters, actor).subquery()
    figures = [held.c[name] for name in ("quantity", "cost_value", "sale_value", "margin") if name in held.c]
    query: Any = (
        sa.select(
            Warehouse.id.label("warehouse_id"),
            Warehouse.name.label("warehouse"),
            sa.func.count().label("kinds"),
            *(sa.func.sum(figure).label(figure.name) for figure in figures),
        )
        .join(held, held.c.warehouse_id == Warehouse.id)
        .group_by(Warehouse.id, Warehouse.name)
        .order_by(Warehouse.id)
    )
    return cast("sa.Select[Any]", query)


@report(
    "stock_assets_of_warehouse",
    title=_l("Current stock value by product"),
    icon="packages",
    manual="16",
    roles=STOCK_READERS,
    filters=("warehouse", "category"),
    columns=(
        ReportColumn("number", _l("Product number")),
        ReportColumn("product", _l("Product name"), link="product_id", opens="product"),
        ReportColumn("model", _l("Model")),
        ReportColumn("unit", _l("Unit")),
        ReportColumn("warehouse", _l("Warehouse")),
        replace(_QUANTITY, behind=_MOVEMENTS),
        *_VALUES,
    ),
    note=_l("Product by product, at today's cost and list price."),
)
def stock_assets_of_warehouse(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    """One row per product on hand in a warehouse; yuan, tax included; now. Manual 16."""
    held = _held(filters, actor).subquery()
    figures = [held.c[name] for name in ("quantity", "cost_value", "sale_value", "margin") if name in held.c]
    return (
        sa.select(
            Product.id.label("product_id"),
            Product.number.label("number"),
            Product.name.label("product"),
            Product.model.label("model"),
            DictionaryItem.label.label("unit"),
            Warehouse.id.label("warehouse_id"),
            Warehouse.name.label("warehouse"),
            *figures,
        )
        .join(held, held.c.product_id == Product.id)
        .join(DictionaryItem, DictionaryItem.id == Product.unit_id)
        .join(Warehouse, Warehouse.id == held.c.warehouse_id)
        .where(is_chosen(Warehouse.id, filters, "warehouse"))
        .order_by(held.c.sale_value.desc(), Product.id, Warehouse.id)
    )


def _held(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    """One row per (warehouse, product) on hand that this actor may see; cost only for those with the right."""
    sale = value_of(StockBalance.on_hand, Product.list_price)
    columns = [
        StockBalance.warehouse_id,
        StockBalance.product_id,
        StockBalance.on_hand.label("quantity"),
        sale.label("sale_value"),
    ]
    if actor.sees_cost:
        cost = value_of(StockBalance.on_hand, Product.cost_price)
        columns += [cost.label("cost_value"), (sale - cost).label("margin")]
    query = sa.select(*columns).join(Product, Product.id == StockBalance.product_id).where(StockBalance.on_hand > 0)
    if filters.get("category"):
        query = query.where(Product.category_id.in_(category_branch(filters["category"])))
    narrowed: sa.Select[Any] = visible(query, StockBalance, actor)
    return narrowed


def category_branch(category_id: int) -> sa.Select[Any]:
    """Ids of a category and of everything below it. Manual 10.1."""
    branch = sa.select(ProductCategory.id).where(ProductCategory.id == category_id).cte("branch", recursive=True)
    below = sa.select(ProductCategory.id).join(branch, ProductCategory.parent_id == branch.c.id)
    return sa.select(branch.union_all(below).c.id)
