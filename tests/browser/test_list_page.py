"""A list in the browser: rows by click and key, many at once, columns and views of one's own. design.md §8."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from app.core.db.base import db
from tests.browser.person import Person

pytestmark = pytest.mark.browser
ORDERS = "/salesorder/list/"
_serial = itertools.count(1)  # one firm serves the whole file


@pytest.fixture
def orders(office: Any) -> list[str]:
    """Numbers of three orders of lin's that wait, latest first."""
    product = office.product(f"木工夹 {next(_serial)}")
    found = [office.order("lin", [(product, str(n))]) for n in (1, 2, 3)]
    for order in found:
        office.lin.fires("submit", order)
    numbers = [order.number for order in found]
    db.session.remove()
    return numbers[::-1]


def _active(person: Person) -> str:
    return str(person.driver.switch_to.active_element.text)


def test_rows_are_walked_opened_and_paged_by_key(desk: Person, orders: list[str]) -> None:
    desk.sign_in("lin")
    desk.open(ORDERS)
    desk.stroke("j")
    assert _active(desk) == orders[0]
    desk.stroke("j")
    desk.stroke("j")
    desk.stroke("k")
    assert _active(desk) == orders[1]
    desk.stroke(Keys.ENTER)
    desk.arrive(r"/salesorder/show/\d+$")
    assert orders[1] in desk.text()


def test_a_click_anywhere_on_a_row_opens_it(desk: Person, orders: list[str]) -> None:
    desk.sign_in("lin")
    desk.open(ORDERS)
    desk.click("tbody tr:nth-child(3) td:last-child")
    desk.arrive(r"/salesorder/show/\d+$")
    assert orders[2] in desk.text()


def test_chosen_orders_are_approved_at_once(desk: Person, orders: list[str]) -> None:
    """§8.7: only what can be done with the chosen rows is offered; it is asked once more before it is done."""
    desk.sign_in("manager")
    desk.open(ORDERS)
    assert not desk.one(".rows").find_element("class name", "bulk").is_displayed()
    desk.stroke("j")
    desk.stroke("x")
    desk.click("tbody tr:nth-child(2) td.ck")
    assert "已选 2 条" in desk.text(".bulk")
    offered = [button.text for button in desk.all(".bulk button[data-from]") if button.is_displayed()]
    assert "同意" in offered
    assert "提交审批" not in offered, "they are submitted already"
    desk.seen("list-chosen")
    desk.press("同意", ".bulk")
    question = desk.driver.switch_to.alert
    assert "2" in question.text
    question.accept()
    desk.wait(lambda: "已完成 2 条" in desk.text("#toasts"), "what was done")
    states = [row.text for row in desk.all(".rows tbody tr")[:3]]
    assert ["待审" in state for state in states] == [False, False, True]


def test_columns_and_a_view_are_kept(desk: Person, orders: list[str]) -> None:
    desk.sign_in("lin")
    desk.open(f"{ORDERS}?state=pending")
    desk.click(".columns summary")
    desk.click(".columns input[value=subject]")
    desk.press("应用", ".columns")
    desk.arrive(r"\?state=pending$")
    assert "主题" not in desk.text("thead")
    desk.click("details.own:not(.columns) summary")
    desk.click("details.own input[name=name]")
    desk.type("等批的")
    desk.stroke(Keys.ENTER)
    desk.wait(lambda: "视图已保存" in desk.text("#toasts"), "the note")
    desk.open(ORDERS)
    desk.press("等批的", ".presets")
    desk.arrive(r"\?state=pending$")
    assert re.search("审批状态\\s+待审", desk.text(".chips"))


def test_an_export_arrives_and_the_page_stays_usable(desk: Person, orders: list[str]) -> None:
    desk.sign_in("lin")
    desk.open(ORDERS)
    for _time in range(2):  # a second one as well: the button does not wait for a page that never comes
        desk.press("导出", ".head")
        assert desk.path.endswith(ORDERS)
        assert not desk.all(".head button[aria-busy]")


def test_on_a_phone_a_tap_chooses_once_that_is_asked_for(phone: Person, orders: list[str]) -> None:
    phone.sign_in("manager")
    phone.open(ORDERS)
    phone.click("[data-choose]")
    phone.click("tbody tr:nth-child(2) td.k1 a")
    assert phone.path.endswith(ORDERS), "it chooses, it does not open"
    assert "已选 1 条" in phone.text(".bulk")
    phone.press("同意", ".bulk")
    phone.driver.switch_to.alert.dismiss()
    phone.click(".bulk [type=reset]")
    phone.click("tbody tr:nth-child(2) td.k1 a")
    phone.arrive(r"/(salesorder|customer)/show/\d+$")


def test_on_a_phone_the_sums_stand_in_the_head(phone: Person, orders: list[str]) -> None:
    phone.sign_in("manager")
    phone.open(f"{ORDERS}?count=all")
    assert re.search(r"总金额 ¥[\d,.]+", phone.text(".head .sub"))


def test_the_order_list_fits_a_common_screen(desk: Person, office: Any) -> None:
    """Names as long as they come, amounts of a large order: nothing is cut off at 1440 pixels."""
    customer = office.customer("lin", "哈尔滨永通自动化设备股份有限公司")
    product = office.product(f"木工夹 {next(_serial)}", price="3630")
    office.approved("lin", [(product, "10")], customer=customer, subject="11 月常规采购")
    office.order("lin", [(product, "10")], customer=customer, subject="年度框架订单")
    db.session.remove()
    desk.sign_in("boss")
    desk.open(ORDERS)
    whole, shown = desk.driver.execute_script(
        "const box = document.querySelector('.rows > .scroll'); return [box.scrollWidth, box.clientWidth];"
    )
    assert "¥36,300.00" in desk.text()
    assert whole <= shown
