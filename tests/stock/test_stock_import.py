"""Opening stock from its template: only quantities may differ. Manual 11.1, 11.2."""

from __future__ import annotations

import io
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.ledger import ledger
from app.core.sheets.open_sheet import open_sheet
from app.imports.engine.workbook_writer import write_template
from app.imports.stock.stock import OpeningStockImport
from app.models.stock.stock import StockInit, StockInitState
from app.models.system.import_batch import BatchState
from tests.support.office import refused
from tests.support.workbooks import STOCK_HEADINGS, demo, workbook

pytestmark = pytest.mark.sql


@pytest.fixture
def goods(imports: Any) -> list[Any]:
    return [imports.office.product("防尘口罩"), imports.office.product("手套"), imports.office.product("安全帽")]


def line(product: Any, quantity: Any, **changes: Any) -> list[Any]:
    values = {"产品编号": product.number, "品名": product.name, "型号": product.model, "数量": quantity, **changes}
    return [values[heading] for heading in STOCK_HEADINGS]


def stock(*rows: list[Any], headings: list[str] = STOCK_HEADINGS) -> bytes:
    return workbook(headings, rows)


def documents() -> list[StockInit]:
    return list(db.session.scalars(sa.select(StockInit).order_by(StockInit.id)))


def test_the_given_workbook_stocks_the_main_warehouse_in_one_document(imports: Any) -> None:
    imports.does_all("product", "products", demo("products.xlsx"))
    batch = imports.does_all("keeper", "opening_stock", demo("opening_stock.xlsx"), warehouse="MAIN")
    assert (batch.state, batch.accepted, batch.refused) == (BatchState.done, 600, 0)
    (document,) = documents()
    wanted = {row.values[0]: D(str(row.values[3])) for row in open_sheet(demo("opening_stock.xlsx"), "a.xlsx").rows()}
    assert {found.product.number: found.quantity for found in document.lines} == {k: v for k, v in wanted.items() if v}
    assert imports.office.mismatches() == []


def test_quantities_reach_the_chosen_warehouse_only(imports: Any, goods: list[Any]) -> None:
    goods[0] = imports.office.product("钢丝绳", unit="米")
    imports.does_all("keeper", "opening_stock", stock(line(goods[0], 12.5), line(goods[1], None)), warehouse="SHOP")
    office = imports.office
    assert (office.on_hand(goods[0], "SHOP"), office.on_hand(goods[0]), office.on_hand(goods[1], "SHOP")) == (
        D("12.5"),
        0,
        0,
    )


def test_a_part_of_a_whole_unit_is_no_stock(imports: Any, goods: list[Any]) -> None:
    batch = imports.does_all("keeper", "opening_stock", stock(line(goods[0], 1.5), line(goods[1], 2)), warehouse="MAIN")
    assert imports.faults(batch) == [(2, "数量", "whole_unit")]


@pytest.mark.parametrize(("column", "letter"), [("品名", "B"), ("型号", "C")])
def test_a_changed_cell_is_named(imports: Any, goods: list[Any], column: str, letter: str) -> None:
    rows = [line(goods[0], 1), line(goods[1], 2, **{column: "改过"})]
    batch = imports.does_all("keeper", "opening_stock", stock(*rows), warehouse="MAIN")
    assert imports.faults(batch) == [(3, column, "changed_cell")]
    from app.models.system.import_batch import ImportFault

    assert f"{letter}3" in db.session.scalars(sa.select(ImportFault.text)).one()
    assert (imports.office.on_hand(goods[0]), imports.office.on_hand(goods[1])) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"产品编号": "没有"}, ("产品编号", "unknown_product")),
        ({"产品编号": None}, ("产品编号", "unknown_product")),
        ({"数量": "很多"}, ("数量", "bad_number")),
        ({"数量": -1}, ("数量", "bad_number")),
        ({"数量": 1.0005}, ("数量", "bad_number")),
        ({"数量": "=2*3"}, ("数量", "bad_number")),
    ],
)  # fmt: skip
def test_any_other_fault_is_named_too(
    imports: Any, goods: list[Any], changes: dict[str, Any], fault: tuple[str, str]
) -> None:
    rows = [line(goods[0], 5, **changes), line(goods[1], 2)]
    batch = imports.does_all("keeper", "opening_stock", stock(*rows), warehouse="MAIN")
    assert imports.faults(batch) == [(2, *fault)]
    assert imports.office.on_hand(goods[1]) == 2


def test_a_product_stands_there_once(imports: Any, goods: list[Any]) -> None:
    batch = imports.sends("keeper", "opening_stock", stock(line(goods[0], 1), line(goods[0], 2)), warehouse="MAIN")
    assert imports.faults(batch) == [(3, "产品编号", "duplicate_number")]


def test_a_product_without_stock_count_takes_no_quantity(imports: Any) -> None:
    service = imports.office.product("上门费", counts_stock=False)
    batch = imports.sends("keeper", "opening_stock", stock(line(service, 1)), warehouse="MAIN")
    assert imports.faults(batch) == [(2, "数量", "not_counted")]


