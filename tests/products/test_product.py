"""The product tree, products, who may keep them, and who may pick them."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.entry import ENTRIES
from app.models.products.product import Product, ProductCategory
from app.models.system.setting import DictionaryItem
from app.security.dictionaries import item_named, items
from tests.support.office import refused


def _branch(office: Any, *names: str) -> ProductCategory:
    parent = None
    for name in names:
        parent = office.product_manager.creates(ProductCategory, name=name, parent=parent)
    assert parent is not None
    return parent


def test_hand_tools_have_four_levels_above_a_product_everything_else_three(office: Any) -> None:
    """§10.1, §10.5: 手工工具 大类→小类→等级→品牌, others 大类→等级→品牌; a product hangs on a brand."""
    brand = _branch(office, "手工工具", "钳类", "工业级", "钢盾")
    other = _branch(office, "磨具", "经济级", "田岛")
    assert (brand.is_brand, other.is_brand, brand.parent.is_brand) == (True, True, False)
    with refused("too_deep"):
        office.product_manager.creates(ProductCategory, name="再深", parent=brand)
    with refused("bad_category"):
        office.product_manager.creates(Product, number="X1", name="钳", model="A", category=brand.parent)
    product = office.product_manager.creates(Product, number="X1", name="钳", model="A", category=brand)
    assert product.category.path == "手工工具 / 钳类 / 工业级 / 钢盾"


@pytest.mark.sql
def test_renaming_a_category_renames_the_paths_below(office: Any) -> None:
    """§10.1: the tree reads the same everywhere."""
    brand = _branch(office, "磨具", "经济级", "田岛")
    root = brand.parent.parent
    office.product_manager.changes(root, name="磨料磨具")
    assert brand.path == "磨料磨具 / 经济级 / 田岛"


@pytest.mark.sql
def test_name_and_model_together_are_unique_and_so_is_the_number(office: Any) -> None:
    """§10.3, §10.4: 品名+型号 must be unique; the same name with another model is fine."""
    product = office.product("羊角锤")
    values = {"category": product.category, "list_price": D(1)}
    with refused("duplicate_name"):
        office.product_manager.creates(Product, number="Z9", name=product.name, model=product.model, **values)
    with refused("duplicate_number"):
        office.product_manager.creates(Product, number=product.number, name="别的", model="Z", **values)
    office.product_manager.creates(Product, number="Z9", name=product.name, model="Z", **values)


def test_renaming_a_product_in_use_warns_with_the_number_of_orders(office: Any) -> None:
    """§10.4: name and model should not change lightly."""
    (product,) = office.stocked("5")
    office.order("lin", [(product, "1")])
    office.product_manager.changes(product, name="新名")
    warnings = office.product_manager.does(lambda session, actor: ENTRIES[Product].warnings(session, product, actor))
    assert [warning["code"] for warning in warnings] == ["in_documents"]


def test_units_are_the_twelve_of_the_dictionary(office: Any) -> None:
    """§10.2, §10.6: 产品单位 has exactly 12 values."""
    assert [item.label for item in items(db.session(), "unit")] == list("个件台套把支只盒箱包米") + ["千克"]
    with refused("invalid"):
        item_named(db.session(), "unit", "吨")


def test_a_discontinued_product_cannot_be_ordered_but_stays_on_old_orders(office: Any) -> None:
    """§10.9: 停售 is not picked for orders; old lines keep it."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    office.product_manager.changes(product, discontinued=True)
    with refused("discontinued"):
        office.order("lin", [(product, "1")])
    office.lin.changes(
        order, lines=[{"id": order.lines[0].id, "product": product, "quantity": D(2), "unit_price": D(10)}]
    )
    assert order.lines[0].quantity == D(2)


@pytest.mark.parametrize("login", ["lin", "keeper", "finance", "purchaser", "boss", "admin"])
def test_only_product_manager_and_director_keep_products(office: Any, login: str) -> None:
    """§10.10: everyone reads; 产品管理员 and 营销总监 create, edit, delete."""
    product = office.product()
    assert office.person(login).actor.may("read", Product)
    with refused("not_allowed"):
        office.person(login).changes(product, name="改")
    office.director.changes(product, name="改")


def test_a_cost_is_set_only_by_who_may_and_seen_only_by_who_may(office: Any) -> None:
    """§10.2: 成本价 needs its own right."""
    actors = {login: office.person(login).actor for login in ("lin", "keeper", "finance", "boss", "product", "admin")}
    assert [login for login, actor in actors.items() if actor.sees_cost] == ["finance", "boss", "product"]


def test_price_tiers_and_limits_are_kept_and_checked(office: Any) -> None:
    """§10.2: tier prices, stock limits in order, no negative price."""
    tier = item_named(db.session(), "price_tier", "VIP价")
    product = office.product(tier_prices=[{"tier": tier, "price": D("8.5")}])
    assert [(price.tier.label, price.price) for price in product.tier_prices] == [("VIP价", D("8.5000"))]
    with refused("limits"):
        office.product_manager.changes(product, stock_minimum=D(10), stock_maximum=D(5))
    with refused("negative_price"):
        office.product_manager.changes(product, list_price=D(-1))


def test_a_retired_value_stays_on_old_records_and_cannot_be_chosen(office: Any) -> None:
    """spec §2: 弃用 values stay readable; rules' own values are never deleted."""
    piece = item_named(db.session(), "unit", "包")
    product = office.product(unit=piece)
    office.admin.changes(piece, state="retired")
    assert product.unit.label == "包"
    with refused("invalid"):
        item_named(db.session(), "unit", "包")
    with refused("duplicate_label"):
        office.admin.creates(DictionaryItem, dictionary="unit", label="包")
    fixed = db.session.scalars(sa.select(DictionaryItem).where(DictionaryItem.code == "regular")).one()
    with refused("in_use"):
        office.admin.deletes(fixed)
    with refused("not_allowed"):
        office.lin.changes(piece, label="袋")
