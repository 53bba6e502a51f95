"""产品与分类 Products and their tree of categories. Manual 10.1–10.10, 11.7."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from marshmallow import ValidationError

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.cache.per_transaction import cached_per_transaction
from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.errors import AppError, all_refused, invalid
from app.core.kinds.number import PriceKind
from app.core.record.fields import label_of
from app.models.products.product import Product, ProductCategory
from app.models.stock.stock import StockBalance, StockLedgerEntry
from app.models.system.setting import DictionaryItem
from app.query.choices import dictionary_choices, use_goods
from app.reports.products.product import (
    category_tree,
    is_discontinued,
    is_on_sale,
    stock_by_product,
    stock_by_warehouse,
)
from app.reports.products.product_picker import ProductSource
from app.screens.form.forms import Control
from app.screens.frame.cells import balance, tag
from app.screens.frame.permitted import permitted
from app.screens.frame.values import price, quantity
from app.screens.list.address import ListRequest
from app.screens.list.list_shape import column_at, tell_flag
from app.screens.record.record_view import RecordFigure, RecordView, Related

_LEVELS_SHOWN = 2
use_goods(ProductSource())


class ProductView(RecordView):
    """产品: costs only for who may see them; what is on hand stands beside. Manual 10.2, 11.7."""

    model = Product
    icon = "box"
    menu_section = "goods"
    list_columns = ("name", "model", "number", "category", "unit", "list_price", "cost_price", "discontinued")
    filter_columns = ("category", "unit", "discontinued", "counts_stock", "list_price")
    order_columns = ("name", "number", "list_price", "cost_price")
    card_columns = ("name", "discontinued", "model")
    presets: Mapping[str, tuple[Any, Any]] = {
        "selling": (_l("On sale"), is_on_sale),
        "discontinued": (_l("Discontinued"), is_discontinued),
    }
    show_template = "product/show.html"
    form_template = "product/form.html"
    search_hint = _l("Number, name, model, pinyin initials")
    hit_columns = ("name", "model", "number", "list_price")
    badge_columns = ()
    show_fieldsets = (
        (_l("Basics"), ("number", "name", "model", "category", "unit", "list_price", "cost_price", "discontinued")),
        (_l("Stock rules"), ("counts_stock", "stock_minimum", "stock_maximum")),
        (_l("Technical parameters"), ("technical_text", "remark")),
    )
    form_fieldsets = (
        (_l("Basics"), ("number", "name", "model", "category", "unit", "list_price", "cost_price", "discontinued")),
        (_l("Stock rules"), ("counts_stock", "stock_minimum", "stock_maximum")),
        (_l("Technical parameters"), ("technical_text", "remark")),
    )
    form_hints: Mapping[str, Any] = {
        "category": _l("A brand: products hang on the last level of the tree."),
        "list_price": _l("Yuan, tax included."),
        "model": _l("Name and model together are unique."),
    }
    related = (
        Related(
            StockLedgerEntry, "product",
            ("at", "warehouse", "kind", "on_hand_change", "on_hand_after", "document_number"),
        ),
    )  # fmt: skip
    pick_hints = ("number",)
    quick_fields = ("number", "name", "model", "category", "unit", "list_price")

    @classmethod
    def pick_conditions(cls, actor: Actor) -> Sequence[Any]:
        """Discontinued products are found in lists, not picked for documents. Manual 10.9."""
        return () if request.args.get("all") == "1" else (Product.discontinued.is_(False),)

    def defaults(self, actor: Actor) -> dict[str, Any]:
        return {"counts_stock": True}

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """On hand and available over all warehouses, for everyone. Manual 8.5, 11.7."""
        stock = stock_by_product(db.session(), [key for key, _cells in rows])
        names = ("on_hand", "available")
        places = ("off", "k4")  # on a phone only what can be promised
        heads += [
            {"label": label_of(StockBalance, name), "class": f"r {place}", "told": True}
            for name, place in zip(names, places, strict=True)
        ]
        tell_flag(heads, rows, "discontinued", tag(_("Discontinued"), "stop"))
        category = column_at(heads, "category")
        for key, shown in rows:
            if category is not None:
                shown[category] = _end_of_path(escape(shown[category]))
            shown += [balance(value) for value in stock.get(key, (ZERO, ZERO))]

    def badges(self, row: Product) -> list[Any]:
        return [tag(_("Discontinued"), "stop")] if row.discontinued else []

    def figures(self, row: Product, actor: Actor) -> list[RecordFigure]:
        """What one asks of a product first: price, cost as far as one may see it, what can be promised."""
        names = permitted(Product, ("list_price", "cost_price"), actor)
        available = sum((on_hand - reserved for _name, on_hand, reserved in _stock(row)), ZERO)
        told = f"{quantity(available)} {row.unit.label}"
        return [
            *(RecordFigure(label_of(Product, name), price(getattr(row, name)) or "—") for name in names),
            RecordFigure(label_of(StockBalance, "available"), told, tone="stop" if available < 0 else ""),
        ]

    def show_context(self, row: Product, actor: Actor) -> dict[str, Any]:
        stock = [
            (name, quantity(on_hand), quantity(reserved), quantity(on_hand - reserved))
            for name, on_hand, reserved in _stock(row)
        ]
        tiers = [(str(tier.tier), price(tier.price)) for tier in row.tier_prices]
        return {"stock": stock, "tiers": tiers}

    # Prices by tier

    def extra_form(self, row: Product | None, actor: Actor) -> dict[str, Any]:
        """One price per tier; empty where there is none. Manual 8.5."""
        tiers = dictionary_choices(db.session(), ["price_tier"])["price_tier"]
        present = {tier.tier_id: f"{tier.price:f}" for tier in row.tier_prices} if row is not None else {}
        typed = request.form if request.method == "POST" else None
        controls = []
        for key, label, usable in tiers:
            if usable or key in present:
                control = Control(f"tier-{key}", label, "number", unit="¥")
                control.value = typed.get(control.name, "") if typed is not None else present.get(key, "")
                controls.append(control)
        return {"tiers": controls}

    def extra_values(self, actor: Actor, current: Any) -> dict[str, Any]:
        prices: list[dict[str, Any]] = []
        refused: list[AppError] = []
        for key, label, _usable in dictionary_choices(db.session(), ["price_tier"])["price_tier"]:
            text = request.form.get(f"tier-{key}", "").strip()
            if not text:
                continue
            try:
                given = PriceKind(lowest=ZERO).read_text(text)
                prices.append({"tier": db.session.get(DictionaryItem, key), "price": given})
            except ValidationError as error:
                text = _("%(label)s: %(why)s", label=label, why=str(error.messages[0]))
                refused.append(invalid(f"tier-{key}", text))
        if refused:
            raise all_refused(refused)
        return {"tier_prices": prices}


def _stock(row: Product) -> list[tuple[str, Decimal, Decimal]]:
    """(warehouse, on hand, reserved), read once for a page."""
    session = db.session()
    return cached_per_transaction(session, ("stock of a product", row.id), lambda: stock_by_warehouse(session, row.id))


def _end_of_path(path: Markup) -> Markup:
    """Group and brand: what tells one category from the next stands at the end of its path."""
    levels = path.split(" / ")
    if len(levels) <= _LEVELS_SHOWN:
        return path
    return Markup('<span title="{}">… / {}</span>').format(path, Markup(" / ").join(levels[-_LEVELS_SHOWN:]))


class ProductCategoryView(RecordView):
    """产品分类: a tree whose depth its root decides. Manual 10.1."""

    model = ProductCategory
    icon = "category"
    menu_section = "goods"
    is_linked = False
    list_columns = ("path", "name", "level", "brand_level")
    filter_columns = ("parent", "level")
    order_columns = ("path", "name", "level")
    base_order = ("path", "asc")
    search_columns = ("name",)
    list_template = "product/categories.html"
    badge_columns = ()
    show_fieldsets = ((_l("Basics"), ("name", "parent", "level", "brand_level", "path")),)
    form_hints: Mapping[str, Any] = {
        "parent": _l("Hand tools have four levels above the products, everything else three; nothing: a new root.")
    }
    related = (
        Related(ProductCategory, "parent", ("name", "level"), title=_l("Categories below"), rows=50),
        Related(Product, "category", ("name", "model", "number", "list_price", "discontinued"), rows=20),
    )
    has_attachments = False
    pick_search = ("path",)

    def heading(self, row: ProductCategory) -> str:
        return row.name

    def tables(self, row: ProductCategory, actor: Actor) -> Sequence[Related]:
        """A brand has products, everything above it has categories below; never both. Manual 10.1."""
        wanted = Product if row.level == row.brand_level else ProductCategory
        return [part for part in self.related if part.model is wanted]

    def list_context(self, asked: ListRequest, actor: Actor) -> dict[str, Any]:
        is_plain = not (asked.query or asked.conditions or asked.cursor)
        return {"tree": category_tree(db.session()) if is_plain else None}


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(ProductView)
    builder.add_view_no_menu(ProductCategoryView)
