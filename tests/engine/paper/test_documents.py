"""A document set on paper: layout, fonts, seals, watermark, pages, and what typed text can do to it."""

from __future__ import annotations

import datetime as dt
import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from markupsafe import escape
from pypdf import PdfReader

from app.core.pdf import FetchRefused, refuse_fetch
from app.printing.content import PrintedDocument, PrintedFact, PrintedLine, PrintedSide, PrintedSignature
from app.printing.document import document_pdf
from app.printing.formats import FORMATS
from app.printing.party import Party
from app.printing.pdf import page_content, render_pdf
from tests.engine.paper.papers import CJK_FONTS, SetHere, covered_by_seals, fonts, pages, placed, squeezed

US = Party("掌柜五金工具有限公司", "上海市浦东新区一号", "021-1", "91310115MA1K00000Y", "工行张江支行", "1001 2345")
THEM = Party(
    "北京华北机电设备有限公司", "北京市朝阳区二号", "010-2", "91110105MA00000D12", "中国银行建国门支行", "3388 5601"
)
SIGNATURES = (PrintedSignature("制单", "库管"), PrintedSignature("收货人签收", wide=True))


def lines(count: int, **values: Any) -> list[PrintedLine]:
    return [
        PrintedLine(
            n, f"P{n:05d}", "世达活动扳手", f"A{n}", "把", D("2.500"), D("18.6500"), D("0.13"), D("46.63"), **values
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def order(count: int = 3, **values: Any) -> PrintedDocument:
    """A document with prices and two sides."""
    signed_on = PrintedFact("签约日期", FORMATS.day(dt.date(2026, 11, 24)))
    document = PrintedDocument(
        "销售订单", "DD202611240001", US.name, [signed_on], lines(count),
        price_label="含税单价", total=D("16409.02"), remark="",
        sides=[PrintedSide("供方", US, is_ours=True), PrintedSide("需方", THEM)],
    )  # fmt: skip
    return replace(document, **values)


def note(**values: Any) -> PrintedDocument:
    """A document of goods alone, to be signed."""
    goods = [replace(line, unit_price=None, tax_rate=None, amount=None) for line in lines(3)]
    document = PrintedDocument("送货单", "FH202611240001", US.name, lines=goods, signatures=SIGNATURES)
    return replace(document, **values)


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.test_request_context(), force_locale("zh"):
        yield


@pytest.mark.usefixtures("context")
def test_a_watermark_stands_across_every_page() -> None:
    """Manual 8.7: before approval every page says so."""
    drafts = pages(document_pdf(order(60, watermark="未审批")))
    assert len(drafts) > 1
    assert all("未审批" in squeezed(page) for page in drafts)
    assert not any("未审批" in squeezed(page) for page in pages(document_pdf(order(60))))


@pytest.mark.usefixtures("context")
def test_every_page_repeats_the_table_head_and_counts_itself() -> None:
    found = [squeezed(page) for page in pages(document_pdf(order(80)))]
    assert len(found) >= 3
    for number, page in enumerate(found, 1):
        assert f"第{number}页共{len(found)}页" in page
        if "世达活动扳手" in page:
            assert "含税单价" in page
    assert all("DD202611240001" in page for page in found)


@pytest.mark.usefixtures("context")
def test_a_chinese_font_is_embedded_in_every_document() -> None:
    for pdf in (document_pdf(order()), document_pdf(note())):
        found = list(fonts(pdf))
        assert found
        assert all("/FontFile2" in font or "/FontFile3" in font for font in found)
        assert any(name in str(font["/FontName"]) for font in found for name in CJK_FONTS)


@pytest.mark.usefixtures("context")
def test_a_round_seal_fits_beside_the_signatures_without_covering_text() -> None:
    """A seal measures 40 mm: below each “盖章” that much must be free, on both sides."""
    [page] = PdfReader(io.BytesIO(document_pdf(order()))).pages
    assert covered_by_seals(page) == []


@pytest.mark.usefixtures("context")
def test_our_own_side_shows_only_what_the_administrator_has_entered() -> None:
    """What the other side has not told stands there as missing, for it is asked to tell."""
    bare = order(sides=[PrintedSide("供方", Party("甲公司"), is_ours=True), PrintedSide("需方", Party("乙公司"))])
    [page] = pages(document_pdf(bare))
    assert squeezed(page).count("税号：") == squeezed(page).count("税号：无") == 1


@pytest.mark.usefixtures("context")
def test_goods_are_added_up_by_unit_and_remarks_have_a_column_only_when_there_are_some() -> None:
    metres = PrintedLine(4, "P9", "电缆", "B1", "米", D("1.5"))
    plain = squeezed(pages(document_pdf(note(lines=[*note().lines, metres])))[0])
    assert "合计（数量）：7.5把；1.5米" in plain
    assert "备注" not in plain
    assert "易碎" in squeezed(pages(document_pdf(note(lines=[replace(metres, remark="易碎")])))[0])


@pytest.mark.usefixtures("context")
def test_prices_of_one_document_have_as_many_places_as_the_longest() -> None:
    first, second = lines(2)
    document = order(lines=[replace(first, unit_price=D("0.1250")), replace(second, unit_price=D("18.5000"))])
    text = pages(document_pdf(document))[0]
    assert "0.125 " in text.replace("\n", " ")
    assert "18.500 " in text.replace("\n", " ")


@pytest.mark.usefixtures("context")
def test_typed_text_never_becomes_markup_or_a_fetch() -> None:
    hostile = '<img src="file:///etc/hostname"><script>1</script>&lt;'
    text = squeezed(pages(document_pdf(order(remark=hostile)))[0])
    assert squeezed('<img src="file:///etc/hostname"><script>1</script>&lt;') in text
    with pytest.raises(FetchRefused):
        refuse_fetch("file:///etc/hostname")


@pytest.mark.usefixtures("context")
def test_words_without_a_blank_stay_on_the_page() -> None:
    long = PrintedLine(1, "P" * 40, "W" * 120, "M" * 80, "把", D(1), D(1), D("0.13"), D(1), more=("X" * 60,))
    document = order(lines=[long], columns=["C" * 40], terms=[PrintedFact("收货地址", "A" * 200, wide=True)])
    for page in PdfReader(io.BytesIO(document_pdf(document))).pages:
        assert max(x for x, _y, _text in placed(page)) < float(page.mediabox.width) - 15 / 25.4 * 72


def test_page_numbers_keep_the_words_around_them() -> None:
    assert page_content('第 {page} 页 "{pages}"') == '"第 " counter(page) " 页 \\"" counter(pages) "\\""'


@pytest.mark.usefixtures("context")
def test_a_page_takes_little_longer_than_a_bare_table_of_its_words() -> None:
    """A page takes 1.6 times as long as the table; a style sheet or fonts that are read anew take far longer."""
    words = [word for page in pages(document_pdf(order(15))) for word in page.split()]
    from weasyprint import HTML  # after the product, which sets right what this import changes in the process
    from weasyprint.text.fonts import FontConfiguration

    rows = ["".join(f"<td>{escape(word)}" for word in words[n : n + 9]) for n in range(0, len(words), 9)]
    table, known_fonts = f"<table><tr>{'<tr>'.join(rows)}</table>", FontConfiguration()
    spent: dict[str, list[float]] = {"page": [], "table": []}
    here = SetHere(seconds=10, megabytes=1000)
    for _try in range(3):
        for name, printed in (
            ("page", lambda: document_pdf(order(15), here)),
            ("table", lambda: HTML(string=table).write_pdf(font_config=known_fonts)),
        ):
            began = time.thread_time()  # does not run on while others have the processor
            printed()
            spent[name].append(time.thread_time() - began)
    assert min(spent["page"]) < 4 * min(spent["table"])


def test_two_people_may_print_at_the_same_time(app: Flask) -> None:
    found: list[str] = []

    def printing(number: str) -> None:
        with app.test_request_context():
            found.append(squeezed(pages(document_pdf(order(1, number=number)))[0]))

    threads = [threading.Thread(target=printing, args=(f"DD20261124{n:04d}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(n for n in range(4) for text in found if f"DD20261124{n:04d}" in text) == [0, 1, 2, 3]


def test_a_paper_has_no_field_for_cost() -> None:
    kinds = (PrintedDocument, PrintedFact, PrintedLine, PrintedSide, PrintedSignature, Party)
    names = {name for kind in kinds for name in kind.__annotations__}
    assert not [name for name in names if "cost" in name or "margin" in name]


@pytest.mark.usefixtures("context")
def test_a_template_that_does_not_exist_is_our_fault_and_says_so() -> None:
    with pytest.raises(Exception, match="nowhere"):
        render_pdf("printing/nowhere.html")
