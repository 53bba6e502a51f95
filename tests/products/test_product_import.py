"""Products from a workbook, with the branches of the tree they hang on. Manual 10.1–10.6."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.models.products.product import Product, ProductCategory
from tests.support.office import refused
from tests.support.workbooks import PRODUCT_HEADINGS, demo, workbook

pytestmark = pytest.mark.sql


def row(number: Any = "X1", name: str = "管钳", model: str = "14寸", **changes: Any) -> list[Any]:
    values = {
        "产品编号": number, "品名": name, "型号": model, "大类": "手工工具", "小类": "钳类", "等级": "工业级",
        "品牌": "世达", "单位": "把",
        "成本价": 10.5, "售价": 15.25, "库存下限": 10, "库存上限": 100, "技术参数": "铬钒钢",
    }  # fmt: skip
    values.update(changes)
    return [values[heading] for heading in PRODUCT_HEADINGS]


def products(*rows: list[Any]) -> bytes:
    return workbook(PRODUCT_HEADINGS, rows)


def numbered(number: str) -> Product:
    return db.session.scalars(sa.select(Product).where(Product.number == number)).one()


def test_the_given_workbook_comes_in_whole_on_its_tree(imports: Any) -> None:
    batch = imports.does_all("product", "products", demo("products.xlsx"))
    assert (batch.accepted, batch.refused) == (600, 0)
    first = numbered("P00001")
    assert (str(first), first.unit.label) == ("钢盾水泵钳 B6091-8寸", "把")
    assert (first.cost_price, first.list_price) == (D("101.05"), D("123.91"))
    assert (first.stock_minimum, first.stock_maximum, first.technical_text) == (10, 1000, "铬钒钢")
    assert numbered("P00003").list_price == D("65.01")
    assert numbered("P00002").stock_minimum is None
    levels = db.session.execute(sa.select(ProductCategory.brand_level, ProductCategory.path).join(Product)).all()
    assert {(level, path.count("/")) for level, path in levels} == {(4, 3), (3, 2)}
    assert all((level == 4) == path.startswith("手工工具") for level, path in levels)


def test_branches_are_made_once_and_found_again(imports: Any) -> None:
    imports.does_all("product", "products", products(row("A"), row("B", "扳手")))
    imports.does_all("director", "products", products(row("C", "锤子"), row("D", "口罩", 大类="劳保用品", 小类=None)))
    assert numbered("A").category_id == numbered("B").category_id == numbered("C").category_id
    assert str(numbered("A").category) == "手工工具 / 钳类 / 工业级 / 世达"
    assert str(numbered("D").category) == "劳保用品 / 工业级 / 世达"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"number": None}, ("产品编号", "no_number")),
        ({"name": " "}, ("品名", "no_name")),
        ({"大类": None, "小类": None}, ("大类", "bad_category")),
        ({"小类": None}, ("小类", "bad_category")),
        ({"大类": "劳保用品"}, ("小类", "bad_category")),
        ({"等级": None}, ("等级", "bad_category")),
        ({"品牌": None}, ("品牌", "bad_category")),
        ({"单位": "打"}, ("单位", "unknown_unit")),
        ({"单位": None}, ("单位", "unknown_unit")),
        ({"售价": "十元"}, ("售价", "bad_number")),
        ({"售价": -1}, ("售价", "bad_number")),
        ({"成本价": 1.0000005}, ("成本价", "bad_number")),
        ({"成本价": "=1+1"}, ("成本价", "bad_number")),
        ({"库存下限": 101}, ("库存下限", "limits")),
        ({"库存上限": 10.0001}, ("库存上限", "bad_number")),
        ({"model": "长" * 81}, ("型号", "too_long")),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_and_the_others_come_in(
    imports: Any, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    good = row("G1", "好的")
    batch = imports.does_all("product", "products", products(row(**change), good))
    assert imports.faults(batch) == [(2, *fault)]
    assert (batch.accepted, numbered("G1").name) == (1, "好的")


def test_numbers_and_names_exist_once_in_the_file_and_on_file(imports: Any) -> None:
    imports.does_all("product", "products", products(row("A", "管钳", "10寸")))
    rows = [row("A", "别的"), row("B", "管钳", "10寸"), row("C"), row("C", "扳手"), row("D"), row("E", "管钳", "16寸")]
    batch = imports.does_all("product", "products", products(*rows))
    assert imports.faults(batch) == [
        (2, "产品编号", "duplicate_number"),
        (3, "型号", "duplicate_name"),
        (5, "产品编号", "duplicate_number"),
        (6, "型号", "duplicate_name"),
    ]
    assert batch.accepted == 2


def test_a_number_typed_as_a_figure_is_a_text(imports: Any) -> None:
    imports.does_all("product", "products", products(row(100200300400, model=14)))
    assert numbered("100200300400").model == "14"


def test_an_imported_product_has_history_and_can_be_searched(imports: Any) -> None:
    from app.core.search.index import matches

    imports.does_all("product", "products", products(row("Q7", "管钳", "14寸")))
    product = numbered("Q7")
    assert imports.office.history(product) == ["create"]
    assert db.session.scalars(sa.select(Product).where(matches(Product, "gq"))).all() == [product]


@pytest.mark.parametrize("login", ["admin", "boss", "lin", "keeper", "purchaser", "finance"])
def test_only_who_keeps_the_products_imports_them(imports: Any, login: str) -> None:
    with refused("not_allowed"):
        imports.sends(login, "products", products(row()))


def test_a_cost_needs_the_right_to_set_costs(imports: Any) -> None:
    """§8.8: without `cost.edit` no path sets a cost."""
    from dataclasses import replace

    from app.core.sheets.columns import Draft
    from app.imports.products.product import ProductImport

    actor = imports.office.person("product").actor
    without = replace(actor, permissions=actor.permissions - {("can_edit", "cost")})
    importer = ProductImport(db.session(), without, {})
    importer.prepare()
    values = {
        "number": "X1", "name": "管钳", "root": "手工工具", "subclass": "钳类", "grade": "工业级",
        "brand": "世达", "unit": "把",
    }  # fmt: skip
    priced, plain = Draft(2, {**values, "cost_price": D(10)}), Draft(3, {**values, "number": "X2", "name": "扳手"})
    importer.check([priced, plain])
    assert [fault.code for fault in priced.faults] == ["not_allowed"]
    assert plain.faults == []
