"""What was typed and not saved: it outlives the tab, is offered and never put back unasked. Manual 8.4, 8.5."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver import Keys

from app.core.db.base import db
from tests.browser.person import Person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def goods(office: Any) -> dict[str, Any]:
    first, second = office.customer("lin", "常州一厂"), office.customer("lin", "常州二厂")
    hammer = office.product("羊角锤", price="20")
    found = {"first": first.id, "second": second.id, "hammer": hammer.number}
    db.session.remove()
    return found


def begin(person: Person, goods: dict[str, Any], path: str, subject: str) -> None:
    """An order with one line, typed and not saved; the browser holds it."""
    person.open(path)
    person.one("input[name=subject]").send_keys(subject)
    person.click("#lines [data-cell=product]")
    person.type(goods["hammer"] + Keys.ENTER + "7" + Keys.ENTER)
    person.wait(lambda: person.all("#lines tr.filled"), "the product")
    person.wait(lambda: subject in person.drafts() and '"quantity":"7"' in person.drafts(), "the draft")
    person.wait(lambda: "草稿已存在本机" in person.text(".head [data-kept]"), "the note")


def close_the_tab(person: Person) -> None:
    person.driver.switch_to.new_window("tab")
    here = person.driver.current_window_handle
    for other in [handle for handle in person.driver.window_handles if handle != here]:
        person.driver.switch_to.window(other)
        person.driver.close()
    person.driver.switch_to.window(here)


def subject(person: Person) -> str:
    return str(person.one("input[name=subject]").get_attribute("value"))


def test_a_draft_outlives_its_tab_and_never_appears_unasked(lin: Person, goods: dict[str, Any]) -> None:
    """fault D2: §8.5: closing it asks nothing, for the browser holds everything."""
    begin(lin, goods, f"/salesorder/add?customer={goods['first']}", "关了再来")
    close_the_tab(lin)
    lin.open(f"/salesorder/add?customer={goods['second']}")
    lin.one("#lines tbody tr")
    lin.wait(lambda: subject(lin) == "", "the form")
    assert not lin.all(".note.offered"), "that of another customer"
    lin.open("/purchaseorder/list/")
    lin.open("/salesorder/add")
    lin.wait(lambda: lin.all(".note.offered"), "the offer")
    assert "常州一厂，1 行" in lin.text(".note.offered")
    assert (subject(lin), len(lin.all("#lines tr.filled"))) == ("", 0)
    lin.seen("draft-offered")
    lin.press("放回表单")
    lin.wait(lambda: subject(lin) == "关了再来", "what was typed")
    assert lin.one("#f-customer").get_attribute("value") == "常州一厂"
    assert lin.one("#lines [data-cell=quantity]").get_attribute("value") == "7"
    lin.wait(lambda: lin.text("[data-lines-total]") == "¥140.00", "the total")
    lin.one("input[name=latest_ship_on]").send_keys("+30")
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"^/salesorder/show/\d+")
    assert lin.drafts() == "[]", "gone once it is saved"


def test_choosing_a_customer_offers_what_was_typed_for_it(lin: Person, goods: dict[str, Any]) -> None:
    begin(lin, goods, f"/salesorder/add?customer={goods['first']}", "给一厂的")
    lin.leave("/customer/list/")
    begin(lin, goods, f"/salesorder/add?customer={goods['second']}", "给二厂的")
    lin.leave("/salesorder/add")
    lin.wait(lambda: len(lin.all(".note.offered")) == 2, "both")
    lin.click("#f-customer")
    lin.type("常州一厂")
    lin.wait(lambda: lin.all(".pop.found:not([data-stale]) [role=option]"), "the customer")
    lin.type(Keys.ENTER)
    lin.wait(lambda: len(lin.all(".note.offered")) == 1, "its own")
    assert "常州一厂" in lin.text(".note.offered")
    lin.press("丢弃", ".note.offered")
    lin.wait(lambda: not lin.all(".note.offered"), "none")
    assert "给一厂的" not in lin.drafts()
    assert "给二厂的" in lin.drafts()


def test_cancelling_asks_once_and_throws_it_away(lin: Person, goods: dict[str, Any]) -> None:
    """fault D2: §8.5: Escape does the same; where nothing was typed nothing is asked."""
    begin(lin, goods, f"/salesorder/add?customer={goods['first']}", "不要了")
    lin.click(".head [data-cancel]")
    alert = lin.alert()
    assert alert is not None
    alert.dismiss()
    assert subject(lin) == "不要了"
    lin.stroke(Keys.ESCAPE)
    lin.alert().accept()
    lin.arrive("^/salesorder/list/")
    assert lin.drafts() == "[]"
    lin.open("/salesorder/add")
    lin.one("#lines tbody tr")
    assert not lin.all(".note.offered")
    lin.click(".head [data-cancel]")
    lin.arrive("^/salesorder/list/")
    lin.open("/contact/add")
    lin.one("input[name=name]").send_keys("写到一半")
    lin.wait(lambda: "写到一半" in lin.drafts(), "the draft")
    lin.click(".head [data-cancel]")
    lin.alert().accept()
    lin.arrive("^/contact/list/")
    assert lin.drafts() == "[]"


def test_a_refused_form_goes_on_with_its_draft_and_leaves_none(lin: Person) -> None:
    """What was refused and then saved is not offered a second time."""
    lin.open("/customer/add")
    lin.one("input[name=short_name]").send_keys("先被拒绝")
    lin.stroke(Keys.CONTROL, "s")
    lin.one("#faults")
    lin.one("input[name=name]").send_keys("后来存上")
    lin.wait(lambda: "后来存上" in lin.drafts(), "the draft")
    assert lin.drafts().count("scope") == 1
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"^/customer/show/\d+$")
    lin.wait(lambda: lin.drafts() == "[]", "none")


def test_signing_out_leaves_no_draft_behind(lin: Person, goods: dict[str, Any]) -> None:
    begin(lin, goods, f"/salesorder/add?customer={goods['first']}", "下班了")
    lin.leave("/customer/list/")
    lin.click(".face")
    lin.press("退出", "header")
    lin.arrive("/login")
    lin.driver.who = None
    lin.sign_in("lin")
    assert lin.drafts() == "[]"
