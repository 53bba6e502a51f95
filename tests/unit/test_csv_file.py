"""Reading CSV files: what a cell says, in whatever encoding it came, and that no hostile file gets past a refusal."""

from __future__ import annotations

import csv
import io
import random
from contextlib import suppress
from typing import Any

import pytest

from app.core.errors import Refused
from app.core.sheets import csv_file
from app.core.sheets.csv_file import LONGEST_CELL, LONGEST_ROW
from app.core.sheets.open_sheet import open_sheet
from tests.support.workbooks import workbook

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("opened_here")]

TEXT = "客户名称,手机\r\n无锡润利,13900000001\r\n"


def rows_of(content: bytes | str) -> list[tuple[int, list[Any]]]:
    given = content.encode() if isinstance(content, str) else content
    return [(row.number, list(row.values)) for row in open_sheet(given, "a.csv").rows()]


def refused(content: bytes | str, name: str = "a.csv") -> str:
    given = content.encode() if isinstance(content, str) else content
    with pytest.raises(Refused) as caught:
        list(open_sheet(given, name).rows())
    assert (caught.value.code, caught.value.field) == ("bad_file", "file")
    return str(caught.value.message)


# What cells say


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_in_the_encoding_it_was_saved_in(encoding: str) -> None:
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    sheet = open_sheet((mark + TEXT).encode(encoding), "a.CSV")
    assert sheet.headings == ["客户名称", "手机"]
    assert [list(row.values) for row in sheet.rows()] == [["无锡润利", "13900000001"]]


def test_letters_gbk_has_not_come_in_by_the_larger_set() -> None:
    assert rows_of("名称,数量\n𠮷野㐀€,1\n".encode("gb18030")) == [(2, ["𠮷野㐀€", "1"])]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_and_line_ends_are_seen_from_the_headings(separator: str, end: str) -> None:
    text = end.join((separator.join(("名称", '"一, 二; 三"', "数量")), separator.join(("甲", "a", "1")), ""))
    assert open_sheet(text.encode(), "a.csv").headings == ["名称", "一, 二; 三", "数量"]
    assert rows_of(text) == [(2, ["甲", "a", "1"])]


def test_a_file_of_one_column_needs_no_separator() -> None:
    assert rows_of("名称\n甲\n乙") == [(2, ["甲"]), (3, ["乙"])]


def test_a_cell_of_several_lines_is_one_cell_of_one_row() -> None:
    assert rows_of('名称,地址\n甲,"通海路1号\r\n二楼, ""东"""\n乙,x\n') == [
        (2, ["甲", '通海路1号\r\n二楼, "东"']), (3, ["乙", "x"]),
    ]  # fmt: skip


def test_rows_carry_the_number_a_spreadsheet_shows_and_empty_ones_are_left_out() -> None:
    sheet = open_sheet("\n,\n名称,数量\n甲,1\n\n,\n乙\n\n".encode(), "a.csv")
    assert (sheet.headings, sheet.heading_row, sheet.size) == (["名称", "数量"], 3, 4)
    assert [(row.number, list(row.values)) for row in sheet.rows()] == [(4, ["甲", "1"]), (7, ["乙", ""])]
    assert [row.number for row in sheet.rows(after=4)] == [7]


def test_every_cell_is_the_text_that_stands_there() -> None:
    """Leading noughts stay, nothing is reckoned, no date is made of a size."""
    cells = ["0012", "=1+1", "@SUM(1)", "+86", "-3", "1/2", '3/4"', "1.38E+10", "TRUE", "=cmd|' /C calc'!A0"]
    stream = io.StringIO()
    csv.writer(stream).writerows([[f"列{n}" for n in range(len(cells))], cells])
    assert rows_of(stream.getvalue()) == [(2, cells)]
    assert rows_of('尺寸,名称\n3/4",甲\n') == [(2, ['3/4"', "甲"])], "an inch in the middle opens nothing"


# What is refused


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n", "\ufeff"])
def test_a_file_without_headings_is_refused(text: str) -> None:
    refused(text)


def test_headings_that_stand_twice_are_refused() -> None:
    assert "甲" in refused("甲,乙, 甲 \n1,2,3\n")


