"""Workbooks for tests: small ones from rows, and a large one of customers made on the spot."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from app.core.sheets.open_sheet import open_sheet
from app.core.sheets.workbook import cell_text
from app.imports.customers.customer import CustomerImport
from app.imports.products.product import ProductImport
from app.imports.stock.stock import OpeningStockImport

DEMO = Path(__file__).parents[2] / "app" / "demo"
CUSTOMER_HEADINGS = [column.heading for column in CustomerImport.columns]
PRODUCT_HEADINGS = [column.heading for column in ProductImport.columns]
STOCK_HEADINGS = [column.heading for column in OpeningStockImport.columns]
_SYLLABLES = "丰达远海安泰诚信宏宇科创联润盛金通利德嘉顺源鑫华美瑞康博力天恒"
_TRADES = ("机电设备", "模具制造", "五金工具", "汽车维修", "电力工程", "钢结构")


def demo(name: str) -> bytes:
    """One of the three workbooks of the demo firm."""
    return (DEMO / name).read_bytes()


def workbook(headings: Sequence[str], rows: Iterable[Sequence[Any]], **options: Any) -> bytes:
    """A workbook of one sheet; None leaves a cell empty, a text beginning with = stays text."""
    stream = io.BytesIO()
    safe = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, {**safe, **options}) as book:
        sheet = book.add_worksheet("数据")
        for line, row in enumerate(_with(headings, rows)):
            for place, value in enumerate(row):
                if value is not None:
                    sheet.write(line, place, value)
    return stream.getvalue()


def as_csv(content: bytes, encoding: str = "gb18030", separator: str = ",") -> bytes:
    """A workbook as Excel saves it in this encoding."""
    sheet, stream = open_sheet(content, "a.xlsx"), io.StringIO(newline="")
    written = csv.writer(stream, delimiter=separator)
    written.writerow(sheet.headings)
    row_number = sheet.heading_row
    for row in sheet.rows():
        written.writerows([[]] * (row.number - row_number - 1))
        written.writerow([cell_text(value) for value in row.values])
        row_number = row.number
    return stream.getvalue().encode(encoding)


def _with(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    yield headings
    yield from rows


def company(name: str, *, mobile: Any = "13800000001", owner: str = "林晓", **changes: Any) -> list[Any]:
    """A row of the customers' workbook."""
    values = {
        "客户性质": "企业", "客户名称": name, "联系人": "王明", "职务": "经理", "手机": mobile, "电话": "010-66668888",
        "城市": "北京", "地址": "通海路1号", "所有者": owner, "税号": "91110108MA01ABCD23",
    }  # fmt: skip
    values.update(changes)
    return [values[heading] for heading in CUSTOMER_HEADINGS]


def person(name: str, mobile: Any = "13900000001", owner: str = "林晓") -> list[Any]:
    empty = dict.fromkeys(("联系人", "职务", "电话", "地址", "税号"))
    return company(name, mobile=mobile, owner=owner, 客户性质="个人", **empty)


def customers(*rows: list[Any]) -> bytes:
    return workbook(CUSTOMER_HEADINGS, rows)


def many_customers(count: int, seed: int = 1) -> bytes:
    """Companies and individuals without a fault, every name its own."""
    draw = random.Random(seed)

    def rows() -> Iterable[list[Any]]:
        for number in range(count):
            word = "".join(draw.choice(_SYLLABLES) for _ in range(4))
            owner = draw.choice(("林晓", "周涛", "许可", "马宁"))
            mobile = f"139{draw.randrange(10**8):08d}"
            if number % 12 == 0:
                yield person(f"{word[:3]}{number}", mobile, owner)
            else:
                name = f"{word}{draw.choice(_TRADES)}{number}有限公司"
                yield company(name, mobile=mobile, owner=owner, 地址=f"通海路{number}号")

    return workbook(CUSTOMER_HEADINGS, rows())
