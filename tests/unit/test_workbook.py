"""Reading workbooks: what a cell says, and that no hostile file gets further than a refusal."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from app.core.errors import Refused
from app.core.files import archive
from app.core.sheets import xlsx, xlsx_shape
from app.core.sheets.open_sheet import open_sheet
from app.core.sheets.workbook import SheetRow, cell_text, column_letters
from tests.support.workbooks import demo
from tests.support.workbooks import workbook as made

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("opened_here")]

HEADINGS = ["甲", "乙"]


def rows_of(content: bytes) -> list[SheetRow]:
    return list(open_sheet(content, "a.xlsx").rows())


def refused_code(content: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(Refused) as caught:
        list(open_sheet(content, name).rows())
    return caught.value.code


def rewritten(
    content: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None
) -> bytes:
    """The same workbook with parts changed, left out (None) or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            changed = change(part.filename, old.read(part))
            if changed is not None:
                new.writestr(part.filename, changed)
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return stream.getvalue()


def with_sheet(xml: str) -> bytes:
    """A workbook whose sheet is exactly this XML."""
    return rewritten(made(HEADINGS, []), lambda name, data: xml.encode() if name.endswith("sheet1.xml") else data)


def sheet_xml(cells: str, before: str = "") -> str:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet {space}>{cells}</worksheet>'


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


