"""Writing workbooks: templates that can be filled in, refused rows that can be mended and sent again."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from app.core.db.base import db
from app.core.sheets.columns import FAULT_HEADING
from app.core.sheets.open_sheet import open_sheet
from app.core.sheets.workbook import cell_text
from app.imports.engine.workbook_writer import write_refused, write_template
from tests.support.everything import CAST, IMPORTERS
from tests.support.workbooks import CUSTOMER_HEADINGS, company, customers, workbook


def template(office: Any, kind: str) -> bytes:
    """What somebody gets who may import it."""
    stream = io.BytesIO()
    actors = (office.person(login).actor for login in CAST)
    actor = next(actor for actor in actors if actor.may("import", IMPORTERS[kind].model))
    importer = IMPORTERS[kind](db.session(), actor, {})
    write_template(stream, importer, db.session())
    return stream.getvalue()


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


@pytest.mark.parametrize("kind", IMPORTERS)
def test_a_template_has_the_headings_of_its_kind(office: Any, kind: str) -> None:
    sheet = open_sheet(template(office, kind), "a.xlsx")
    assert sheet.headings == [column.heading for column in IMPORTERS[kind].columns]


def test_a_template_offers_the_units_of_the_dictionary(office: Any) -> None:
    """§10.6: exactly the 12."""
    found = parts(template(office, "products"))
    assert "<dataValidation " in found["xl/worksheets/sheet1.xml"]
    lists = found["xl/worksheets/sheet3.xml"]
    for unit in ["个", "件", "台", "套", "把", "支", "只", "盒", "箱", "包", "米", "千克"]:
        assert f">{unit}<" in lists


def test_texts_in_a_template_are_typed_as_text(office: Any) -> None:
    """A telephone number typed into it keeps its digits."""
    assert (
        '"@"' in parts(template(office, "customers"))["xl/styles.xml"]
        or 'numFmtId="49"' in parts(template(office, "customers"))["xl/styles.xml"]
    )


def test_the_stock_template_is_open_only_where_one_types(office: Any) -> None:
    office.product()
    found = parts(template(office, "opening_stock"))
    assert "<sheetProtection " in found["xl/worksheets/sheet1.xml"]
    assert 'locked="0"' in found["xl/styles.xml"]


def refused(content: bytes, faults: list[tuple[int, str]], *, every_row: bool = False) -> list[list[str]]:
    stream = io.BytesIO()
    write_refused(stream, open_sheet(content, "a.xlsx"), faults, "客户", every_row=every_row)
    sheet = open_sheet(stream.getvalue(), "b.xlsx")
    return [sheet.headings, *([cell_text(value) for value in row.values] for row in sheet.rows())]


def test_refused_rows_come_back_as_they_were_with_the_reasons_beside(office: Any) -> None:
    rows = [company("甲"), company("乙", mobile=13800000002), company("丙")]
    found = refused(customers(*rows), [(3, "手机: 错"), (3, "税号: 错"), (4, "客户名称: 错")])
    assert found[0] == [*CUSTOMER_HEADINGS, FAULT_HEADING]
    assert [row[-1] for row in found[1:]] == ["手机: 错；税号: 错", "客户名称: 错"]
    assert [row[:-1] for row in found[1:]] == [[cell_text(value) for value in row] for row in rows[1:]]


def test_every_row_comes_back_where_a_file_is_only_taken_whole(office: Any) -> None:
    found = refused(customers(company("甲"), company("乙")), [(3, "错")], every_row=True)
    assert [row[-1] for row in found[1:]] == ["", "错"]


def test_a_file_that_was_refused_before_gets_no_second_column_of_reasons(office: Any) -> None:
    content = workbook([*CUSTOMER_HEADINGS, FAULT_HEADING], [[*company("甲"), "旧的错误"]])
    found = refused(content, [(2, "新的错误")])
    assert (found[0], found[1][-1]) == ([*CUSTOMER_HEADINGS, FAULT_HEADING], "新的错误")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(1)", "=cmd|' /C calc'!A0", "\t=1", "http://example.org", "mailto:a@b"]
)
def test_no_text_becomes_a_formula_or_a_link(office: Any, text: str) -> None:
    stream = io.BytesIO()
    write_refused(stream, open_sheet(customers(company(text)), "a.xlsx"), [(2, text)], "客户", every_row=False)
    sheet = parts(stream.getvalue())["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert cell_text(next(open_sheet(stream.getvalue(), "b.xlsx").rows()).values[1]) == text.strip()
