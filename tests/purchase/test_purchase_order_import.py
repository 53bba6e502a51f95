"""Purchase orders from workbooks: every rule of the form holds. Manual 10.9, 12.1, 12.3."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.sheets.open_sheet import open_sheet
from app.core.sheets.workbook import cell_text
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.system.import_batch import BatchState
from tests.engine.imports.test_fields import sheet

D = Decimal
DAY, LATER = dt.date(2026, 11, 2), dt.date(2026, 11, 12)


def line(product: Any, quantity: Any = 10, price: Any = "6.5", mark: Any = 1, **cells: Any) -> dict[str, Any]:
    head = {"供应商": "永康五金厂", "主题": "备货", "采购日期": DAY, "预计到货日期": LATER}
    named = product if isinstance(product, str) else product.number
    return {"单据序号": mark, **head, "产品": named, "数量": quantity, "含税单价": price, **cells}


@pytest.fixture
def yongkang(office: Any) -> Supplier:
    found: Supplier = office.purchaser.creates(Supplier, name="永康五金厂")
    return found


def orders() -> list[PurchaseOrder]:
    return list(db.session.scalars(sa.select(PurchaseOrder).order_by(PurchaseOrder.id)))


def test_purchases_come_in_with_their_lines_as_if_they_were_typed(office: Any, imports: Any, yongkang: Any) -> None:
    """§12.1, §8.5: totals, tax and list prices follow; what is left empty takes its default."""
    pump, saw = office.product(price="10"), office.product("手锯", price="20")
    rows = [
        line(pump, 10, "6.5", 税率="13%"), line(saw, 2, "¥15.25", 税率=0.13, 明细备注="带套"),
        line(f"{saw.name} {saw.model}", 1, 0, mark=2, 主题="赠品"),
    ]  # fmt: skip
    batch = imports.does_all("purchaser", "purchase_order", sheet("purchase_order", *rows))
    assert imports.faults(batch) == []
    first, second = orders()
    assert (first.supplier.name, first.subject, first.warehouse.code, first.buyer.username) == (
        "永康五金厂", "备货", "MAIN", "purchaser",
    )  # fmt: skip
    assert (first.total, first.tax_total, first.lowest_discount) == (D("95.50"), D("10.99"), D("0.65"))
    assert [(each.quantity, each.unit_price, each.list_price, each.remark) for each in first.lines] == [
        (D(10), D("6.5"), D(10), None), (D(2), D("15.25"), D(20), "带套"),
    ]  # fmt: skip
    assert (second.lines[0].product, second.total) == (saw, D(0))
    assert office.history(first) == ["create"]
    assert office.mismatches() == []


def test_the_rules_of_a_purchase_hold_for_each_row(office: Any, imports: Any, yongkang: Any) -> None:
    """§12.1, §12.3: who is unknown, what cannot be counted so, prices below nothing, days in the wrong order."""
    pump = office.product()
    office.purchaser.creates(Supplier, name="停业的厂", discontinued=True)
    rows = [
        line(pump, mark=1, 供应商="没有这家"), line(pump, "1.5", mark=2), line(pump, 1, "-1", mark=3),
        line(pump, mark=4, 预计到货日期=DAY - dt.timedelta(days=1)), line(pump, mark=5, 供应商="停业的厂"),
        line(pump, mark=6, 税率="99%"), line(pump, 1, "1.2345678", mark=7), line("没有这个", mark=8),
        line(pump, mark=9, 仓库="没有的仓"), line(pump, mark=10, 采购日期="去年"), line(pump, None, mark=11),
    ]  # fmt: skip
    batch = imports.does_all("purchaser", "purchase_order", sheet("purchase_order", *rows))
    assert imports.faults(batch) == [
        (2, "供应商", "unknown_row"), (3, "数量", "whole_unit"), (4, "含税单价", "bad_number"),
        (5, "预计到货日期", "expected_before_ordering"), (6, "供应商", "invalid"), (7, "税率", "unknown_choice"),
        (8, "含税单价", "bad_number"), (9, "产品", "unknown_row"), (10, "仓库", "unknown_row"),
        (11, "采购日期", "bad_date"), (12, "数量", "missing"),
    ]  # fmt: skip
    assert orders() == []


def test_what_is_no_longer_sold_may_still_be_bought(office: Any, imports: Any, yongkang: Any) -> None:
    """§10.9"""
    gone = office.product()
    office.product_manager.changes(gone, discontinued=True)
    assert imports.faults(imports.does_all("purchaser", "purchase_order", sheet("purchase_order", line(gone)))) == []
    assert [each.product for each in orders()[0].lines] == [gone]


def test_a_purchaser_may_name_an_order_and_its_customer_without_opening_them(
    office: Any, imports: Any, yongkang: Any
) -> None:
    """§12.3: the customer follows from the order, and must be that order's."""
    pump = office.product()
    sold, other = office.order("lin", [(pump, "1")]), office.customer("lin")
    rows = [line(pump, mark=1, 订单=sold.number), line(pump, mark=2, 订单=sold.number, 客户=other.number)]
    batch = imports.does_all("purchaser", "purchase_order", sheet("purchase_order", *rows))
    assert imports.faults(batch) == [(3, "客户", "invalid")]
    assert [(each.sales_order, each.customer) for each in orders()] == [(sold, sold.customer)]


