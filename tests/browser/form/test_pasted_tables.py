"""Tables pasted from a spreadsheet: columns are mapped once and shown, a number wins or fails. Manual 8.5, 10.9."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver import Keys

from app.core.db.base import db
from tests.browser.person import Person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def goods(office: Any) -> dict[str, Any]:
    """Products of list price 100, one of them discontinued, two of one name, one that comes in parts."""
    found: dict[str, Any] = {"customer": office.customer("lin", "嘉兴远大机电").id}
    called = (
        ("wrench", "活动扳手", "把"), ("drill", "角磨机", "台"), ("gone", "气钉枪", "把"), ("tape", "钢卷尺", "把"),
        ("pliers", "钢丝钳", "把"), ("other", "钢丝钳", "把"), ("rope", "钢丝绳", "米"),
    )  # fmt: skip
    products = {key: office.product(name, price="100", unit=unit) for key, name, unit in called}
    office.product_manager.changes(products["gone"], discontinued=True)
    found |= {name: (product.number, product.name, product.model) for name, product in products.items()}
    db.session.remove()
    return found


@pytest.fixture
def lin(desk: Person, goods: dict[str, Any]) -> Person:
    desk.sign_in("lin")
    desk.leave("/password")
    desk.forget_drafts()
    desk.driver.execute_script("localStorage.clear()")
    desk.open(f"/salesorder/add?customer={goods['customer']}")
    desk.wait(lambda: desk.all("#lines tbody tr"), "the form")
    return desk


def paste(person: Person, *rows: tuple[Any, ...]) -> None:
    """Rows of cells onto the first product cell, as a spreadsheet puts them on the clipboard; then their products."""
    text = "\n".join("\t".join(str(cell) for cell in row) for row in rows)
    person.driver.execute_script(
        "const kept = new DataTransfer(); kept.setData('text/plain', arguments[0]);"
        "document.querySelector('#lines tr:last-child [data-cell=product]')"
        ".dispatchEvent(new ClipboardEvent('paste', {clipboardData: kept, bubbles: true, cancelable: true}))",
        text,
    )
    person.wait(lambda: person.all("dialog.paste[data-told]"), "the products")


def columns(person: Person) -> list[str]:
    """What each column is said to hold."""
    script = "return [...document.querySelectorAll('dialog.paste th select')].map((s) => s.selectedOptions[0].text)"
    found: list[str] = person.driver.execute_script(script)
    return found


def results(person: Person) -> list[str]:
    return [cell.text for cell in person.all("dialog.paste td.result")]


def entered(person: Person) -> list[tuple[str, str, str, str]]:
    """(product, quantity, price, discount) of the lines."""
    names = ("product", "quantity", "unit_price", "discount")
    cells = [[box.get_attribute("value") for box in person.all(f"#lines [data-cell={name}]")] for name in names]
    return list(zip(*cells, strict=True))


def enter(person: Person) -> None:
    person.click("dialog.paste .btn-primary")
    assert not person.all("dialog.paste")


def called(product: tuple[str, str, str]) -> str:
    return f"{product[1]} {product[2]}"


def test_discount_and_price_of_a_table_are_held_against_each_other(lin: Person, goods: dict[str, Any]) -> None:
    """fault A8: Layout 1, with 折扣 and 单价: where they disagree the person decides; either alone is enough."""
    number = lambda name: goods[name][0]  # noqa: E731
    paste(
        lin, ("产品编号", "数量", "折扣", "含税单价"),
        (number("wrench"), 2, "95%", 95), (number("drill"), 3, "9折", 85),
        (number("tape"), 4, "0.88", ""), (number("rope"), "1.5", "", "77.5"), (number("pliers"), 1, "850", ""),
    )  # fmt: skip
    assert columns(lin) == ["产品编号", "数量", "折扣", "含税单价"]
    told = results(lin)
    assert [told[0], told[2], told[3]] == ["¥190.00", "¥352.00", "¥116.25"]
    assert "90%" in told[1]
    assert "¥90.0000" in told[1]
    assert "¥85.0000" in told[1]
    assert "列表价" in told[4]
    lin.seen("paste-discount-and-price")
    lin.click("dialog.paste td.result.doubt button:last-child")
    lin.wait(lambda: results(lin)[1] == "¥270.00", "the price by the discount")
    enter(lin)
    assert entered(lin) == [
        (called(goods["wrench"]), "2", "95.0000", "95%"), (called(goods["drill"]), "3", "90.0000", "90%"),
        (called(goods["tape"]), "4", "88.0000", "88%"), (called(goods["rope"]), "1.5", "77.5000", "77.5%"),
    ]  # fmt: skip


def test_amounts_are_compared_and_rows_of_totals_stay_outside(lin: Person, goods: dict[str, Any]) -> None:
    """fault A8: Layout 2, with 合计: the amount is computed anew and the difference is told."""
    paste(
        lin, ("编号", "品名", "数量", "单价", "金额"), (*goods["wrench"][:2], 10, "99", "990"),
        (*goods["tape"][:2], 10, "10", "101"), ("", "", "", "", ""), ("合计", "", 20, "", "1,091.00"),
    )  # fmt: skip
    assert columns(lin) == ["产品编号", "品名", "数量", "含税单价", "金额(只核对)"]
    assert results(lin) == ["¥990.00", "¥100.00 与表里差 -¥1.00"]
    assert "1 行合计" in lin.text("dialog.paste header")
    assert "1 行空白" in lin.text("dialog.paste header")
    assert "-¥1.00" in lin.text("dialog.paste .about")
    assert "含税价吗" in lin.text("dialog.paste .note.wait")
    lin.seen("paste-amounts")
    lin.press("不含税", "dialog.paste .note")
    lin.wait(lambda: results(lin)[0].startswith("¥1,118.70"), "the price with tax")
    lin.stroke(Keys.CONTROL, Keys.ENTER)
    assert [line[2] for line in entered(lin)] == ["111.8700", "11.3000"]


def test_a_discontinued_or_unknown_number_stops_its_row(lin: Person, goods: dict[str, Any]) -> None:
    """fault A8: Layout 3: neither the name beside it nor a similar number takes its place. Manual 10.9."""
    number, name, _model = goods["gone"]
    paste(
        lin, ("货号", "名称", "数量"), (number, name, 3), ("T9999", "活动扳手", 1), (goods["wrench"][0], "", 2),
    )  # fmt: skip
    told = results(lin)
    assert f"{number} 已停用" in told[0]
    assert "没有编号 T9999" in told[1]
    assert lin.text("dialog.paste .btn-primary").startswith("进 1 行")
    lin.seen("paste-discontinued")
    lin.press("连问题行一起进", "dialog.paste")
    assert [line[:2] for line in entered(lin)] == [(number, "3"), ("T9999", "1"), (called(goods["wrench"]), "2")]
    assert len(lin.all("#lines .line-note.err")) == 2
    lin.stroke(Keys.CONTROL, "s")
    lin.wait(lambda: lin.all("#refused li a"), "the summary")
    assert "/add" in lin.path


def test_a_table_without_headings_is_asked_about_once(lin: Person, goods: dict[str, Any]) -> None:
    """fault A8: Layout 4: what the columns seem to hold is shown, mended by hand, and remembered for the customer."""
    rows = [(goods["wrench"][0], "把", 5, "96"), (goods["tape"][0], "把", 7, "97")]
    paste(lin, *rows)
    assert columns(lin) == ["产品编号", "单位", "数量", "含税单价"]
    assert "没有表头" in lin.text("dialog.paste")
    lin.seen("paste-no-headings")
    script = "const s = document.querySelectorAll('dialog.paste th select')[3]; s.value = 'amount';"
    lin.driver.execute_script(script + "s.dispatchEvent(new Event('change', {bubbles: true}))")
    lin.wait(lambda: "金额(只核对)" in columns(lin), "the other column")
    lin.wait(lambda: results(lin)[0].startswith("¥500.00"), "the list price")
    enter(lin)
    lin.one("#lines [data-cell=quantity]")
    lin.click("[data-add-line]")
    paste(lin, *rows)
    assert columns(lin) == ["产品编号", "单位", "数量", "金额(只核对)"]
    assert "没有表头" not in lin.text("dialog.paste")
    lin.type(Keys.ESCAPE)
    lin.wait(lambda: not lin.all("dialog.paste"), "the end of the dialog")


def test_a_table_of_somebody_elses_is_read_by_its_headings(lin: Person, goods: dict[str, Any]) -> None:
    """fault A8: Layout 5: a title, other words and order, full width; two of one name ask, half a hammer is refused."""
    wrench, drill, pliers = goods["wrench"], goods["drill"], goods["pliers"]
    paste(
        lin, ("嘉兴远大 12 月要货清单", "", "", "", "", "", ""),
        ("品名", "规格型号", "单位", "订购数量", "价格(元)", "折", "备注"),
        (wrench[1], wrench[2], "把", "１００", "￥９５．００", "", "急用"),
        (drill[1], drill[2], "箱", 6, "", "86折", ""),
        (pliers[1], "", "把", 60, "21.8", "", ""), (wrench[1], wrench[2], "把", "1.5", "95", "", ""),
        ("羊角锤", "", "把", 1, "9", "", ""), ("总计：", "", "", "168.5", "", "", ""),
    )  # fmt: skip
    assert columns(lin) == ["品名", "型号", "单位", "数量", "含税单价", "折扣", "备注"]
    told = results(lin)
    assert told[0] == "¥9,500.00"
    assert "台" in told[1]
    assert "同名" in told[2]
    assert "不能有小数" in told[3]
    assert "羊角锤" in told[4]
    assert "表前 1 行" in lin.text("dialog.paste header")
    lin.seen("paste-synonyms")
    lin.click("dialog.paste td.result.doubt button")
    lin.wait(lambda: results(lin)[1] == "¥516.00", "the other unit")
    lin.driver.execute_script(
        "const s = document.querySelector('dialog.paste td.product select'); s.value = '1';"
        "s.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    lin.wait(lambda: results(lin)[2] == "¥1,308.00", "the chosen one")
    lin.click("dialog.paste td.product input")
    lin.type(goods["rope"][0])
    lin.wait(lambda: lin.all(".pop.found:not([data-stale]) [role=option]"), "the rope")
    lin.type(Keys.ENTER)
    lin.wait(lambda: "米" in results(lin)[4], "its unit")
    enter(lin)
    assert [line[:3] for line in entered(lin)] == [
        (called(wrench), "100", "95.0000"), (called(drill), "6", "86.0000"), (called(goods["other"]), "60", "21.8000"),
    ]  # fmt: skip
    assert lin.one("#lines td.under input").get_attribute("value") == "急用"


def test_a_failed_search_for_pasted_products_says_so(lin: Person, goods: dict[str, Any]) -> None:
    """Nothing is taken for unknown because the server could not be asked."""
    lin.driver.execute_script(
        "const real = fetch; window.fetch = (to, ...more) =>"
        " String(to).includes('named') ? Promise.reject(new TypeError('gone')) : real(to, ...more)"
    )
    paste(lin, ("编号", "数量"), (goods["wrench"][0], 1))
    assert "连接不上" in results(lin)[0]
    assert not lin.one("dialog.paste .btn-primary").is_enabled()


def test_a_single_column_fills_a_column_of_figures_downwards(lin: Person, goods: dict[str, Any]) -> None:
    paste(lin, ("编号", "数量"), (goods["wrench"][0], 1), (goods["tape"][0], 1))
    enter(lin)
    lin.driver.execute_script(
        "const kept = new DataTransfer(); kept.setData('text/plain', '9折\\n85折');"
        "document.querySelector('#lines [data-cell=discount]')"
        ".dispatchEvent(new ClipboardEvent('paste', {clipboardData: kept, bubbles: true, cancelable: true}))"
    )
    assert [line[2] for line in entered(lin)] == ["90.0000", "85.0000"]


def test_a_pasted_table_can_be_read_on_the_phone(phone: Person, goods: dict[str, Any]) -> None:
    phone.sign_in("lin")
    phone.open(f"/salesorder/add?customer={goods['customer']}")
    phone.wait(lambda: phone.all("#lines tbody tr"), "the form")
    paste(phone, ("编号", "品名", "数量", "单价"), (*goods["wrench"][:2], 10, "99"), (*goods["gone"][:2], 10, "99"))
    phone.seen("paste-on-the-phone")
    enter(phone)
    assert len(phone.all("#lines tr.filled")) == 1
