"""Where the cursor stands in what is filled in already, and what Back shows after a refusal. Manual 6.3, 8.5, 11.5."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.customers.customer import Customer
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from tests.browser.person import Person

pytestmark = pytest.mark.browser
SELECTED = "const e = document.activeElement; return (e.value ?? '').slice(e.selectionStart, e.selectionEnd)"
QUANTITY = "dialog[open] input[name=lines-0-quantity]"


def _value(person: Person) -> str:
    return str(person.driver.switch_to.active_element.get_attribute("value"))


def _gone_back_to(person: Person, pattern: str) -> None:
    person.driver.back()
    if alert := person.alert():
        alert.accept()
    person.arrive(pattern)


@pytest.fixture
def lin(desk: Person) -> Person:
    desk.sign_in("lin")
    desk.open("/password")
    if alert := desk.alert():
        alert.accept()
    desk.forget_drafts()
    return desk


@pytest.fixture(scope="module")
def to_issue(office: Any) -> int:
    product = office.stocked("30")[0]
    order = office.approved("lin", [(product, "10", "5")])
    office.lin.changes(order, consignee="王明", consignee_phone="13800000000", consignee_address="一号库")
    key: int = order.id
    db.session.remove()
    return key


def test_a_quantity_in_a_dialog_is_replaced_by_what_is_typed(lin: Person, to_issue: int) -> None:
    """8 typed over 10 is 8, never 810; by a tap as well. A refusal stands as the record's page in the history."""
    path = f"/salesorder/show/{to_issue}"
    lin.open(path)
    lin.click("[data-dialog=d-issue]")
    lin.one(QUANTITY)
    lin.driver.execute_script("document.activeElement.blur()")
    lin.click(QUANTITY)
    lin.wait(lambda: lin.driver.execute_script(SELECTED) == "10", "the selection")
    lin.type("800")
    assert _value(lin) == "800"
    lin.type(Keys.ENTER)
    lin.one("dialog[open] [role=alert]")
    lin.seen("issue-refused")
    assert lin.path == path, "where it can be opened again"
    lin.driver.execute_script(f"document.querySelector('{QUANTITY}').focus()")
    assert lin.driver.execute_script(SELECTED) == "800"
    lin.open("/customer/list/")
    _gone_back_to(lin, f"^{path}$")
    assert lin.all(".head h1"), "the order, not the browser's question"


def test_a_finger_on_a_quantity_replaces_it_too(phone: Person, to_issue: int) -> None:
    phone.sign_in("lin")
    phone.open(f"/salesorder/show/{to_issue}")
    phone.click(".foot [data-dialog=d-issue]")
    phone.one(QUANTITY)
    phone.driver.execute_script("document.activeElement.blur()")
    where = "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.right - 12, b.top + 12]"
    x, y = phone.driver.execute_script(where, QUANTITY)
    tell = phone.driver.execute_cdp_cmd
    tell("Emulation.setTouchEmulationEnabled", {"enabled": True})
    tell("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    tell("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    phone.wait(lambda: phone.driver.execute_script(SELECTED) == "10", "the selection")
    phone.type("8")
    assert _value(phone) == "8"
    tell("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_texts_have_the_caret_behind_them_and_numbers_are_selected(lin: Person, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    office.lin.changes(order, subject="月初补货")
    key = order.id
    db.session.remove()
    lin.open(f"/salesorder/edit/{key}")
    lin.wait(lambda: _value(lin) == "月初补货", "the subject")
    lin.type("二")
    assert _value(lin) == "月初补货二"
    lin.open("/call/?number=13800000000")
    lin.wait(lambda: _value(lin) == "13800000000", "the number")
    lin.type("0510")
    assert _value(lin) == "0510"
    lin.open("/salesorder/add")
    lin.type("无锡巨匠")
    lin.wait(lambda: lin.all(".pop.found .create.on"), "the last entry")
    lin.type(Keys.ENTER)
    lin.one("dialog.short[open]")
    lin.wait(lambda: _value(lin) == "无锡巨匠", "the name")
    lin.type("工具")
    assert _value(lin) == "无锡巨匠工具"


def test_back_to_a_refused_form_offers_what_was_typed(lin: Person) -> None:
    lin.open("/customer/add")
    lin.one("input[name=short_name]").send_keys("写到一半")
    lin.stroke(Keys.CONTROL, "s")
    lin.one("#faults")
    lin.open("/contact/list/")
    if alert := lin.alert():
        alert.accept()
    _gone_back_to(lin, "^/customer/add$")
    lin.press("放回表单")
    assert lin.one("input[name=short_name]").get_attribute("value") == "写到一半"
    lin.driver.refresh()
    if alert := lin.alert():
        alert.accept()
    lin.press("放回表单")
    assert lin.one("input[name=short_name]").get_attribute("value") == "写到一半"
    lin.one("input[name=name]").send_keys("改好再存")
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"^/customer/show/\d+$")


def test_a_draft_of_an_older_version_is_offered(lin: Person, office: Any) -> None:
    """Not put over what somebody else has saved, not dropped either."""
    key = office.customer("lin", name="旧版客户").id
    db.session.remove()
    lin.open(f"/customer/edit/{key}")
    lin.one("input[name=phone]").send_keys("010-1")
    lin.wait(lambda: "010-1" in lin.drafts(), "it")
    office.manager.changes(db.session.get_one(Customer, key), phone="020-2")
    db.session.remove()
    lin.open("/customer/list/")
    lin.open(f"/customer/edit/{key}")
    assert lin.one("input[name=phone]").get_attribute("value") == "020-2"
    lin.open(f"/customer/edit/{key}")
    assert "旧版本" in lin.text(".note.restored")
    lin.seen("older-draft")
    lin.press("放回表单")
    lin.wait(lambda: lin.one("input[name=phone]").get_attribute("value") == "010-1", "the draft")
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"^/customer/show/\d+$")
    lin.open(f"/customer/edit/{key}")
    assert not lin.all(".note.restored")


