"""Every type-ahead: keys act at once, Escape closes, a failed search says so, several are chosen. Manual 8.4, 8.5."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.customers.customer import Contact
from app.models.stock.stock import Warehouse
from tests.browser.person import Person

pytestmark = pytest.mark.browser
ROWS = ".pop.found:not([data-stale]) [role=option]"
CUSTOMER = "select[name=customer] + .picker input"

# What becomes of a request: nobody is reached, the server breaks down, the session has ended.
FAILURES = {
    "连接不上服务器": "window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))",
    "系统出错": "window.fetch = async () => new Response('<h1>500</h1>', {status: 500})",
    "登录已失效": "window.fetch = async () => new Response('<form></form>', {status: 200})",
}
# Answers wait until `answer()` is called.
HOLD = """
const [real, waiting] = [window.fetch, []];
window.fetch = (...asked) => new Promise((go) => waiting.push(go)).then(() => real(...asked));
window.answer = () => { window.fetch = real; waiting.forEach((go) => go()); };
"""


def _run(person: Person, script: str) -> Any:
    return person.driver.execute_script(script)


def _open(person: Person, path: str) -> None:
    """A page without what was typed before."""
    person.open("/password")
    if alert := person.alert():
        alert.accept()
    person.forget_drafts()
    person.open(path)


def _value(person: Person, selector: str) -> str:
    return str(person.one(selector).get_attribute("value"))


def _rows(person: Person) -> list[str]:
    return [row.text.split("\n")[0] for row in person.all(f"{ROWS}:not(.create)")]


@pytest.fixture(scope="module")
def named(office: Any) -> list[str]:
    """Three customers of lin that one search finds."""
    names = [f"箭头{serial}号" for serial in ("甲", "乙", "丙")]
    for name in names:
        office.customer("lin", name=name)
    db.session.remove()
    return names


@pytest.fixture
def three(named: list[str], desk: Person) -> list[str]:
    desk.sign_in("lin")
    return named


PLACES = {
    "form": ("/contact/add", CUSTOMER),
    "filter": ("/salesorder/list/", ".filters .picker input"),
    "party": ("/salesorder/add", "#f-customer"),
    "line": ("/salesorder/add", "#lines [data-cell=product]"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_failed_search_says_so_and_enter_tries_again(place: str, desk: Person) -> None:
    """fault D3: A failure is told as one and never as “no such product”."""
    path, field = PLACES[place]
    desk.sign_in("lin")
    _open(desk, path)
    if place == "filter":
        desk.press("筛选")
    nothing = _run(desk, "window.answering = window.fetch; return document.body.dataset.none")
    for told, failure in FAILURES.items():
        _run(desk, failure)
        desk.click(field)
        desk.type("xyz")
        assert told in desk.text(".pop.found[role=alert]:not([data-stale]) .failed")
        assert nothing not in desk.text(".pop.found")
        _run(desk, "window.fetch = window.answering")
        desk.stroke(Keys.ENTER)
        desk.wait(lambda: not desk.all(".pop.found .failed") and desk.all(".pop.found"), "an answer")
        assert nothing in desk.text(".pop.found")
        desk.stroke(Keys.ESCAPE)
        assert not desk.all(".pop.found")


def test_a_search_that_fails_after_enter_marks_the_cell_with_the_reason(desk: Person) -> None:
    """fault D3: What was typed in a hurry stays; it is not told to be a product that does not exist."""
    desk.sign_in("lin")
    _open(desk, "/salesorder/add")
    desk.click("#lines [data-cell=product]")
    _run(desk, "window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))")
    desk.type("T0001" + Keys.ENTER)
    assert "连接不上服务器" in desk.text("#lines .err")
    assert _value(desk, "#lines [data-cell=product]") == "T0001"


def test_arrows_pressed_before_the_answer_move_in_the_list_that_comes(desk: Person, three: list[str]) -> None:
    _open(desk, "/contact/add")
    desk.one(CUSTOMER)
    _run(desk, HOLD)
    desk.click(CUSTOMER)
    desk.type("箭头")
    desk.stroke(Keys.DOWN)
    desk.stroke(Keys.DOWN)
    desk.wait(lambda: desk.one(CUSTOMER).get_attribute("aria-busy"), "the question")
    _run(desk, "answer()")
    desk.wait(lambda: len(_rows(desk)) == 3, "three hits")
    last = _rows(desk)[2]
    assert desk.text(f"{ROWS}.on").startswith(last)
    desk.stroke(Keys.ENTER)
    assert _value(desk, CUSTOMER) == last
    assert set(three) >= {last}


@pytest.mark.parametrize(("key", "position"), [(Keys.DOWN, 0), (Keys.UP, -1)])
def test_the_first_arrow_opens_the_list_and_stands_in_it(
    key: str, position: int, desk: Person, three: list[str]
) -> None:
    """fault D6: The first arrow does something."""
    _open(desk, "/contact/add")
    desk.click(CUSTOMER)
    desk.wait(lambda: desk.all(ROWS), "the list")
    desk.stroke(Keys.ESCAPE)
    desk.stroke(key)
    desk.wait(lambda: desk.all(f"{ROWS}.on"), "the list again")
    assert "on" in str(desk.all(ROWS)[position].get_attribute("class")).split()


def test_escape_closes_the_list_then_the_dialog_around_it(desk: Person, office: Any) -> None:
    key = office.customer("lin", name="退出键客户").id
    db.session.remove()
    desk.sign_in("lin")
    desk.open(f"/customer/show/{key}")
    desk.press("共享")
    desk.click("dialog[open] .picker input")
    desk.wait(lambda: desk.all(ROWS), "people")
    desk.stroke(Keys.ESCAPE)
    assert not desk.all(".pop.found")
    assert desk.all("dialog[open] .picker")
    desk.stroke(Keys.ESCAPE)
    desk.wait(lambda: not desk.all("dialog[open]"), "the end of the dialog")


def _keepers(key: int) -> set[str]:
    db.session.rollback()
    return {keeper.username for keeper in db.session.get_one(Warehouse, key).keepers}


def test_several_are_chosen_and_taken_away_again(desk: Person, office: Any) -> None:
    """The keepers of a warehouse: typed and picked, removed by button and by key; who is chosen is not offered."""
    key = office.warehouse().id
    before = _keepers(key)
    db.session.remove()
    desk.sign_in("admin")
    field = "select[name=keepers] + .picker"
    chosen = lambda: [chip.text for chip in desk.all(f"{field} .picked")]  # noqa: E731
    desk.open(f"/warehouse/edit/{key}")
    desk.click(f"{field} input")
    at_first = chosen()
    for name in ("林晓", "周涛"):
        desk.type(name)
        desk.wait(lambda name=name: [row for row in _rows(desk) if name in row], name)
        desk.stroke(Keys.ENTER)
        desk.wait(lambda name=name: any(name in chip for chip in chosen()), f"{name} chosen")
    assert len(chosen()) == len(at_first) + 2
    desk.seen("keepers")
    desk.type("林晓")
    desk.wait(lambda: desk.all(".pop.found .none"), "nobody else")
    desk.stroke(Keys.ESCAPE)
    desk.stroke(Keys.BACKSPACE)
    assert not [chip for chip in chosen() if "周涛" in chip]
    desk.stroke(Keys.CONTROL, "s")
    desk.arrive(r"/warehouse/show/\d+$")
    assert _keepers(key) == {*before, "lin"}
    db.session.remove()
    desk.open(f"/warehouse/edit/{key}")
    desk.click(f"{field} [aria-label*=林晓]")
    desk.stroke(Keys.CONTROL, "s")
    desk.arrive(r"/warehouse/show/\d+$")
    assert _keepers(key) == before
    db.session.remove()


def test_a_text_that_picked_nothing_is_refused_instead_of_dropped(desk: Person, three: list[str]) -> None:
    _open(desk, "/contact/add")
    desk.one("input[name=name]").send_keys("没有公司的人")
    desk.click(CUSTOMER)
    desk.type("箭头")
    desk.wait(lambda: len(_rows(desk)) == 3, "three hits")
    desk.stroke(Keys.CONTROL, "s")
    assert "请从列表中选择" in desk.text(".field.bad .err")
    assert _value(desk, CUSTOMER) == "箭头"
    assert desk.path == "/contact/add"
    desk.click("input[name=name]")
    assert desk.one(CUSTOMER).get_attribute("aria-invalid") == "true"
    desk.click(CUSTOMER)
    desk.wait(lambda: len(_rows(desk)) == 3, "three hits")
    desk.stroke(Keys.ENTER)
    assert not desk.all(".field.bad")


def test_a_form_sent_before_the_answer_waits_for_it(desk: Person, three: list[str]) -> None:
    _open(desk, "/contact/add")
    desk.one("input[name=name]").send_keys("急性子")
    _run(desk, HOLD)
    desk.click(CUSTOMER)
    desk.type(three[1] + Keys.ENTER)
    desk.stroke(Keys.CONTROL, "s")
    assert desk.path == "/contact/add"
    _run(desk, "answer()")
    desk.arrive(r"/contact/show/\d+$")
    contact = db.session.scalars(sa.select(Contact).where(Contact.name == "急性子")).one()
    assert contact.customer.name == three[1]
    db.session.remove()


def test_an_emptied_field_stays_empty(desk: Person, office: Any) -> None:
    """By its button, and by keys: Enter then picks nothing."""
    parent = office.customer("lin", name="上级公司")
    key = office.customer("lin", name="下级公司", parent=parent).id
    db.session.remove()
    desk.sign_in("lin")
    field = "select[name=parent] + .picker"
    chosen = "return document.querySelector('select[name=parent]').value"
    _open(desk, f"/customer/edit/{key}")
    assert _value(desk, f"{field} input") == "上级公司"
    desk.click(f"{field} .clear")
    assert (_value(desk, f"{field} input"), _run(desk, chosen)) == ("", "")
    _open(desk, f"/customer/edit/{key}")
    desk.click(f"{field} input")
    desk.stroke(Keys.BACKSPACE)
    desk.wait(lambda: desk.all(ROWS), "the list")
    assert not desk.all(f"{ROWS}.on")
    desk.stroke(Keys.TAB)
    assert (_value(desk, f"{field} input"), _run(desk, chosen)) == ("", "")


def test_picking_in_the_panel_of_filters_leaves_it_open(desk: Person, three: list[str]) -> None:
    _open(desk, "/salesorder/list/")
    desk.press("筛选")
    field = "select[name=customer] + .picker input"
    desk.click(f".panel {field}")
    desk.type(three[0])
    desk.wait(lambda: _rows(desk) == [three[0]], "the customer")
    desk.seen("filter-picker")
    desk.click(ROWS)
    assert _value(desk, f".panel {field}") == three[0]
    desk.click(".panel .btn-primary")
    desk.arrive("customer=")
    assert three[0] in desk.text(".chips")
