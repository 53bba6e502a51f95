"""The same texts before a true browser: no script of theirs runs, none of them becomes part of a page. quality R17."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from selenium.common.exceptions import TimeoutException, UnexpectedAlertPresentException
from selenium.webdriver import Keys

from tests.browser.conftest import serving
from tests.browser.person import Person, Site
from tests.browser.screens import SPECIAL, Screen, keys_of, model_screens, report_screens, state_screens
from tests.hostile.markup import PAYLOADS, poison
from tests.support import firm, services

pytestmark = pytest.mark.browser
LOGINS = ("lin", "keeper", "admin", "director", "finance", "product")
# What a text has left behind on the page, whatever the page's own scripts have made of it.
TRACES = """
const traces = "xss-x, [data-xss], iframe[srcdoc], base, object, meta[http-equiv=refresh]";
const found = [...document.querySelectorAll(traces)]
  .map((e) => e.outerHTML.slice(0, 160));
for (const e of document.querySelectorAll("*"))
  for (const a of e.attributes)
    if (a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value) && ["href", "src", "action"].includes(a.name))
      found.push(`${e.tagName} ${a.name}`);
if (window.__xss !== undefined) found.push("a script has run");
if (document.documentElement.innerText.includes("49xss")) found.push("a template has run");
return found;
"""


def _furnish(office: Any) -> None:
    """Something on every kind of page."""
    product, gone = office.stocked("60", "5", price="20")
    customer = office.customer("lin", name="无锡华盛汽车维修", kind="company", mobile="13800000000")
    office.contact(customer, name="陈建国", mobile="13900000000")
    approved = office.approved("lin", [(product, "4")], customer=customer)
    office.lin.fires("plan", approved, instalments=2, first_on="2026-12-01")
    office.shipped(approved)
    office.finance.pays(approved, "10")
    for _n in range(2):
        office.order("lin", [(product, "1")], customer=customer)
    pending, rejected = (office.order("lin", [(product, "1")], customer=customer) for _n in range(2))
    for order in (pending, rejected):
        office.lin.fires("submit", order)
    office.director.fires("reject", rejected, reason="太贵")
    office.lin.fires("issue", office.approved("lin", [(product, "2")], customer=customer))
    office.lin.fires("stop", office.approved("lin", [(product, "2")], customer=customer), reason="没有了")
    office.lin.deletes(office.order("lin", [(product, "1")], customer=customer))
    office.product_manager.changes(gone, discontinued=True)


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with services.chromium(1440, 900) as found:
        yield found


@pytest.fixture(scope="module")
def poisoned(_app: Flask) -> Iterator[tuple[Site, list[Screen]]]:
    """A firm whose every text is hostile, served; and its pages."""
    from app.core.db.base import db
    from app.models.system.preference import ListPreference
    from tests.support.office import Office

    with services.private_directory() as directory:
        database = directory / "firm.db"
        app = firm.build_app(f"sqlite:///{database}", directory)
        firm.build_template(app)
        with app.app_context(), force_locale("zh"):
            office = Office()
            _furnish(office)
            views = [{"name": payload, "query": payload} for payload in PAYLOADS[:8]]
            for login in LOGINS:
                key = office.person(login).actor.user_id
                row = {"user_id": key, "list_name": "customer", "columns": [], "views": views}
                db.session.execute(sa.insert(ListPreference).values(**row))
            db.session.commit()
            keys = defaultdict(lambda: 1, keys_of())
            special = [Screen(s.name, s.login, s.path.format_map(keys), s.then) for s in SPECIAL]
            screens = [*special, *model_screens(), *state_screens(), *report_screens()]
            assert poison() > 500
        with serving(app, database) as site:
            yield site, screens


def _traces(person: Person) -> list[str]:
    """What is wrong with the page as it stands now."""
    try:
        alert = person.alert()
        if alert is not None and not alert.text.startswith("Leave"):
            return [f"asks {alert.text!r}"]
        found = [str(each) for each in person.driver.execute_script(TRACES)]
    except UnexpectedAlertPresentException as error:
        return [f"asks {error.alert_text!r}"]
    told = [line for line in person.complaints() if "Security Policy" in line or "Refused to" in line]
    return found + told + [f"asks for {url}" for url in person.strangers()]


def _look(person: Person, screen: Screen) -> list[str]:
    person.open(screen.path)
    faults = _traces(person)
    if screen.then is not None:
        try:
            screen.then(person)
        except TimeoutException:
            return [*faults, "does not come as far as it should"]
        faults += _traces(person)
    return [f"{screen.name} {screen.login}: {fault}" for fault in faults]


@pytest.mark.parametrize("login", LOGINS)
def test_no_page_runs_what_stands_in_a_text(poisoned: tuple[Site, list[Screen]], driver: Any, login: str) -> None:
    """Every screen of the product, as the person who works with it sees it."""
    site, screens = poisoned
    person = Person(driver, site, "desk")
    person.sign_in(login)
    faults = []
    seen = [screen for screen in dict.fromkeys(screens) if screen.login == login]
    for screen in seen:
        faults += _look(person, screen)
    assert faults == []
    assert len(seen) > 2


def test_what_scripts_draw_is_text_as_well(poisoned: tuple[Site, list[Screen]], driver: Any) -> None:
    """Lists under pickers, the line grid, the bell, tabs and lists that are fetched, the search as one types."""
    site, _screens = poisoned
    person = Person(driver, site, "desk")
    person.sign_in("lin")
    faults: list[str] = []
    offered = ""
    for path in ("/contact/add", "/salesorder/add", "/customer/add", "/paymentplan/list/"):
        person.open(path)
        boxes = [box for box in person.all("input[role=combobox]") if box.is_displayed()]
        assert boxes or path.endswith("list/"), path
        for box in boxes:
            box.click()
            box.send_keys("1")  # of numbers and telephones: what is searched by is as it was
            offered += _offered(person)
            faults += [f"{path}: {fault}" for fault in _traces(person)]
            box.send_keys(Keys.ESCAPE)
        person.driver.execute_script("window.onbeforeunload = null; location.hash = ''")
    for path in ("/customer/show/1", "/salesorder/show/1"):
        person.open(path)
        for number in range(len(person.all("[role=tab], .tabs a"))):
            person.driver.execute_script(
                "document.querySelectorAll('[role=tab], .tabs a')[arguments[0]]?.click()", number
            )
            _settled(person)
            faults += [f"{path} tab {number}: {fault}" for fault in _traces(person)]
    assert faults == []
    assert "data-xss" in offered, "the payloads are in the lists"


def _offered(person: Person) -> str:
    """What the list under a picker says as soon as it answers what was typed: rows, or that there are none."""
    person.one(".found:not([data-stale])")
    script = "return [...document.querySelectorAll('[role=option]')].map((e) => e.innerText).join()"
    return str(person.driver.execute_script(script))


def _settled(person: Person) -> None:
    person.wait(lambda: not person.all("main [aria-busy=true]"), "the tab")
