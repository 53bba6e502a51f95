"""Forms under the hands of people who fill in many: what is missing, drafts, dates, faults. Manual 6.3, 8.4, 8.5."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.customers.customer import Contact, Customer
from app.models.sales.sales_order import SalesOrder
from tests.browser.person import Person

pytestmark = pytest.mark.browser
NEW = ".pop.found .create"
LISTED = ".pop.found:not([data-stale]) [role=option]"
HITS = f"{LISTED}:not(.create)"


def _one(model: type[Any], **values: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(sa.select(model).filter_by(**values)).one()


def _active(person: Person, attribute: str) -> str:
    return str(person.driver.switch_to.active_element.get_attribute(attribute))


def _leave(person: Person, path: str) -> None:
    """Go elsewhere although something was typed."""
    person.open(path)
    if alert := person.alert():
        alert.accept()


@pytest.fixture
def lin(desk: Person) -> Person:
    """lin, with nothing left over from the story before."""
    desk.sign_in("lin")
    _leave(desk, "/password")
    desk.forget_drafts()
    return desk


def _compose(person: Person, selector: str, begun: str, done: str) -> None:
    """Type as an input method does: letters while composing, then the characters chosen."""
    person.driver.execute_script(
        """
        const input = document.querySelector(arguments[0]);
        const say = (kind, made) => input.dispatchEvent(made ?? new CompositionEvent(kind, {bubbles: true}));
        input.focus();
        say('compositionstart');
        for (const part of [arguments[1], arguments[2]]) {
          input.value = part;
          say('', new InputEvent('input', {bubbles: true, isComposing: true}));
        }
        const asked = () => performance.getEntriesByType('resource').filter((one) => /[?&]q=/.test(one.name)).length;
        const before = asked();
        delete window.whileComposing;
        setTimeout(() => {
          window.whileComposing = asked() - before;
          say('compositionend');
        }, 500);
        """,
        selector, begun, done,
    )  # fmt: skip
    told = "return window.whileComposing"
    person.wait(lambda: person.driver.execute_script(told) is not None, "the end of composing")
    assert person.driver.execute_script(told) == 0, "searched for half a word"


def test_a_missing_customer_is_made_from_a_contacts_form_by_keys_alone(lin: Person, office: Any) -> None:
    """§6.3: what stands in the form behind stays; the new customer is chosen and the next field is at hand."""
    lin.open("/contact/add")
    lin.click("select[name=customer] + .picker input")
    assert _active(lin, "id") == "f-customer", "a click into the open picker stays in it"
    lin.one("input[name=name]").send_keys("沈经理")
    lin.click("select[name=customer] + .picker input")
    lin.type("苏州鑫瑞精密")
    lin.wait(lambda: [e for e in lin.all(NEW) if "苏州鑫瑞精密" in e.text], "the last entry")
    lin.seen("picker-new")
    lin.type(Keys.ENTER)
    lin.one("dialog.short[open]")
    assert lin.one("dialog.short [name=name]").get_attribute("value") == "苏州鑫瑞精密"
    lin.seen("quick-new")
    lin.type(Keys.ENTER)
    lin.wait(lambda: not lin.all("dialog.short"), "the end of the dialog")
    assert _active(lin, "name") == "name", "the next field"
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"/contact/show/\d+$")
    assert _one(Contact, name="沈经理").customer.name == "苏州鑫瑞精密"
    db.session.remove()


def test_what_is_on_file_already_is_offered_instead(lin: Person, office: Any) -> None:
    """§6.3: a company's name is unique; refused, the dialog keeps what was typed."""
    office.customer("lin", name="武汉中诚建筑")
    db.session.remove()
    lin.open("/salesorder/add")
    lin.type("武汉中诚建筑分号")
    lin.wait(lambda: lin.all(".pop.found .create.on"), "the last entry, alone")
    lin.type(Keys.ENTER)
    name = lin.one("dialog.short [name=name]")
    assert not lin.all(".document .field.bad"), "the field behind is only waiting"
    name.clear()
    name.send_keys("武汉中诚建筑" + Keys.ENTER)
    lin.wait(lambda: lin.all("dialog.short .alike button"), "the row on file")
    assert lin.one("dialog.short [name=name]").get_attribute("aria-invalid") == "true"
    lin.seen("quick-new-refused")
    lin.click("dialog.short .alike button")
    lin.wait(lambda: not lin.all("dialog.short"), "the end of the dialog")
    assert lin.one("#f-customer").get_attribute("value") == "武汉中诚建筑"
    assert lin.text(".head h1 [data-party]") == "武汉中诚建筑"
    assert _active(lin, "name") == "subject"


