"""The generated pages under real hands: keys, pickers, dialogs, colours, the phone's menu. design.md §8."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.customers.customer import Customer
from tests.browser.person import Person

pytestmark = pytest.mark.browser


def _pick(person: Person, name: str, query: str) -> None:
    """Type into a picker and take the first row it finds."""
    person.click(f"select[name={name}] + .picker input")
    person.type(query)
    hits = ".pop.found:not([data-stale]) [role=option]:not(.create)"
    person.wait(lambda: len(person.all(hits)) == 1 and person.all(f"{hits}.on"), "one hit")
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
    phone.press("更多")
    phone.shot("customer-more")
    phone.press("编辑")
    phone.arrive(r"/customer/edit/\d+$")
    phone.seen("customer-form")


# Records: tabs, keys, files


@pytest.fixture(scope="module")
def lived(office: Any) -> dict[str, int]:
    """An order with goods, plan and money, and its customer."""
    (product,) = office.stocked("50")
    order = office.approved("lin", [(product, "4")], consignee=None)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.finance.pays(order, "5")
    keys = {"order": int(order.id), "customer": int(order.customer_id)}
    db.session.remove()
    return keys


def _selected(person: Person) -> str:
    return str(person.one("[role=tab][aria-selected=true]").get_attribute("data-name"))


def _focused(person: Person) -> str:
    return str(person.driver.switch_to.active_element.get_attribute("data-name"))


def test_tabs_are_reached_by_arrows_and_remembered_by_the_address(desk: Person, lived: dict[str, int]) -> None:
    """§8.14: one stop for Tab, arrows between, what was opened once is not asked for again."""
    desk.sign_in("lin")
    desk.open(f"/salesorder/show/{lived['order']}")
    desk.one("[role=tablist]")
    assert _selected(desk) == "goods"
    assert [tab.get_attribute("tabindex") for tab in desk.all("[role=tab]")] == ["0", "-1", "-1", "-1", "-1"]
    desk.driver.execute_script("document.querySelector('[role=tab]').focus()")
    desk.stroke(Keys.ARROW_RIGHT)
    desk.wait(lambda: len(desk.all("#plans tbody tr")) == 2, "the plan")
    assert (_selected(desk), _focused(desk), desk.path.partition("#")[2]) == ("plans", "plans", "plans")
    desk.stroke(Keys.ARROW_LEFT)
    desk.stroke(Keys.ARROW_LEFT)
    assert _focused(desk) == "log"
    desk.wait(lambda: desk.all("#log .tl li"), "the log")
    desk.stroke(Keys.HOME)
    assert _focused(desk) == "goods"
    desk.stroke(Keys.END)
    assert _selected(desk) == "log"
    desk.driver.execute_script("performance.clearResourceTimings()")
    desk.stroke(Keys.HOME)
    desk.stroke(Keys.END)
    asked = "return performance.getEntriesByType('resource').filter((e) => e.name.includes('/tab/')).length"
    assert desk.driver.execute_script(asked) == 0
    desk.driver.refresh()
    desk.wait(lambda: desk.all("#log .tl li"), "the log after a reload")
    assert _selected(desk) == "log"
    desk.seen("order-log-tab")


def test_a_tab_that_cannot_be_fetched_says_so_and_is_tried_again(desk: Person, lived: dict[str, int]) -> None:
    desk.sign_in("lin")
    desk.open(f"/salesorder/show/{lived['order']}")
    desk.one("[role=tablist]")
    desk.driver.execute_script(
        "window.realFetch = window.fetch; window.fetch = () => Promise.reject(new Error('away'));"
    )
    desk.click("#t-plans")
    desk.one("#plans [role=alert]")
    desk.shot("order-tab-failed")
    desk.driver.execute_script("window.fetch = window.realFetch;")
    desk.click("#plans [role=alert] .btn")
    desk.wait(lambda: len(desk.all("#plans tbody tr")) == 2, "the plan")
    desk.seen("order-plans-tab")


def test_a_figure_leads_to_what_it_counts(desk: Person, lived: dict[str, int]) -> None:
    """§8.14."""
    desk.sign_in("finance")
    desk.open(f"/salesorder/show/{lived['order']}")
    desk.one("[role=tablist]")
    desk.click("a.fig[href='#payments']")
    desk.wait(lambda: desk.all("#payments tbody tr"), "the payment")
    desk.click("[data-tab-link=log]")
    desk.wait(lambda: desk.all("#log .tl li"), "the log")
    assert desk.one(".head .acts .btn-primary").text == "记录回款"


def test_the_next_record_of_the_list_is_a_key_away(desk: Person, office: Any) -> None:
    for name in ("甲公司", "乙公司", "丙公司"):
        office.customer("zhou", name=name)
    db.session.remove()
    desk.sign_in("zhou")
    desk.open("/customer/list/?view=mine&sort=-name")
    names = [link.text for link in desk.all("main tbody tr a[href*='/customer/show/']")]
    assert len(names) == 3
    desk.press(names[0])
    desk.arrive(r"/customer/show/\d+$")
    first = desk.path
    assert "1 / 3" in desk.text(".walk")
    desk.stroke("]")
    desk.wait(lambda: desk.path != first and names[1] in desk.text("h1"), "the second")
    desk.stroke("[")
    desk.wait(lambda: desk.path == first, "the first again")
    assert "view=mine&sort=-name" in str(desk.one("a[data-list]").get_attribute("href"))
    desk.one("h1")
    desk.stroke("e")
    desk.arrive(r"/customer/edit/\d+$")


def test_why_a_step_is_refused_is_read_by_keyboard_and_on_the_phone(
    desk: Person, phone: Person, lived: dict[str, int]
) -> None:
    """§11.6: no goods without a consignee."""
    path = f"/salesorder/show/{lived['order']}"
    desk.sign_in("lin")
    desk.open(path)
    assert not desk.all("#why-issue")[0].is_displayed()
    desk.driver.execute_script("arguments[0].focus()", desk.one(".more summary"))
    desk.stroke(Keys.ENTER)
    desk.stroke(Keys.TAB)
    desk.one("[aria-describedby=why-issue]")
    assert "收货人" in desk.one("#why-issue").text
    desk.shot("order-more")
    phone.sign_in("lin")
    phone.open(path)
    phone.click(".foot summary")
    assert "收货人" in phone.text(".sheet")
    phone.shot("order-more")


def _drop(person: Person, files: str) -> None:
    """Files fall onto the card; `files` is script that makes them."""
    person.driver.execute_script(
        f"const t = new DataTransfer(); for (const f of [{files}]) t.items.add(f);"
        "for (const name of ['dragover', 'drop']) document.querySelector('.tabbed')"
        ".dispatchEvent(new DragEvent(name, {dataTransfer: t, bubbles: true, cancelable: true}));"
    )


def test_files_are_dropped_pasted_looked_at_and_taken_away(desk: Person, lived: dict[str, int]) -> None:
    """Several at once, one too large for sending; pictures, text and PDF in the page."""
    desk.sign_in("lin")
    desk.open(f"/customer/show/{lived['customer']}#files")
    desk.one("#files form.upload")
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    picture = f"Uint8Array.from(atob('{dot}'), (c) => c.charCodeAt(0))"
    _drop(desk, f"new File([{picture}], '门头.png'), new File(['第一行'], '说明.txt'), "
                "new File([new Uint8Array(21 * 1024 * 1024)], '太大.pdf')")  # fmt: skip
    desk.wait(lambda: len(desk.all("#files .filed > li")) == 2, "two files")
    assert "20 MB" in desk.text("#files .going li.red")
    assert desk.one("#t-files .n").text == "2"
    desk.driver.execute_script(
        f"const t = new DataTransfer(); t.items.add(new File([{picture}], 'image.png', {{type: 'image/png'}}));"
        "document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: t, bubbles: true, cancelable: true}));"
    )
    desk.wait(lambda: len(desk.all("#files .filed > li")) == 3, "the screenshot")
    assert "截图" in desk.text("#files .filed > li:first-child")
    desk.seen("customer-files")
    desk.press("说明.txt")
    desk.wait(lambda: "第一行" in desk.text("#viewer pre"), "the text")
    desk.stroke(Keys.ARROW_RIGHT)
    image = desk.one("#viewer img")
    desk.wait(lambda: desk.driver.execute_script("return arguments[0].naturalWidth", image) == 1, "the picture")
    desk.seen("customer-file-viewer")
    desk.stroke(Keys.ESCAPE)
    desk.click("#files .filed > li:first-child form button")
    desk.driver.switch_to.alert.accept()
    desk.wait(lambda: len(desk.all("#files .filed > li")) == 2, "the file taken away")
    assert _selected(desk) == "files"