def test_a_number_goes_before_a_name_that_reads_like_it(office: Any, imports: Any, yongkang: Any) -> None:
    pump = office.product()
    office.product(pump.number)
    imports.does_all("purchaser", "purchase_order", sheet("purchase_order", line(pump)))
    assert [each.product for each in orders()[0].lines] == [pump]


def test_a_name_of_several_products_is_asked_for_by_number(office: Any, imports: Any, yongkang: Any) -> None:
    office.product("水泵"), office.product("水泵")
    batch = imports.sends("purchaser", "purchase_order", sheet("purchase_order", line("水泵")))
    assert imports.faults(batch) == [(2, "产品", "ambiguous_row")]


def test_a_batch_of_purchases_is_taken_back_until_one_is_submitted(office: Any, imports: Any, yongkang: Any) -> None:
    pump = office.product()
    content = sheet("purchase_order", line(pump), line(pump, mark=2))
    batch = imports.does_all("purchaser", "purchase_order", content)
    assert imports.takes_back("purchaser", batch).state == BatchState.reverted
    assert orders() == []
    batch = imports.does_all("purchaser", "purchase_order", content)
    office.purchaser.fires("submit", orders()[0])
    assert imports.takes_back("purchaser", batch).state == BatchState.done
    assert len(orders()) == 2


def test_the_template_says_what_belongs_into_each_column(client_as: Any) -> None:
    answer = client_as("purchaser").get("/import/template/purchase_order")
    headings = open_sheet(answer.data, "a.xlsx").headings
    assert headings[:5] == ["单据序号", "供应商", "主题", "采购日期", "预计到货日期"]
    assert {"产品", "数量", "含税单价", "税率", "备注", "明细备注"} <= set(headings)


def test_the_page_of_a_batch_names_each_fault_in_words(office: Any, imports: Any, yongkang: Any, at: Any) -> None:
    pump = office.product()
    rows = [line(pump, "1.5"), line(pump), line(pump, mark=2, 预计到货日期=DAY - dt.timedelta(days=1))]
    batch = imports.sends("purchaser", "purchase_order", sheet("purchase_order", *rows))
    page = at("purchaser").open(f"/import/{batch.id}").text
    for told in ("单位不可拆分", "同一单据的其他行有误", "第 2 行有误，本行也未导入", "预计到货日期早于采购日期"):
        assert told in page, told
    for code in ("whole_unit", "other_row", "expected_before_ordering"):
        assert f">{code}" not in page


def test_the_command_line_reads_purchases(office: Any, imports: Any, yongkang: Any) -> None:
    code, lines = imports.command("purchase_order", sheet("purchase_order", line(office.product())))
    assert (code, lines[-1][:20]) == (0, "imported=1 refused=0")


def test_cells_are_read_from_a_csv_file_as_well(office: Any, imports: Any, yongkang: Any) -> None:
    from tests.support.workbooks import as_csv

    content = as_csv(sheet("purchase_order", line(office.product(), 税率="13%")))
    batch = imports.does_all("purchaser", "purchase_order", content, name="purchases.csv")
    assert (imports.faults(batch), cell_text(orders()[0].total)) == ([], "65.00")