def test_a_contact_is_made_for_the_orders_customer(lin: Person, office: Any) -> None:
    """§6.3: whose contact it is, is known."""
    key = office.customer("lin", name="成都德润机电").id
    db.session.remove()
    lin.open(f"/salesorder/add?customer={key}")
    lin.one("input[name=subject]").send_keys("样品")
    lin.click("details.folded summary")
    lin.click(".lab-act")
    lin.one("dialog.short [name=name]").send_keys("罗工" + Keys.ENTER)
    lin.wait(lambda: not lin.all("dialog.short"), "the end of the dialog")
    chosen = "return document.querySelector('select[name=contact]').selectedOptions[0].text"
    lin.wait(lambda: "罗工" in str(lin.driver.execute_script(chosen)), "the contact")
    assert lin.one("input[name=subject]").get_attribute("value") == "样品"
    assert _one(Contact, name="罗工").customer_id == key
    db.session.remove()
    _leave(lin, "/customer/list/")


def test_escape_leaves_everything_as_it_was(lin: Person, office: Any) -> None:
    lin.open("/contact/add")
    lin.one("input[name=name]").send_keys("还在")
    lin.click("select[name=customer] + .picker input")
    lin.type("没有这一家")
    lin.wait(lambda: [e for e in lin.all(NEW) if "没有这一家" in e.text], "the last entry")
    lin.type(Keys.ENTER)
    lin.one("dialog.short[open]")
    lin.type(Keys.ESCAPE)
    lin.wait(lambda: not lin.all("dialog.short"), "the end of the dialog")
    assert _active(lin, "value") == "没有这一家"
    assert lin.one("input[name=name]").get_attribute("value") == "还在"
    db.session.rollback()
    assert db.session.scalars(sa.select(Customer).where(Customer.name == "没有这一家")).all() == []
    db.session.remove()
    _leave(lin, "/customer/list/")


def test_a_draft_is_offered_after_a_reload_and_gone_after_saving(lin: Person, office: Any) -> None:
    parent = office.customer("lin", name="大连总部").name
    db.session.remove()
    lin.open("/customer/add")
    lin.one("input[name=name]").send_keys("大连泰泰分号")
    lin.click("select[name=parent] + .picker input")
    lin.type("大连总部")
    lin.wait(lambda: len(lin.all(HITS)) == 1, "one hit")
    lin.type(Keys.ENTER)
    lin.wait(lambda: "大连泰泰分号" in lin.drafts() and parent in lin.drafts(), "the draft")
    assert "草稿已存在本机" in lin.text(".head .sub")
    _leave(lin, "/customer/add")
    lin.one(".note.offered")
    assert lin.one("input[name=name]").get_attribute("value") == "", "offered, and not put back unasked"
    lin.press("放回表单")
    assert "草稿已恢复" in lin.text(".note.restored")
    assert lin.one("input[name=name]").get_attribute("value") == "大连泰泰分号"
    assert lin.one("select[name=parent] + .picker input").get_attribute("value") == parent
    lin.seen("draft-restored")
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"/customer/show/\d+$")
    lin.wait(lambda: "大连泰泰分号" not in lin.drafts(), "the draft to go")
    lin.open("/customer/add")
    assert lin.one("input[name=name]").get_attribute("value") == ""


def test_a_draft_survives_a_lost_session_and_is_thrown_away_on_demand(lin: Person) -> None:
    lin.open("/customer/add")
    lin.one("input[name=name]").send_keys("掉线的客户")
    lin.driver.delete_all_cookies()
    lin.driver.who = None
    lin.stroke(Keys.CONTROL, "s")
    lin.wait(lambda: "/customer/add" not in lin.path or not lin.all("form[data-save]"), "the way to the door")
    lin.sign_in("lin")
    lin.open("/customer/add")
    lin.press("放回表单")
    assert lin.one("input[name=name]").get_attribute("value") == "掉线的客户"
    lin.press("丢弃")
    lin.wait(lambda: not lin.all(".note.restored"), "a clean form")
    assert lin.one("input[name=name]").get_attribute("value") == ""


