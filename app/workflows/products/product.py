"""产品 How the product tree and products are kept. Manual 10.1–10.10."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.locks import reread
from app.core.errors import NotAllowed, Refused
from app.core.record.entry import Entry
from app.models.products.product import Product, ProductCategory, ProductPrice
from app.models.sales.sales_order import SalesOrderLine
from app.security.dictionaries import required_default
from app.security.settings import SWITCHES, declare_setting

HAND_TOOLS = "手工工具"
Product.__searched__ = ("number", "name", "model")
declare_setting("feature_specification", _l("Product specification"), False, kind="flag", group=SWITCHES)
declare_setting("feature_barcode", _l("Barcode scanning"), False, kind="flag", group=SWITCHES)


def brand_level_of_root(name: str) -> int:
    """Hand tools: class → subclass → grade → brand; everything else: class → grade → brand. Manual 10.1."""
    return 4 if name == HAND_TOOLS else 3


class ProductCategoryEntry(Entry):
    """Manual 10.1: the depth of a tree is fixed by its root."""

    model = ProductCategory
    writable = ("name", "parent")
    create_only = ("parent",)

    def prepare(
        self, session: Session, row: ProductCategory, values: Mapping[str, Any], actor: Actor, *, new: bool
    ) -> None:
        row.name = row.name.strip()
        if row.parent is not None:
            reread(session, row.parent)  # nobody renames it meanwhile, so that the path below it stays true
        if new:
            row.level = row.parent.level + 1 if row.parent else 1
            row.brand_level = row.parent.brand_level if row.parent else brand_level_of_root(row.name)
        if row.parent is not None and row.level > row.brand_level:
            text = _("“%(name)s” is a brand: products hang below it, no further categories.", name=row.parent.name)
            raise Refused("too_deep", text, field="parent")
        row.path = f"{row.parent.path} / {row.name}" if row.parent else row.name

    def changed(self, session: Session, row: ProductCategory, values: Mapping[str, Any], actor: Actor) -> None:
        below = sa.select(ProductCategory).where(ProductCategory.parent_id == row.id).with_for_update(key_share=True)
        for child in session.scalars(below.execution_options(populate_existing=True)):
            child.path = f"{row.path} / {child.name}"
            session.flush()
            self.changed(session, child, {}, actor)


class ProductEntry(Entry):
    """Manual 10.2–10.6: hangs on a brand; name and model unique; a cost only by who may set costs."""

    model = Product
    writable = (
        "number", "name", "model", "category", "unit", "technical_text", "list_price", "cost_price", "stock_minimum",
        "stock_maximum", "counts_stock", "discontinued", "remark", "tier_prices",
    )  # fmt: skip
    optional = ("unit", "model")
    line_fields = ("tier", "price")

    def prepare(self, session: Session, row: Product, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        row.number, row.name = row.number.strip(), row.name.strip()
        row.model = (row.model or "").strip()
        if "cost_price" in values and not actor.may("edit", "cost"):
            raise NotAllowed("not_allowed", _("You do not have the right to set cost prices."))
        if not row.category.is_brand:
            text = _("Choose a brand: products hang on level %(level)s of this tree.", level=row.category.brand_level)
            raise Refused("bad_category", text, field="category")
        row.unit = row.unit or required_default(session, "unit")
        if "tier_prices" in values:
            self._set_tiers(row, values["tier_prices"])
        with session.no_autoflush:
            self._require_unique(session, row)

    def _set_tiers(self, row: Product, wanted: list[dict[str, Any]]) -> None:
        present = {price.tier_id: price for price in row.tier_prices}
        kept = []
        for line in wanted:
            price = present.get(line["tier"].id) or ProductPrice(tier=line["tier"])
            price.price = line["price"]
            kept.append(price)
        row.tier_prices = kept

    def _require_unique(self, session: Session, row: Product) -> None:
        others = sa.select(Product.id).where(Product.id != (row.id or 0))
        if session.execute(others.where(Product.number_key == row.number_key)).first():
            text = _("Product number “%(number)s” is already taken.", number=row.number)
            raise Refused("duplicate_number", text, field="number")
        if session.execute(others.where(Product.name_key == row.name_key, Product.model_key == row.model_key)).first():
            text = _(
                "“%(name)s %(model)s” already exists; name and model must be unique.", name=row.name, model=row.model
            )
            raise Refused("duplicate_name", text, field="model")

    def warnings(self, session: Session, row: Product, actor: Actor) -> list[dict[str, Any]]:
        """A name or model that documents already show. Manual 10.4."""
        query = sa.select(sa.func.count(sa.distinct(SalesOrderLine.order_id))).where(
            SalesOrderLine.product_id == row.id
        )
        count = session.execute(query).scalar_one()
        if not count:
            return []
        text = _("%(count)s orders show this product; they show its new name from now on.", count=count)
        return [{"code": "in_documents", "message": text}]
