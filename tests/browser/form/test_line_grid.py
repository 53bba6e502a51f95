"""The line grid under the hands of somebody in a hurry. Manual 8.5, 10.9."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.sales.sales_order import SalesOrder
from app.security.dictionaries import items
from tests.browser.person import Person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def goods(office: Any) -> dict[str, Any]:
    """A customer with a price tier, two stocked products, one discontinued, and an earlier order."""
    tier = items(db.session(), "price_tier")[1]
    customer = office.customer("lin", "北京恒通五金店", price_tier=tier)
    office.contact(customer, is_primary=True, mobile="13900000001")
    mask = office.product("防尘口罩", price="10", tier_prices=[{"tier": tier, "price": Decimal("8.5")}])
    glove = office.product("防护手套", price="20")
    gone = office.product("防护眼镜", price="30")
    office.stock({mask: "100", glove: "5"})
    office.approved("lin", [(glove, "1", "18")], customer=customer)
    office.product_manager.changes(gone, discontinued=True)
    found = {"customer": customer.id, "mask": mask.number, "glove": glove.number, "gone": gone.number}
    db.session.remove()
    return found


def form(person: Person, goods: dict[str, Any]) -> None:
    person.sign_in("lin")
    person.open("/password")
    if alert := person.alert():
        alert.accept()
    person.forget_drafts()
    person.open(f"/salesorder/add?customer={goods['customer']}")
    person.wait(lambda: person.all("input[name=consignee]")[0].get_attribute("value"), "the consignee")


def cells(person: Person, name: str) -> list[str]:
    return [str(cell.get_attribute("value")) for cell in person.all(f"#lines [data-cell={name}]")]


def paste(person: Person, text: str) -> None:
    """Into the first product cell, as a spreadsheet puts it on the clipboard."""
    person.driver.execute_script(
        "const kept = new DataTransfer(); kept.setData('text/plain', arguments[0]);"
        "document.querySelector('#lines [data-cell=product]')"
        ".dispatchEvent(new ClipboardEvent('paste', {clipboardData: kept, bubbles: true, cancelable: true}))",
        text,
    )


def enter_all(person: Person) -> None:
    """Let every row of the pasted table in, those with problems too."""
    person.wait(lambda: person.all("dialog.paste[data-told]"), "the products")
    person.press("连问题行一起进", "dialog.paste")


def enter_good(person: Person) -> None:
    """Let the rows in with which nothing is wrong."""
    person.wait(lambda: person.all("dialog.paste[data-told]"), "the products")
    person.click("dialog.paste .btn-primary")


def found_names(person: Person, typed: str) -> list[str]:
    person.type(typed)
    person.wait(lambda: person.all(".pop.found:not([data-stale]) > div"), typed)
    return [row.text for row in person.all(".pop.found:not([data-stale]) [role=option]")]


def test_the_customers_tier_price_its_last_price_and_the_stock_stand_beside_the_product(
    desk: Person, goods: dict[str, Any]
) -> None:
    form(desk, goods)
    desk.click("#lines [data-cell=product]")
    desk.type("fckz")
    desk.wait(lambda: desk.all(".pop.found:not([data-stale]) [role=option]"), "the mask")
    desk.stroke(Keys.ENTER)
    assert cells(desk, "unit_price") == ["8.5000"]
    assert desk.text("#lines [data-available]") == "100"
    desk.type("2")
    for _cell in ("unit_price", "discount", "the next line"):
        desk.stroke(Keys.ENTER)
    desk.type(goods["glove"])
    desk.wait(lambda: desk.all(".pop.found:not([data-stale]) [role=option]"), "the glove")
    desk.stroke(Keys.ENTER)
    desk.type("7")
    desk.wait(lambda: "18.00" in desk.all("#lines [data-last]")[1].text, "what was paid last")
    stock = desk.all("#lines [data-available]")[1]
    assert stock.find_elements("css selector", ".red"), "the gap is red"
    desk.seen("grid-prices")


def test_a_discontinued_product_is_not_offered(desk: Person, goods: dict[str, Any]) -> None:
    form(desk, goods)
    desk.click("#lines [data-cell=product]")
    assert found_names(desk, goods["gone"]) == []


def test_rows_from_a_spreadsheet_become_lines_and_what_is_unclear_is_marked(
    desk: Person, goods: dict[str, Any]
) -> None:
    form(desk, goods)
    paste(desk, f"产品\t数量\t单价\n{goods['mask']}\t3\t9.25\n防护手套\t4\t\n没有的东西\t1\t5\n")
    enter_all(desk)
    desk.wait(lambda: len(desk.all("#lines tr.filled")) == 2, "the products")
    assert cells(desk, "quantity") == ["3", "4", "1"]
    assert cells(desk, "unit_price") == ["9.2500", "20.0000", "5"] or cells(desk, "unit_price")[0] == "9.25"
    assert cells(desk, "product")[2] == "没有的东西", "what was pasted stays"
    assert len(desk.all("#lines .err")) == 1
    desk.seen("grid-pasted")


def test_a_price_that_stands_before_the_product_is_known_stays(desk: Person, goods: dict[str, Any]) -> None:
    """Pasted or typed; a product that takes the place of another one brings its own."""
    form(desk, goods)
    paste(desk, "P99999\t7\t12.5\n")
    enter_all(desk)
    desk.wait(lambda: desk.all("#lines .err"), "the refusal")
    for typed, price in (("fckz", "12.5"), ("fhst", "20.0000")):
        desk.click("#lines [data-cell=product]")
        desk.stroke(Keys.CONTROL, "a")
        desk.type(typed)
        desk.wait(lambda: desk.all(".pop.found:not([data-stale]) [role=option]"), typed)
        desk.stroke(Keys.ENTER)
        desk.wait(lambda: cells(desk, "unit_price") == [price], price)  # noqa: B023
    assert cells(desk, "quantity") == ["7"]


def test_typing_faster_than_the_server_answers_loses_no_key(desk: Person, goods: dict[str, Any]) -> None:
    form(desk, goods)
    desk.click("#lines [data-cell=product]")
    desk.type(goods["mask"] + Keys.ENTER + "6" + 3 * Keys.ENTER + goods["glove"] + Keys.ENTER + "2")
    desk.wait(lambda: len(desk.all("#lines tr.filled")) == 2, "both products")
    assert cells(desk, "quantity") == ["6", "2"]
    assert cells(desk, "unit_price") == ["8.5000", "20.0000"]


def test_a_refused_order_keeps_what_was_typed_and_says_why_beside_the_field(
    desk: Person, goods: dict[str, Any]
) -> None:
    form(desk, goods)
    desk.type("月底补货" + Keys.ENTER)
    desk.type("2020-01-01" + Keys.ENTER)
    desk.type(goods["mask"] + Keys.ENTER + "6" + Keys.ENTER)
    desk.stroke(Keys.CONTROL, "s")
    desk.wait(lambda: desk.all(".field.bad .err"), "the refusal")
    assert desk.one("input[name=latest_ship_on]").get_attribute("aria-invalid") == "true"
    assert cells(desk, "quantity") == ["6"]
    assert desk.one("input[name=subject]").get_attribute("value") == "月底补货"
    desk.seen("order-form-refused")


def test_an_empty_order_says_how_much_is_missing_and_leads_to_each(desk: Person, goods: dict[str, Any]) -> None:
    """As the forms of the server do; that there are no lines also stands at the first of them."""
    desk.sign_in("lin")
    desk.open("/salesorder/add")
    desk.one("#lines [data-cell=product]")
    desk.stroke(Keys.CONTROL, "s")
    links = desk.wait(lambda: desk.all("#refused li a"), "the summary")
    assert [link.text for link in links] == ["客户", "主题", "最晚发货日期", "第 1 行"]
    assert "4" in desk.text("#refused b")
    assert "请填写“主题”。" in desk.text("#refused")
    assert desk.one("#lines [data-cell=product]").get_attribute("aria-invalid") == "true"
    links[1].click()
    assert desk.driver.switch_to.active_element.get_attribute("name") == "subject"
    desk.seen("order-form-empty")


def test_a_stale_form_is_refused_with_who_changed_it(desk: Person, goods: dict[str, Any], office: Any) -> None:
    order_id = new_draft(office, goods)
    desk.sign_in("lin")
    desk.open(f"/salesorder/edit/{order_id}")
    desk.one("#lines tr.filled")
    assert not desk.all(".pop.found"), "a chosen product is text, no search"
    office.manager.changes(db.session.get_one(SalesOrder, order_id), subject="主管改过")
    db.session.remove()
    subject = desk.one("input[name=subject]")
    subject.clear()
    subject.send_keys("林晓也改")
    desk.stroke(Keys.CONTROL, "s")
    desk.wait(lambda: "销售主管" in desk.text("#refused"), "who was faster")
    assert subject.get_attribute("value") == "林晓也改"
    desk.seen("order-form-stale")
    desk.click("#refused button")
    desk.arrive(r"^/salesorder/show/")
    assert "林晓也改" in desk.text(".head h1")


def new_draft(office: Any, goods: dict[str, Any]) -> int:
    query = sa.select(SalesOrder).where(SalesOrder.customer_id == goods["customer"])
    first = db.session.scalars(query).first()
    assert first is not None
    order = office.order("lin", [(first.lines[0].product, "1")], customer=first.customer)
    key: int = order.id
    db.session.remove()
    return key


def test_a_product_typed_over_and_not_chosen_is_never_saved_as_the_old_one(desk: Person, goods: dict[str, Any]) -> None:
    form(desk, goods)
    desk.type("改了一半" + Keys.ENTER)
    desk.type("+10" + Keys.ENTER)
    desk.type(goods["mask"] + Keys.ENTER + "6" + Keys.ENTER)
    desk.wait(lambda: desk.all("#lines tr.filled"), "the product")
    desk.click("#lines [data-cell=product]")
    desk.type("还没想好")
    desk.stroke(Keys.CONTROL, "s")
    desk.wait(lambda: desk.all("#lines .err"), "the refusal")
    assert cells(desk, "product")[0] == "还没想好"
    assert "/add" in desk.path


def test_a_lost_session_costs_nothing_that_was_typed(desk: Person, goods: dict[str, Any]) -> None:
    form(desk, goods)
    desk.type("掉线了" + Keys.ENTER)
    desk.type("+10" + Keys.ENTER)
    desk.type(goods["mask"] + Keys.ENTER + "6" + Keys.ENTER)
    desk.wait(lambda: desk.all("#lines tr.filled"), "the product")
    desk.driver.delete_all_cookies()
    desk.stroke(Keys.CONTROL, "s")
    desk.wait(lambda: desk.all("#refused .note"), "the refusal")
    here = desk.driver.current_window_handle
    desk.driver.switch_to.new_window("tab")
    desk.sign_in("lin")
    desk.driver.close()
    desk.driver.switch_to.window(here)
    desk.stroke(Keys.CONTROL, "s")
    desk.arrive(r"^/salesorder/show/")
    assert "掉线了" in desk.text(".head h1")


def test_a_line_is_removed_by_keys_and_the_total_follows(desk: Person, goods: dict[str, Any]) -> None:
    form(desk, goods)
    paste(desk, f"{goods['mask']}\t1\t10\n{goods['glove']}\t1\t20\n")
    enter_good(desk)
    desk.wait(lambda: desk.text("[data-lines-total]") == "¥30.00", "the total")
    desk.all("#lines [data-cell=quantity]")[0].click()
    desk.stroke(Keys.CONTROL, Keys.DELETE)
    desk.wait(lambda: desk.text("[data-lines-total]") == "¥20.00", "the smaller total")


def test_a_reload_offers_what_was_not_saved(desk: Person, goods: dict[str, Any]) -> None:
    """It is put back only when it is wanted."""
    form(desk, goods)
    desk.type("不要丢")
    paste(desk, f"{goods['mask']}\t5\t10\n")
    enter_good(desk)
    desk.wait(lambda: desk.text("[data-lines-total]") == "¥50.00", "the total")
    desk.wait(lambda: "不要丢" in desk.drafts(), "the note")
    desk.leave(f"/salesorder/add?customer={goods['customer']}")
    assert "北京恒通五金店，1 行" in desk.text(".note.offered")
    assert desk.one("input[name=subject]").get_attribute("value") == ""
    desk.press("放回表单")
    assert "草稿已恢复" in desk.text(".note.restored")
    assert desk.one("input[name=subject]").get_attribute("value") == "不要丢"
    assert desk.text("[data-lines-total]") == "¥50.00"
    desk.wait(lambda: desk.all("select[name=contact] option:checked:not([value=''])"), "the contacts of the customer")
    desk.press("丢弃", ".note.restored")
    desk.wait(lambda: not desk.all(".note.restored"), "a clean form")
    assert desk.one("input[name=subject]").get_attribute("value") == ""


def test_what_comes_in_after_a_draft_was_thrown_away_does_not_bring_it_back(
    desk: Person, goods: dict[str, Any]
) -> None:
    """Prices of today may be on their way when it is thrown away."""
    form(desk, goods)
    desk.type("不要了")
    desk.wait(lambda: "不要了" in desk.drafts(), "the draft")
    desk.leave(f"/salesorder/add?customer={goods['customer']}")
    desk.press("放回表单")
    desk.one(".note.restored:not(.offered)")
    desk.driver.execute_script("""
        document.querySelector(".note.restored button").click();
        document.querySelector("input[name=subject]").dispatchEvent(new Event("input", {bubbles: true}));
    """)
    desk.wait(lambda: not desk.all(".note.restored"), "a clean form")
    assert desk.alert() is None
    assert desk.one("input[name=subject]").get_attribute("value") == ""
    assert desk.drafts() == "[]"


def test_on_the_phone_each_line_is_a_card_with_labels(phone: Person, goods: dict[str, Any]) -> None:
    form(phone, goods)
    phone.click("#lines [data-cell=product]")
    phone.type("fckz")
    phone.wait(lambda: phone.all(".pop.found:not([data-stale]) [role=option]"), "the mask")
    phone.seen("grid-search")
    phone.click(".pop.found:not([data-stale]) [role=option]")
    phone.type("12")
    phone.wait(lambda: phone.text("[data-lines-total]") == "¥102.00", "the total")
    labels = "return getComputedStyle(document.querySelector('#lines td.num'), '::before').content"
    assert "数量" in str(phone.driver.execute_script(labels))
    assert phone.one("#lines tbody tr").value_of_css_property("display") == "grid"
    phone.seen("grid-card")