@pytest.mark.parametrize(
    "headings",
    [
        ["产品编号", "品名", "型号"],
        ["产品编号", "品名", "型号", "数量", "备注"],
        ["品名", "产品编号", "型号", "数量"],
        ["编号", "品名", "型号", "数量"],
    ],
)
def test_the_columns_are_exactly_those_of_the_template(imports: Any, goods: list[Any], headings: list[str]) -> None:
    with refused("bad_file"):
        imports.sends("keeper", "opening_stock", workbook(headings, [["x"] * len(headings)]), warehouse="MAIN")


def test_more_products_than_one_statement_takes_are_stocked(
    imports: Any, goods: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "AT_ONCE", 2)
    rows = [line(product, n) for n, product in enumerate(goods, 1)]
    imports.does_all("keeper", "opening_stock", stock(*rows), warehouse="MAIN")
    assert [imports.office.on_hand(product) for product in goods] == [1, 2, 3]
    assert imports.office.mismatches() == []


def test_a_second_workbook_replaces_the_first(imports: Any, goods: list[Any]) -> None:
    imports.does_all("keeper", "opening_stock", stock(line(goods[0], 5), line(goods[1], 1)), warehouse="MAIN")
    imports.does_all("keeper", "opening_stock", stock(line(goods[0], 7)), warehouse="MAIN")
    assert (imports.office.on_hand(goods[0]), imports.office.on_hand(goods[1])) == (7, 0)
    assert [document.state for document in documents()] == [StockInitState.reversed, StockInitState.posted]
    assert imports.office.mismatches() == []


def test_a_warehouse_in_use_takes_no_opening_stock(imports: Any, goods: list[Any]) -> None:
    """§11.2: refused once anything but an opening stock and its reversal has moved."""
    office = imports.office
    imports.does_all("keeper", "opening_stock", stock(line(goods[0], 5)), warehouse="MAIN")
    office.approved("lin", [(goods[0], "1")])
    with refused("warehouse_in_use"):
        imports.sends("keeper", "opening_stock", stock(line(goods[0], 9)), warehouse="MAIN")
    imports.sends("keeper", "opening_stock", stock(line(goods[0], 9)), warehouse="SHOP")


def test_goods_that_move_between_check_and_import_refuse_it(imports: Any, goods: list[Any]) -> None:
    office = imports.office
    batch = imports.sends("keeper", "opening_stock", stock(line(goods[0], 5)), warehouse="MAIN")
    office.approved("lin", [(goods[0], "1")])
    with refused("warehouse_in_use"):
        imports.start("keeper", batch)
    assert documents() == []


@pytest.mark.parametrize("login", ["admin", "boss", "director", "lin", "product", "purchaser", "finance"])
def test_only_the_keeper_of_the_warehouse_imports(imports: Any, goods: list[Any], login: str) -> None:
    with refused("not_allowed"):
        imports.sends(login, "opening_stock", stock(line(goods[0], 5)), warehouse="MAIN")


def test_a_keeper_of_another_warehouse_is_refused(imports: Any, goods: list[Any]) -> None:
    office = imports.office
    office.admin.changes(office.warehouse("MAIN"), keepers=[])
    with refused("not_allowed"):
        imports.sends("keeper", "opening_stock", stock(line(goods[0], 5)), warehouse="MAIN")


def test_without_a_warehouse_it_is_refused(imports: Any, goods: list[Any]) -> None:
    with refused("invalid"):
        imports.sends("keeper", "opening_stock", stock(line(goods[0], 5)))


def test_the_template_lists_every_product_and_comes_in_again_unchanged(imports: Any, goods: list[Any]) -> None:
    discontinued = imports.office.product("旧款", discontinued=True)
    stream = io.BytesIO()
    importer = OpeningStockImport(db.session(), imports.office.keeper.actor, {})
    write_template(stream, importer, db.session())
    sheet = open_sheet(stream.getvalue(), "a.xlsx")
    assert sheet.headings == STOCK_HEADINGS
    assert [row.values[0] for row in sheet.rows()] == [product.number for product in [*goods, discontinued]]
    batch = imports.sends("keeper", "opening_stock", stream.getvalue(), warehouse="MAIN")
    assert (batch.accepted, batch.refused) == (4, 0)


def test_taking_it_back_reverses_the_document(imports: Any, goods: list[Any]) -> None:
    batch = imports.does_all("keeper", "opening_stock", stock(line(goods[0], 5)), warehouse="MAIN")
    batch = imports.takes_back("keeper", batch)
    assert (batch.state, documents()[0].state) == (BatchState.reverted, StockInitState.reversed)
    assert imports.office.on_hand(goods[0]) == 0
    assert imports.office.mismatches() == []


def test_it_is_not_taken_back_once_goods_have_moved(imports: Any, goods: list[Any]) -> None:
    batch = imports.does_all("keeper", "opening_stock", stock(line(goods[0], 5)), warehouse="MAIN")
    imports.office.approved("lin", [(goods[0], "1")])
    batch = imports.takes_back("keeper", batch)
    assert (batch.state, bool(batch.failure)) == (BatchState.done, True)
    assert imports.office.on_hand(goods[0]) == 5
