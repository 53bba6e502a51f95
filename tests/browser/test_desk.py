"""The desk at work: its chart is drawn in the page's colours, a month opens its list, the bell tells what waits.

Manual 3.2, 3.3.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By

from app.core.clock import today
from app.core.db.base import db
from tests.browser.person import Person

pytestmark = pytest.mark.browser
BAR_COLOUR = """
const chart = echarts.getInstanceByDom(document.querySelector("[data-chart]"));
return chart.getOption().series[0].itemStyle.color;
"""
POINT = """
const [series, at] = arguments, box = document.querySelector("[data-chart]");
const chart = echarts.getInstanceByDom(box), value = chart.getOption().series[series].data[at];
const [x, y] = chart.convertToPixel({ seriesIndex: series }, [at, value]);
return [Math.round(x - box.clientWidth / 2), Math.round(y - box.clientHeight / 2)];
"""


@pytest.fixture(scope="module")
def goods(office: Any) -> Any:
    """Lin sold this month, is owed money, and has an order sent back; another of hers waits for the director."""
    product = office.stocked("500", price="123.45")[0]
    now = today()
    sold = office.approved("lin", [(product, "4")], signed_on=now, latest_ship_on=now)
    office.lin.fires("plan", sold, instalments=1, first_on=(now - dt.timedelta(days=3)).isoformat())
    office.shipped(sold)
    back, waits = (office.order("lin", [(product, "1")], signed_on=now, latest_ship_on=now) for _n in range(2))
    for order in (back, waits):
        office.lin.fires("submit", order)
    office.director.fires("reject", back, reason="价格偏低")
    key = waits.id
    db.session.remove()
    return key


def at_point(person: Person, series: int, at: int) -> Any:
    """The hand over a point of the chart."""
    person.wait(lambda: person.driver.execute_script("return !!window.echarts"), "the chart's script")
    box = person.one("[data-chart] canvas")
    person.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", box)
    x, y = person.driver.execute_script(POINT, series, at)
    return ActionChains(person.driver).move_to_element_with_offset(person.one("[data-chart]"), x, y + 4)


def test_the_chart_is_drawn_and_changes_with_the_colours_of_the_page(desk: Person, goods: Any) -> None:
    desk.sign_in("lin")
    desk.open("/")
    desk.one("[data-chart] canvas")
    light = desk.driver.execute_script(BAR_COLOUR)
    desk.seen("desk-lin")
    desk.driver.execute_script("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    desk.wait(lambda: desk.driver.execute_script(BAR_COLOUR) != light, "dark bars")
    desk.seen("desk-lin-dark")


def test_a_click_on_a_month_opens_the_entries_that_count_in_it(desk: Person, goods: Any) -> None:
    """§3.3: the tip tells the figures first; the list shows the same month, as the statement does."""
    desk.sign_in("lin")
    desk.open("/")
    at_point(desk, 0, 11).perform()
    assert "¥493.80" in desk.text(".plot .tip")
    at_point(desk, 0, 11).click().perform()
    desk.arrive(r"/receivableledgerentry/list/")
    asked = parse_qs(urlsplit(desk.path).query)
    assert asked["on_from"] == [today().replace(day=1).isoformat()]
    assert "¥493.80" in desk.text("main table")


def test_the_figures_of_the_chart_stand_in_a_table_for_the_keyboard(desk: Person, goods: Any) -> None:
    desk.sign_in("lin")
    desk.open("/")
    desk.press("看数字")
    rows = desk.all("#chart-1-figures tbody tr")
    assert len(rows) == 12
    assert "¥493.80" in rows[-1].text
    desk.click("#chart-1-figures tbody tr:last-child a")
    desk.arrive(r"/receivableledgerentry/list/.*on_from=")


def test_the_bell_and_the_menu_tell_what_waits(desk: Person, goods: Any) -> None:
    """§3.3: and stop telling it when it is done."""
    desk.sign_in("director")
    desk.open("/")
    desk.wait(lambda: desk.one(".bell summary .n").text == "1", "the bell")
    assert desk.one('#side a[href="/salesorder/list/"] .n').text == "1"
    desk.click(".bell summary")
    desk.click(".bell .pop a")
    desk.arrive(r"/salesorder/list/\?view=waiting")
    desk.open(f"/salesorder/show/{goods}")
    desk.press("同意")
    desk.wait(lambda: desk.all("dialog[open]") or "next=1" in desk.path, "the step")
    if desk.all("dialog[open]"):
        desk.press("同意", "dialog[open]")
    desk.wait(lambda: "next=1" in desk.path and not desk.one(".bell").find_element(By.CLASS_NAME, "n").text, "silence")
    desk.click(".bell summary")
    assert "没有待办事项" in desk.text(".bell .pop")
    assert not desk.all("#side a .n")


def test_a_folded_section_stays_folded_but_for_where_one_is(desk: Person, goods: Any) -> None:
    """§3.1."""
    desk.sign_in("lin")
    desk.open("/")
    section = '#side details[data-section="customers"]'
    desk.click(f"{section} > summary")
    desk.open("/")
    assert desk.one(f"{section} > summary").is_displayed()
    assert not desk.all(f"{section}[open]")
    desk.open("/customer/list/")
    assert desk.all(f"{section}[open]")
    desk.open("/")
    desk.click(f"{section} > summary")
    desk.open("/")
    assert desk.all(f"{section}[open]")


def test_the_desk_fits_a_phone_and_its_tools_stand_in_the_menu(phone: Person, goods: Any) -> None:
    """§3.2."""
    phone.sign_in("lin")
    phone.open("/")
    phone.one("[data-chart] canvas")
    phone.seen("desk-lin")
    assert not any(tool.is_displayed() for tool in phone.all(".tools"))
    phone.click("[data-toggle=menu]")
    phone.press("来电记录", "#side")
    phone.arrive("/call/")
    phone.seen("call")