@pytest.mark.parametrize(
    "content",
    [
        "名称\n甲\n".encode() + b"\xff\xff\n", b"\xef\xbb\xbfa\nb\n\xb9\xfe\n", b"\xff\xfea\0\n\0b\0\n\0\x00\xd8\n\0",
        "名称\n甲\n乙\0\n".encode(), "a\nb\n".encode("utf-16-le"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_and_the_line_is_named(content: bytes) -> None:
    line = 1 if content.startswith(b"a\0") else 3
    assert f"{line}" in refused(content)


def test_one_broken_letter_does_not_make_another_encoding_of_it() -> None:
    """Spoiled UTF-8 is often GBK that says something else: its headings then are none of ours."""
    broken = TEXT.encode()[:-40] + b"\x80" + TEXT.encode()[-40:]
    with suppress(Refused):
        assert "客户名称" not in open_sheet(broken, "a.csv").headings


@pytest.mark.parametrize("text", ['名称,数量\n甲,1\n"乙,2\n丙,3\n', '名称,数量\n甲,1\n"乙"丙,2\n'])
def test_a_quotation_mark_that_stays_open_is_refused_and_its_line_named(text: str) -> None:
    assert "3" in refused(text)


def test_a_quotation_mark_that_is_open_for_megabytes_is_refused_at_once() -> None:
    assert "2" in refused('名称,数量\n"' + "甲,1\n" * 3_000_000)


@pytest.mark.parametrize("line", ["x" * 19_000_000, "," * 19_000_000, '"",' * 6_000_000, '"\n",' * 4_000_000])
def test_a_line_of_megabytes_is_refused(line: str) -> None:
    assert "2" in refused(f"名称,数量\n{line}")
    assert "1" in refused(line)


def test_a_cell_beyond_what_excel_keeps_is_refused() -> None:
    assert rows_of(f"名称\n{'x' * LONGEST_CELL}\n")[0][0] == 2
    assert f"{LONGEST_CELL}" in refused(f"名称\n{'x' * (LONGEST_CELL + 1)}\n")


@pytest.mark.parametrize("columns", [101, 16_385])
def test_too_many_columns_are_refused(columns: int) -> None:
    refused(",".join(f"列{n}" for n in range(columns)) + "\n")
    refused("名称\n" + "," * columns + "远\n")


def test_empty_columns_without_end_are_none() -> None:
    assert rows_of("名称,数量" + "," * 16_384 + "\n甲,1" + "," * 16_384 + "\n")[0][1][:3] == ["甲", "1", ""]


def test_a_row_that_is_wider_than_its_headings_is_refused() -> None:
    """An unquoted comma in an address would move every cell behind it into the next column."""
    assert "3" in refused("名称,地址,手机\n甲,路1号,139\n乙,路1号,二楼,138\n")


def test_too_many_rows_and_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MOST_ROWS", 3)
    assert len(rows_of("名称\n1\n2\n3\n")) == 3
    refused("名称\n1\n2\n3\n4\n")
    refused("名称\n" + "\n" * 9 + "4\n")
    monkeypatch.setattr(csv_file, "MOST_CELLS", 5)
    refused("甲,乙\n1,2\n3,4\n")


def test_a_row_longer_than_any_is_refused_whatever_it_consists_of() -> None:
    row = ",".join(["x" * 20_000] * 60)
    assert len(row) > LONGEST_ROW
    refused(f"名称\n{row}\n")


def test_no_file_breaks_the_reader() -> None:
    draw = random.Random(3)
    seeds = [TEXT.encode(), TEXT.encode("gbk"), TEXT.encode("utf-16"), '甲;"乙\n"\n1;2'.encode("utf-8-sig")]
    for _try in range(3000):
        content = bytearray(draw.choice(seeds))
        for _spot in range(draw.randint(1, 6)):
            content[draw.randrange(len(content))] = draw.choice([0, 10, 13, 34, 44, 255, draw.randrange(256)])
        with suppress(Refused):
            list(open_sheet(bytes(content), "a.csv").rows())


# Names that say something else


def test_a_workbook_called_csv_and_text_called_xlsx_are_told_what_they_are() -> None:
    book = workbook(["名称"], [["甲"]])
    assert ".xlsx" in refused(book, "a.csv")
    for encoding in ("utf-8", "utf-8-sig", "gbk"):
        assert ".csv" in refused(TEXT.encode(encoding), "a.xlsx")
    old = b"\xd0\xcf\x11\xe0" + b"\0" * 600
    assert refused(old, "a.csv").removeprefix("a.csv") == refused(old, "a.xlsx").removeprefix("a.xlsx")


@pytest.mark.parametrize("name", ["a.xls", "a.txt", "a.tsv", "a.csv.exe", "a", "csv", ".csv/"])
def test_other_names_are_not_taken(name: str) -> None:
    refused(TEXT, name)


def test_more_than_20_mb_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.sheets.open_sheet.LARGEST", len(TEXT.encode()) - 1)
    refused(TEXT)