def test_another_person_at_the_same_window_finds_no_draft(lin: Person) -> None:
    lin.open("/customer/add")
    lin.one("input[name=name]").send_keys("林晓的秘密")
    lin.wait(lambda: "林晓的秘密" in lin.drafts(), "the draft")
    _leave(lin, "/password")
    lin.sign_in("zhou")
    lin.open("/customer/add")
    assert lin.one("input[name=name]").get_attribute("value") == ""
    assert not lin.all(".note.restored")


def test_a_draft_of_an_older_version_is_not_put_over_a_newer_one(lin: Person, office: Any) -> None:
    key = office.customer("lin", name="版本客户").id
    db.session.remove()
    lin.open(f"/customer/edit/{key}")
    lin.one("input[name=phone]").send_keys("010-1")
    lin.wait(lambda: "010-1" in lin.drafts(), "the draft")
    office.manager.changes(db.session.get_one(Customer, key), phone="020-2")
    db.session.remove()
    _leave(lin, f"/customer/edit/{key}")
    assert lin.one("input[name=phone]").get_attribute("value") == "020-2"


def test_dates_are_typed_short_and_nonsense_stays_with_a_word_beside_it(lin: Person, office: Any) -> None:
    customer = office.customer("lin", name="日期客户")
    key = office.contact(customer, name="寿星").id
    db.session.remove()
    lin.open(f"/contact/edit/{key}")
    birthday = lin.one("input[name=birthday]")
    birthday.send_keys("1988年3月9日" + Keys.TAB)
    assert birthday.get_attribute("value") == "1988-03-09"
    day = lin.one("input[name=anniversary_on]")
    day.send_keys("13-45" + Keys.TAB)
    assert day.get_attribute("value") == "13-45"
    assert day.get_attribute("aria-invalid") == "true"
    lin.stroke(Keys.CONTROL, "s")
    lin.one("#faults")
    day = lin.one("input[name=anniversary_on]")
    assert day.get_attribute("value") == "13-45", "the server refuses it as well and keeps it"
    assert _active(lin, "name") == "anniversary_on"
    lin.seen("date-refused")
    day.clear()
    day.send_keys("+30")
    lin.stroke(Keys.CONTROL, Keys.ENTER)
    lin.arrive(r"/contact/show/\d+$")
    contact = _one(Contact, name="寿星")
    assert contact.birthday == dt.date(1988, 3, 9)
    assert contact.anniversary_on > dt.date.today()
    db.session.remove()


def test_the_summary_leads_to_each_field_and_pickers_tell_what_is_wrong(lin: Person) -> None:
    """A picker's error is drawn and told at the control that is seen."""
    lin.open("/contact/add")
    lin.one("input[name=mobile]").send_keys("1")
    lin.stroke(Keys.CONTROL, "s")
    lin.one("#faults")
    links = [link.text for link in lin.all("#faults a")]
    assert links == ["客户", "姓名"]
    box = lin.one("select[name=customer] + .picker input")
    assert box.get_attribute("aria-invalid") == "true"
    told = lin.driver.find_element("id", str(box.get_attribute("aria-describedby")))
    assert "客户" in told.text
    assert box.accessible_name.startswith("客户"), "the label is the input's"
    lin.click("#faults li:nth-child(2) a")
    assert _active(lin, "name") == "name"
    top = lin.driver.execute_script("return document.activeElement.getBoundingClientRect().top")
    assert top > 52, "below the bar"
    _leave(lin, "/customer/list/")


def test_an_input_method_asks_once_when_it_is_done(lin: Person, office: Any) -> None:
    office.customer("lin", name="青岛科创模具")
    db.session.remove()
    lin.open("/salesorder/add")
    _compose(lin, "#f-customer", "qing", "青岛科创")
    lin.wait(lambda: [row for row in lin.all(LISTED) if "青岛科创模具" in row.text], "the customer")
    _leave(lin, "/contact/add")
    box = "select[name=customer] + .picker input"
    lin.click("select[name=customer] + .picker input")
    lin.wait(lambda: lin.all(HITS), "what is offered untyped")
    _compose(lin, box, "qing", "青岛科创")
    listed = lambda: [row.text for row in lin.all(HITS)]  # noqa: E731
    lin.wait(lambda: len(listed()) == 1 and "青岛科创模具" in listed()[0], "the customer alone")
    _leave(lin, "/customer/list/")