def test_a_conflict_names_the_lines_and_keeps_the_draft(lin: Person, office: Any) -> None:
    kept, cut, new = (office.product(name) for name in ("保留的货", "删掉的货", "新加的货"))
    order = office.order("lin", [(kept, "10", "5"), (cut, "1", "5")])
    key, first, keys = order.id, order.lines[0].id, (kept.id, new.id)
    db.session.remove()
    lin.open(f"/salesorder/edit/{key}")
    lin.one("#lines tr.filled")
    kept, new = db.session.get_one(Product, keys[0]), db.session.get_one(Product, keys[1])
    lines = [
        {"id": first, "product": kept, "quantity": Decimal("8"), "unit_price": Decimal("5")},
        {"product": new, "quantity": Decimal("4"), "unit_price": Decimal("5")},
    ]
    office.manager.changes(db.session.get_one(SalesOrder, key), lines=lines)
    db.session.remove()
    lin.one("input[name=subject]").send_keys("加急")
    lin.stroke(Keys.CONTROL, "s")
    lin.wait(lambda: "销售主管" in lin.text("#refused"), "who was faster")
    told = lin.text("#refused")
    assert "10 → 8" in told
    assert "删掉的货" in told.split("明细已删除", 1)[1]
    assert "新加的货" in told.split("明细已新增", 1)[1]
    lin.seen("order-form-conflict")
    lin.press("用我的内容覆盖保存")
    lin.arrive(r"^/salesorder/show/\d+$|plan=1$")
    assert "删掉的货" in lin.text("#document-lines"), "as they have it; what was cut is there again"


def test_an_orders_older_draft_is_offered(lin: Person, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    key = order.id
    db.session.remove()
    lin.open(f"/salesorder/edit/{key}")
    lin.one("#lines tr.filled")
    lin.one("input[name=subject]").send_keys("加急")
    lin.wait(lambda: "加急" in lin.drafts(), "it")
    office.manager.changes(db.session.get_one(SalesOrder, key), subject="主管改过")
    db.session.remove()
    lin.open("/customer/list/")
    if alert := lin.alert():
        alert.accept()
    lin.open(f"/salesorder/edit/{key}")
    lin.press("放回表单")
    lin.wait(lambda: "加急" in str(lin.one("input[name=subject]").get_attribute("value")), "the draft")


def test_escape_leaves_the_search(lin: Person) -> None:
    lin.open("/customer/list/")
    lin.stroke("/")
    lin.type("abc")
    lin.stroke(Keys.ESCAPE)
    assert lin.driver.switch_to.active_element.tag_name == "body"
    assert lin.one("#find").get_attribute("value") == ""


def test_a_plan_that_does_not_fit_is_told_beside_the_grey_step(lin: Person, phone: Person, office: Any) -> None:
    product = office.product()
    order = office.order("lin", [(product, "1", "100")])
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    office.lin.changes(order, lines=[{"product": product, "quantity": Decimal("2"), "unit_price": Decimal("100")}])
    key = order.id
    db.session.remove()
    phone.sign_in("lin")
    for person, place in ((lin, ".head .acts"), (phone, ".foot")):
        person.open(f"/salesorder/show/{key}")
        assert "提交审批" in person.text(f"{place} > [aria-disabled=true]")
        assert "重新生成计划" in person.text("#why-submit")
        person.seen("plan-differs")
        person.click(".note.next [data-dialog=d-plan]")
        person.one("#d-plan[open]")