# What cells say


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (15028820188.0, "15028820188"), (65.01000000000001, "65.01"), (0.1, "0.1"),
        ("  无锡润利  ", "无锡润利"), ("", ""), (None, ""), (True, "TRUE"), (3, "3"), (-2.5, "-2.5"),
        (1e15, "1000000000000000"),
        (dt.date(2026, 1, 5), "2026-01-05"), ("a\x01b", "a b"), ("一\n二", "一\n二"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_a_person_reads_it(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_rows_carry_the_number_the_spreadsheet_shows_and_empty_ones_are_left_out() -> None:
    content = made(HEADINGS, [["1", "2"], [None, None], ["3", None]])
    assert [(row.number, list(row.values)) for row in rows_of(content)] == [(2, ["1", "2"]), (4, ["3", ""])]


def test_a_table_that_does_not_begin_in_the_corner_keeps_its_row_numbers() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 2, HEADINGS)
        sheet.write_row(5, 2, ["x", "y"])
    sheet = open_sheet(stream.getvalue(), "a.xlsx")
    assert (sheet.headings, sheet.heading_row) == (["", "", *HEADINGS], 4)
    assert [(row.number, list(row.values)) for row in sheet.rows()] == [(6, ["", "", "x", "y"])]


def test_a_formula_is_the_text_it_is_whatever_it_would_give() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_formula(1, 0, '=HYPERLINK("http://127.0.0.1","x")', None, "x")
        sheet.write_formula(1, 1, "=1+1", None, "")
        sheet.write_string(2, 0, "=cmd|' /C calc'!A0")
        sheet.write_string(2, 1, "@SUM(1)")
    first, second = rows_of(stream.getvalue())
    assert list(first.values) == ['=HYPERLINK("http://127.0.0.1","x")', "=1+1"]
    assert list(second.values) == ["=cmd|' /C calc'!A0", "@SUM(1)"]


def test_a_shared_formula_is_kept_for_every_cell_that_shares_it() -> None:
    cells = (
        f'<sheetData><row r="1">{text_cell("A1", "甲")}{text_cell("B1", "乙")}</row>'
        '<row r="2"><c r="A2"><f t="shared" ref="A2:A3" si="0">B2*2</f><v>4</v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v>6</v></c></row></sheetData>'
    )
    assert [row.values[0] for row in rows_of(with_sheet(sheet_xml(cells)))] == ["=B2*2", "=B2*2"]


def test_merged_cells_leave_their_value_in_the_first() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.merge_range(1, 0, 2, 0, "两行")
        sheet.write(2, 1, "乙值")
    assert [list(row.values) for row in rows_of(stream.getvalue())] == [["两行", ""], ["", "乙值"]]


@pytest.mark.parametrize("epoch", [False, True])
def test_a_date_is_the_same_day_in_both_epochs(epoch: bool) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"date_1904": epoch}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_datetime(1, 0, dt.datetime(2026, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    assert cell_text(rows_of(stream.getvalue())[0].values[0]) == "2026-03-01"


def test_only_the_first_visible_sheet_is_read() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        hidden = book.add_worksheet("旧")
        hidden.write_row(0, 0, ["不", "读"])
        shown = book.add_worksheet("新")
        shown.write_row(0, 0, HEADINGS)
        shown.activate()
        hidden.hide()
    assert open_sheet(stream.getvalue(), "a.xlsx").headings == HEADINGS


def test_reading_goes_on_behind_a_row() -> None:
    sheet = open_sheet(made(HEADINGS, [[str(n), None] for n in range(5)]), "a.xlsx")
    assert [row.number for row in sheet.rows(after=4)] == [5, 6]


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_the_spreadsheet_names_them(index: int, letters: str) -> None:
    assert column_letters(index) == letters


def test_the_given_workbooks_can_be_read() -> None:
    sizes = {
        name: open_sheet(demo(name), name).size for name in ("customers.xlsx", "products.xlsx", "opening_stock.xlsx")
    }
    assert sizes == {"customers.xlsx": 1200, "products.xlsx": 600, "opening_stock.xlsx": 600}


# What is refused


def outcome(content: bytes) -> str:
    try:
        list(open_sheet(content, "a.xlsx").rows())
    except Refused as refusal:
        return refusal.code
    return "read"


def test_headings_that_stand_twice_are_refused() -> None:
    assert refused_code(made(["甲", "乙", " 甲 "], [["1", "2", "3"]])) == "bad_file"


def test_an_empty_sheet_is_refused() -> None:
    assert refused_code(made([], [])) == "bad_file"


@pytest.mark.parametrize("name", ["a.xls", "a.csv", "a.xlsm", "a.xlsx.exe", "a", ".xlsx/"])
def test_a_workbook_is_called_xlsx(name: str) -> None:
    assert refused_code(made(HEADINGS, []), name) == "bad_file"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK", "客户名称,手机\n张三,139".encode("gbk"), b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"%PDF-1.4",
        b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 200,
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    assert refused_code(content) == "bad_file"


def test_every_cut_or_changed_workbook_is_refused_or_read_but_never_breaks() -> None:
    content = made(HEADINGS, [["1", "2"]])
    for at in range(0, len(content), 61):
        for broken in (content[:at], content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]):
            assert outcome(broken) in ("read", "bad_file"), at


def test_a_zip_of_something_else_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("word/document.xml", "<a/>")
    assert refused_code(stream.getvalue()) == "bad_file"


def test_a_bomb_is_refused_by_its_ratio() -> None:
    blown = sheet_xml("<sheetData>" + " " * 30_000_000 + "</sheetData>")
    content = with_sheet(blown)
    assert len(content) < 100_000
    assert refused_code(content) == "bad_file"


def test_a_bomb_in_a_part_nobody_asked_for_is_refused_too() -> None:
    content = rewritten(made(HEADINGS, []), lambda _n, data: data, {"xl/media/zeros.bin": b"\0" * 30_000_000})
    assert refused_code(content) == "bad_file"


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    """The directory of the file says 100 bytes, the part inflates to 30 million."""
    name, zeros = b"xl/media/zeros.bin", b"\0" * 30_000_000
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(zeros) + packed.flush()
    content = rewritten(made(HEADINGS, []), lambda _n, data: data, {name.decode(): b"\0" * 100})
    at = content.index(b"PK\x03\x04" + struct.pack("<HHH", 20, 0, 8), content.index(name) - 40)
    size = zipfile.ZipFile(io.BytesIO(content)).getinfo(name.decode()).compress_size
    begin = at + 30 + len(name)
    lying = content[:begin] + data + content[begin + size :]
    directory = lying.index(b"PK\x01\x02", begin)
    entry = lying.index(name, directory) - 46
    fixed = bytearray(lying)
    struct.pack_into("<I", fixed, entry + 20, len(data))
    end = fixed.rindex(b"PK\x05\x06")
    struct.pack_into("<I", fixed, end + 16, struct.unpack_from("<I", fixed, end + 16)[0] + len(data) - size)
    assert zipfile.ZipFile(io.BytesIO(bytes(fixed))).getinfo(name.decode()).file_size == 100
    assert refused_code(bytes(fixed)) == "bad_file"


def test_a_part_that_stands_there_twice_is_refused() -> None:
    stream = io.BytesIO(made(HEADINGS, []))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(stream, "a") as file:
        file.writestr("xl/worksheets/sheet1.xml", sheet_xml("<sheetData/>"))
    assert refused_code(stream.getvalue()) == "bad_file"


def test_more_than_20_mb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = made(HEADINGS, [])
    monkeypatch.setattr(archive, "LARGEST", len(content) - 1)
    assert refused_code(content) == "bad_file"


def test_a_workbook_with_macros_is_refused() -> None:
    content = rewritten(made(HEADINGS, []), lambda _n, data: data, {"xl/vbaProject.bin": b"macro"})
    assert refused_code(content) == "bad_file"


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_wherever_they_are_declared(part: str, encoding: str) -> None:
    entity = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

    def declared(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        head, _end, rest = data.decode().partition("?>")
        return f"{head}?>{entity}{rest}".replace("UTF-8", encoding).encode(encoding)

    plain = made(HEADINGS, [["1", "2"]], constant_memory=False)  # with shared strings
    assert part in zipfile.ZipFile(io.BytesIO(plain)).namelist()
    assert refused_code(rewritten(plain, declared)) == "bad_file"


@pytest.mark.parametrize("rows", ['<row r="1048576">{}</row>', '<row r="200002">{}</row>'])
def test_a_value_far_down_is_refused(rows: str) -> None:
    far = rows.format('<c r="A200002"><v>1</v></c>')
    cells = f'<sheetData><row r="1">{text_cell("A1", "甲")}</row>{far}</sheetData>'
    assert refused_code(with_sheet(sheet_xml(cells))) == "bad_file"


def test_formatting_far_down_is_no_value() -> None:
    cells = (
        f'<sheetData><row r="1">{text_cell("A1", "甲")}</row><row r="2">{text_cell("A2", "值")}</row>'
        '<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'
    )
    assert [row.number for row in rows_of(with_sheet(sheet_xml(cells)))] == [2]


def test_a_declared_size_is_not_believed() -> None:
    cells = (
        f'<dimension ref="A1:XFD1048576"/><sheetData><row r="1">{text_cell("A1", "甲")}</row>'
        f'<row r="2">{text_cell("A2", "值")}</row></sheetData>'
    )
    assert [list(row.values) for row in rows_of(with_sheet(sheet_xml(cells)))] == [["值"]]


@pytest.mark.parametrize("place", ["CW1", "XFD1", "XFE1", "AAAAAAAAAAAA1"])
def test_too_many_columns_are_refused(place: str) -> None:
    cells = f'<sheetData><row r="1">{text_cell("A1", "甲")}{text_cell(place, "远")}</row></sheetData>'
    assert refused_code(with_sheet(sheet_xml(cells))) == "bad_file"


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_shape, "MOST_CELLS", 5)
    assert refused_code(made(HEADINGS, [["1", "2"]] * 2)) == "bad_file"


def test_too_many_texts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = made(HEADINGS, [[f"t{n}", "x"] for n in range(2000)], constant_memory=False)
    monkeypatch.setattr(xlsx, "MOST_TAGS", 2000)
    assert refused_code(content) == "bad_file"


def test_numbers_survive_reading_exactly() -> None:
    found = rows_of(made(HEADINGS, [[101.05, 1234567.891]]))[0]
    assert [Decimal(cell_text(value)) for value in found.values] == [Decimal("101.05"), Decimal("1234567.891")]
