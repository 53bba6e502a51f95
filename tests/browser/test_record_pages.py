"""The generated pages under real hands: keys, pickers, dialogs, colours, the phone's menu. design.md §8."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from selenium.webdriver import Keys

from app.core.base import db
from app.models import Customer
from tests.browser.person import Person

pytestmark = pytest.mark.browser


def _pick(person: Person, name: str, query: str) -> None:
    """Type into a picker and take the first row it finds."""
    person.click(f"select[name={name}] + .ts-wrapper .ts-control")
    person.type(query)
    person.one(f"select[name={name}] + .ts-wrapper .ts-dropdown .option.active")
    person.wait(lambda: len(person.all(f"select[name={name}] + .ts-wrapper .ts-dropdown .option")) == 1, "one hit")
    person.type(Keys.ENTER)


def _customer(name: str) -> Customer:
    db.session.rollback()
    return db.session.scalars(sa.select(Customer).where(Customer.name == name)).one()


def test_a_customer_is_entered_found_and_shared_by_keys(desk: Person, office: Any) -> None:
    """§6.2, §6.5: `/` searches, `n` makes a new one, Ctrl+S saves; pickers find by pinyin initials."""
    office.customer("lin", name="上海总公司")
    db.session.remove()
    desk.sign_in("lin")
    desk.open("/customer/list/")
    desk.seen("customers")
    desk.stroke("n")
    desk.arrive("/customer/add$")
    desk.one("select[name=kind]").send_keys("企业")
    desk.one("input[name=name]").send_keys("上海分公司")
    _pick(desk, "parent", "shzgs")
    desk.seen("customer-form")
    desk.stroke(Keys.CONTROL, "s")
    desk.arrive(r"/customer/show/\d+$")
    customer = _customer("上海分公司")
    assert customer.parent is not None
    assert customer.parent.name == "上海总公司"
    db.session.remove()
    desk.press("共享")
    _pick(desk, "users", "周涛")
    desk.shot("share-dialog")
    desk.press("共享", "dialog[open]")
    desk.arrive(r"/customer/show/\d+$")
    assert [share.user.username for share in _customer("上海分公司").shares] == ["zhou"]
    db.session.remove()
    desk.stroke("/")
    desk.type("shfgs" + Keys.ENTER)
    desk.arrive("/search")
    assert "上海分公司" in desk.text()
    desk.seen("search")


def test_a_form_left_with_changes_asks_first_and_a_refused_one_shows_where(desk: Person) -> None:
    desk.sign_in("lin")
    desk.open("/customer/add")
    desk.one("input[name=short_name]").send_keys("简称")
    desk.stroke(Keys.CONTROL, "s")
    desk.one("[aria-invalid=true]")
    assert desk.path == "/customer/add"
    assert desk.one("input[name=short_name]").get_attribute("value") == "简称"
    assert desk.driver.switch_to.active_element.get_attribute("aria-invalid") == "true"
    desk.seen("refused-form")


def test_colours_are_chosen_and_kept(desk: Person) -> None:
    desk.sign_in("lin")
    root = desk.one("html")
    before = root.get_attribute("data-bs-theme")
    desk.click("summary.face")
    desk.click("[data-theme=toggle]")
    desk.open("/product/list/")
    after = desk.one("html").get_attribute("data-bs-theme")
    assert {before, after} == {"light", "dark"}
    desk.seen("products-other-colours")
    desk.driver.execute_script("localStorage.clear()")


def test_the_phone_opens_menu_filter_and_record_without_sideways_scrolling(phone: Person, office: Any) -> None:
    """§20."""
    office.customer("lin", name="手机上的客户有限公司")
    db.session.remove()
    phone.sign_in("lin")
    phone.click(".burger")
    phone.click("#side a[href='/customer/list/']")
    phone.arrive("/customer/list/$")
    phone.seen("customers")
    phone.click("details.filters summary")
    phone.seen("filter")
    phone.one("input[name=q][aria-label]").send_keys("sjsdkh" + Keys.ENTER)
    phone.arrive("q=sjsdkh")
    phone.press("手机上的客户")
    phone.arrive(r"/customer/show/\d+$")
    phone.seen("customer")
    phone.press("编辑")
    phone.arrive(r"/customer/edit/\d+$")
    phone.seen("customer-form")
