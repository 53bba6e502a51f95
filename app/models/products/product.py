"""产品 Product and its tree of categories. Manual 10.1–10.10."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Record, Row, link_to
from app.core.db.types import Fixed
from app.core.errors import explain_constraint
from app.core.record.fields import label_fields
from app.core.search.normal_forms import normal_form_of
from app.models.system.setting import DictionaryItem, dictionary_link

_COST = {"needs": "cost", "unit": "price"}
_PRICE = {"unit": "price"}


class ProductCategory(Record, Model):
    """A node of the tree. A root says at which level its brands stand: 4 for hand tools, else 3. Manual 10.1."""

    __tablename__ = "product_category"
    __singular__ = _l("product category")
    __plural__ = _l("Product categories")
    __display_columns__ = ("path",)
    __table_args__ = (
        sa.UniqueConstraint("parent_id", "name"),
        sa.Index(
            "uq_product_category_root_name", "name", unique=True,
            sqlite_where=sa.text("parent_id IS NULL"), postgresql_where=sa.text("parent_id IS NULL"),
        ),
        sa.CheckConstraint("level BETWEEN 1 AND brand_level", name="level_within_tree"),
    )  # fmt: skip

    name: Mapped[str] = mapped_column(sa.String(60))
    parent_id: Mapped[int | None] = link_to("product_category.id", optional=True)
    level: Mapped[int] = mapped_column(default=1)
    brand_level: Mapped[int] = mapped_column(default=3)
    path: Mapped[str] = mapped_column(sa.String(300), default="")  # names from the root, for reading

    parent: Mapped[ProductCategory | None] = relationship(remote_side="ProductCategory.id")

    @property
    def is_brand(self) -> bool:
        """Products hang on brands only. Manual 10.5."""
        return self.level == self.brand_level


class Product(Record, Model):
    """What we sell. Name and model together are unique. Manual 10.2–10.4."""

    __tablename__ = "product"
    __singular__ = _l("product")
    __plural__ = _l("Products")
    __display_columns__ = ("name", "model")
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("name", "model"),
        sa.CheckConstraint("length(name) > 0", name="name_given"),
        sa.CheckConstraint("list_price >= 0 AND cost_price >= 0", name="prices_not_negative"),
        sa.CheckConstraint("stock_minimum <= stock_maximum", name="limits_in_order"),
    )

    number: Mapped[str] = mapped_column(sa.String(40))
    number_key: Mapped[str] = mapped_column(sa.String(40), server_default="", index=True, info=normal_form_of("number"))
    name: Mapped[str] = mapped_column(sa.String(120))
    name_key: Mapped[str] = mapped_column(sa.String(120), server_default="", index=True, info=normal_form_of("name"))
    model: Mapped[str] = mapped_column(sa.String(80), default="")
    model_key: Mapped[str] = mapped_column(
        sa.String(80), default="", server_default="", index=True, info=normal_form_of("model")
    )
    category_id: Mapped[int] = link_to("product_category.id")
    unit_id: Mapped[int] = dictionary_link("unit", optional=False)
    technical_text: Mapped[str | None] = mapped_column(sa.Text)
    list_price: Mapped[Decimal] = mapped_column(Fixed(6), default=Decimal(0), info=_PRICE)  # tax included
    cost_price: Mapped[Decimal] = mapped_column(Fixed(6), default=Decimal(0), info=_COST)
    stock_minimum: Mapped[Decimal | None] = mapped_column(Fixed(3))
    stock_maximum: Mapped[Decimal | None] = mapped_column(Fixed(3))
    counts_stock: Mapped[bool] = mapped_column(default=True)
    discontinued: Mapped[bool] = mapped_column(default=False, index=True)
    remark: Mapped[str | None] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text, default="")

    category: Mapped[ProductCategory] = relationship()
    unit: Mapped[DictionaryItem] = relationship(foreign_keys=[unit_id])
    tier_prices: Mapped[list[ProductPrice]] = relationship(back_populates="product", cascade="all, delete-orphan")


class ProductPrice(Row, Model):
    """The price of a product in one tier of the price policy, yuan, tax included. Manual 8.5."""

    __tablename__ = "product_price"
    __table_args__ = (sa.UniqueConstraint("product_id", "tier_id"),)

    product_id: Mapped[int] = link_to("product.id", ondelete="CASCADE")
    tier_id: Mapped[int] = dictionary_link("price_tier", optional=False)
    price: Mapped[Decimal] = mapped_column(Fixed(6), info=_PRICE)

    product: Mapped[Product] = relationship(back_populates="tier_prices")
    tier: Mapped[DictionaryItem] = relationship(foreign_keys=[tier_id])


explain_constraint("ck_product_name_given", "no_name", _l("Please give the product's name."), "name")
explain_constraint("uq_product_number", "duplicate_number", _l("Another product already has this number."), "number")
explain_constraint(
    "uq_product_name_model", "duplicate_name", _l("Another product already has this name and model."), "model"
)
explain_constraint(
    "ck_product_limits_in_order", "limits", _l("The stock minimum is above the maximum."), "stock_minimum"
)
explain_constraint("ck_product_prices_not_negative", "negative_price", _l("A price cannot be negative."), "list_price")
# SQLite tells the column of a unique index, not its name.
for _rule in ("uq_product_category_parent_id_name", "uq_product_category_root_name", "uq_product_category_name"):
    explain_constraint(_rule, "duplicate_name", _l("This category already has a branch of that name."), "name")
label_fields(
    ProductCategory,
    name=_l("Category name"), parent=_l("Parent category"), level=_l("Level"), brand_level=_l("Brand level"),
    path=_l("Path"),
)  # fmt: skip
label_fields(
    Product,
    number=_l("Product number"), name=_l("Product name"), model=_l("Model"), category=_l("Product category"),
    unit=_l("Unit"), technical_text=_l("Technical parameters"), list_price=_l("List price"),
    cost_price=_l("Cost price"), stock_minimum=_l("Stock minimum"), stock_maximum=_l("Stock maximum"),
    counts_stock=_l("Counts stock"), discontinued=_l("Discontinued"), tier_prices=_l("Tier prices"),
)  # fmt: skip
label_fields(ProductPrice, tier=_l("Price tier"), price=_l("Price"))