def test_a_removed_line_comes_back_where_it_stood(lin: Person, office: Any) -> None:
    """§8.5; Ctrl+Z, or the button of the note."""
    goods = office.stocked("10", "10")
    order = office.order("lin", [(goods[0], "3"), (goods[1], "5")])
    key = order.id
    db.session.remove()
    quantities = lambda: [c.get_attribute("value") for c in lin.all("#lines [data-cell=quantity]")]  # noqa: E731
    lin.open(f"/salesorder/edit/{key}")
    lin.wait(lambda: quantities() == ["3", "5"], "the lines")
    lin.click("#lines tr:first-child [data-cell=quantity]")
    lin.stroke(Keys.CONTROL, Keys.DELETE)
    assert quantities() == ["5"]
    lin.stroke(Keys.CONTROL, "z")
    assert quantities() == ["3", "5"]
    lin.stroke(Keys.CONTROL, Keys.DELETE)
    lin.wait(lambda: [e for e in lin.all(".toast button.btn") if e.is_displayed()], "the note")
    [button] = [e for e in lin.all(".toast button.btn") if e.is_displayed()][-1:]
    button.click()
    assert quantities() == ["3", "5"]
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"/salesorder/show/\d+")
    assert [str(line.quantity) for line in _one(SalesOrder, id=key).lines] == ["3.000", "5.000"]
    db.session.remove()


def test_a_discount_makes_the_price_and_a_price_the_discount(lin: Person, office: Any) -> None:
    """§8.5."""
    product = office.product(price="200")
    order = office.order("lin", [(product, "2")])
    key = order.id
    db.session.remove()
    lin.open(f"/salesorder/edit/{key}")
    discount, price = (lin.one(f"#lines [data-cell={name}]") for name in ("discount", "unit_price"))
    discount.click()
    lin.type("9.5折")
    assert price.get_attribute("value") == "190.0000"
    assert lin.text("[data-lines-total]") == "¥380.00"
    price.click()
    lin.type("150")
    assert discount.get_attribute("value") == "75%"
    assert discount.get_attribute("aria-label") == "折扣，第 1 行"
    _leave(lin, "/customer/list/")


def test_what_is_typed_right_after_a_click_replaces_the_figure(lin: Person, office: Any) -> None:
    """§8.5; also on a page too busy to have selected it before the first key."""
    product = office.product(price="200")
    order = office.order("lin", [(product, "2")])
    key = order.id
    db.session.remove()
    lin.open(f"/salesorder/edit/{key}")
    quantity = lin.one("#lines [data-cell=quantity]")
    lin.driver.execute_script("window.setTimeout = () => 0")
    quantity.click()
    lin.type("15")
    assert quantity.get_attribute("value") == "15"
    _leave(lin, "/customer/list/")


def test_on_the_phone_dates_are_the_phones_own_and_save_is_under_the_thumb(phone: Person, office: Any) -> None:
    phone.sign_in("lin")
    phone.open("/contact/add")
    assert phone.one("input[name=birthday]").get_attribute("type") == "date"
    assert not phone.all(".calendar")
    save = phone.one(".foot .btn-primary").rect
    assert save["y"] + save["height"] <= 844
    assert save["height"] >= 40
    phone.seen("contact-form")
    phone.click("select[name=customer] + .picker input")
    phone.type("手机上新建")
    phone.wait(lambda: [e for e in phone.all(NEW) if "手机上新建" in e.text], "the last entry")
    phone.click(NEW)
    phone.one("dialog.short[open]")
    phone.seen("quick-new")
    phone.click("dialog.short .btn-primary")
    phone.wait(lambda: not phone.all("dialog.short"), "the end of the dialog")
    assert phone.one("select[name=customer] + .picker input").get_attribute("value") == "手机上新建"
    _leave(phone, "/customer/list/")


def test_the_order_chosen_for_a_payment_leaves_no_draft_behind(desk: Person, office: Any) -> None:
    """§8.14: the chosen order leads on to a page of its own; the empty form stays empty."""
    order = office.approved("lin", [(office.product(), "2")])
    key, number = order.id, order.number
    db.session.remove()
    desk.sign_in("finance")
    desk.open("/payment/add")
    desk.click("select[name=sales_order] + .picker input")
    desk.type(number)
    desk.wait(lambda: len(desk.all(HITS)) == 1, "one hit")
    desk.type(Keys.ENTER)
    desk.arrive(rf"/payment/add\?sales_order={key}")
    assert desk.one("input[name=amount]").get_attribute("value")
    desk.open("/payment/add")
    assert desk.one("input[name=amount]").get_attribute("value") == ""
    assert not desk.all(".note.restored")
