"""The grid of lines that count by a field of their own, under somebody's hands; `test_counting_grid.py` runs these."""

from __future__ import annotations

from typing import Any

import pytest
from app.models.counts.shelf_count import ShelfCount
from selenium.webdriver import Keys

from app.core.db.base import db
from tests.browser import conftest as browser
from tests.browser.person import Person
from tests.support.office import D

# The fixtures of browsers, as tests/browser has them.
served, site, office, desk, _desk_browser = (
    browser.served, browser.site, browser.office, browser.desk, browser._desk_browser,
)  # fmt: skip


@pytest.fixture
def count(office: Any) -> dict[str, Any]:
    """A count of the main warehouse: ten pumps and three saws by the books."""
    products = office.stocked("10", "3", unit="个")
    made = office.keeper.creates(ShelfCount, warehouse=office.warehouse())
    office.keeper.fires("fill", made)
    found = {"id": made.id, "numbers": [product.number for product in products]}
    db.session.remove()
    return found


@pytest.fixture
def keeper(desk: Person, count: dict[str, Any]) -> Person:
    desk.sign_in("keeper")
    desk.leave("/password")
    desk.forget_drafts()
    desk.open(f"/shelfcount/edit/{count['id']}")
    desk.wait(lambda: desk.all("#lines tbody tr.filled"), "the lines")
    return desk


def cell(person: Person, name: str, at: int = 0) -> Any:
    return person.all(f"#lines [data-cell={name}]")[at]


def put(person: Person, name: str, text: str, at: int = 0) -> None:
    """Type over what stands in a cell."""
    person.driver.execute_script("arguments[0].focus(); arguments[0].select()", cell(person, name, at))
    person.type(text)


def saved(person: Person, count: dict[str, Any], at: int = 0) -> tuple[Any, ...]:
    """What the database has of one line once the form is saved: the numbers, then the texts."""
    person.stroke(Keys.CONTROL, "s")
    person.arrive(rf"/shelfcount/show/{count['id']}")
    line = db.session.get_one(ShelfCount, count["id"]).lines[at]
    found = (line.counted, line.boxes, line.finding, line.advice, line.remark)
    db.session.remove()
    return found


def test_nought_is_typed_several_texts_are_written_and_what_is_expected_stands_beside(
    keeper: Person, count: dict[str, Any]
) -> None:
    assert [fixed.text for fixed in keeper.all("#lines [data-fixed=expected]")] == ["10", "3"]
    assert not keeper.all("#lines [data-cell=expected]")
    heads = [head.text for head in keeper.all("#lines thead th")]
    assert heads[1:7] == ["产品", "账面数量", "清点数量", "差异", "箱数", "库存"]
    put(keeper, "counted", "0")
    put(keeper, "counted", "12", 1)  # more than there is may be counted
    assert not keeper.all("#lines .line-note:not([hidden])")
    assert "12" in keeper.text("[data-lines-pieces]")
    put(keeper, "counted", "0")
    for text in ("破损", "报损", "左边"):
        keeper.stroke(Keys.ALT, "m")
        keeper.type(text)
    keeper.seen("grid-counts")
    assert saved(keeper, count) == (D(0), None, "破损", "报损", "左边")


def test_less_than_the_least_is_told_below_the_line_and_is_not_sent(keeper: Person, count: dict[str, Any]) -> None:
    put(keeper, "counted", "-1")
    put(keeper, "boxes", "0")
    keeper.stroke(Keys.CONTROL, "s")
    keeper.wait(lambda: len(keeper.all("#lines .line-note.err")) == 2, "both notes")
    notes = [note.text for note in keeper.all("#lines .line-note.err")]
    assert any("“清点数量”不能小于 0。" in note for note in notes)
    assert any("“箱数”必须大于 0。" in note for note in notes)
    put(keeper, "counted", "4")
    put(keeper, "boxes", "1")
    assert saved(keeper, count) == (D(4), 1, None, None, None)


def test_a_pasted_table_fills_what_counts_and_every_text_by_its_heading(keeper: Person, count: dict[str, Any]) -> None:
    first, _second = count["numbers"]
    rows = (("产品编号", "清点数量", "箱数", "差异原因", "处理意见", "备注"), (first, "0", "2", "破损", "报损", "左边"))
    keeper.click("[data-add-line]")
    keeper.driver.execute_script(
        "const kept = new DataTransfer(); kept.setData('text/plain', arguments[0]);"
        "document.querySelector('#lines tr:last-child [data-cell=product]')"
        ".dispatchEvent(new ClipboardEvent('paste', {clipboardData: kept, bubbles: true, cancelable: true}))",
        "\n".join("\t".join(row) for row in rows),
    )
    keeper.wait(lambda: keeper.all("dialog.paste[data-told]"), "the products")
    keeper.click("dialog.paste .btn-primary")
    keeper.wait(lambda: len(keeper.all("#lines tbody tr.filled")) == 3, "the pasted line")
    assert saved(keeper, count, 2) == (D(0), 2, "破损", "报损", "左边")
