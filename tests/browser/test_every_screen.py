"""Every screen at a desk, in the dark and on a phone: a picture, no barrier, nothing sideways, nobody else asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from selenium.common.exceptions import TimeoutException

from app.demo.people import CAST
from tests.browser.conftest import serving
from tests.browser.person import Person, Site
from tests.browser.screens import Screen, all_screens, ask_for_a_file, endpoints
from tests.support import firm, services

pytestmark = pytest.mark.browser
LOGINS = ("", "lin", "keeper", "finance", "product", "director", "admin", "others")
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """
const [runOnly, done] = arguments;
axe.run(document, {resultTypes: ["violations"], runOnly})
  .then((found) => done(found.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html.slice(0, 160))])));
"""
ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RULES_OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# At once: a colour half-way to the dark is nobody's picture.
DARKEN = """
document.documentElement.setAttribute("data-bs-theme", "dark");
document.body.getBoundingClientRect();
document.getAnimations().filter((one) => one instanceof CSSTransition).forEach((one) => one.finish());
"""
GRAVE = ("serious", "critical")
# What the product itself says: no names, numbers or texts that people have entered.
SAID = """
const texts = [];
document.querySelectorAll("h1, h2, h3, th, label, legend, button, summary, dt, .hint, .t, .k, .sub, nav a")
  .forEach((e) => { if (e.checkVisibility()) texts.push(e.innerText); });
for (const name of ["aria-label", "title", "placeholder"])
  document.querySelectorAll(`[${name}]`).forEach((e) => texts.push(e.getAttribute(name)));
return texts;
"""
ENGLISH = re.compile(r"[a-z]{4,}")
# Keys and brands are called that in Chinese, too; files and logins are what people called them.
FOREIGN = re.compile("|".join(("Excel", "Enter", "Delete", "Shift", "Home", r"\S+\.xlsx", "Chrome", "Linux", *CAST)))
ENGLISH_BY_NATURE = ("api-docs",)


@pytest.fixture(scope="module")
def firm_served() -> Iterator[tuple[Flask, Site, list[Screen]]]:
    """The demo firm, as `make run` shows it, and its screens."""
    from app.core.db.base import db
    from app.demo.firm import build_firm

    with services.private_directory() as directory:
        database = directory / "firm.db"
        app = firm.build_app(f"sqlite:///{database}", directory)
        firm.build_template(app)
        with app.app_context(), force_locale("zh"):
            assert list(build_firm(people_only=False))
            ask_for_a_file()
            screens = all_screens()
            db.session.remove()
        with serving(app, database) as site:
            yield app, site, screens


def barriers(person: Person, *, is_dark: bool) -> list[Any]:
    """What keeps people from reading or using the page (axe-core); in the dark only its colours differ."""
    if not is_dark:
        person.driver.execute_script(AXE.read_text("utf-8"))
    found = person.driver.execute_async_script(CHECK, RULES_OF_COLOUR if is_dark else ALL_RULES)
    return [violation for violation in found if violation[0] in GRAVE]


def english(person: Person) -> list[str]:
    """Texts of the product that nobody has put into Chinese."""
    said = {str(text) for text in person.driver.execute_script(SAID)}
    return sorted(text for text in said if ENGLISH.search(FOREIGN.sub("", text)))


def look(person: Person, screen: Screen, faults: list[str]) -> None:
    person.open(screen.path)
    try:
        person.one("h1, form")
        if screen.then is not None:
            screen.then(person)
    except TimeoutException as error:
        faults.append(f"{screen.name} {person.size}: {error.msg}")
    sizes = [""] if person.size == "phone" else ["", "-dark"]
    for dark in sizes:
        if dark:
            person.driver.execute_script(DARKEN)
        person.shot(f"screens/{screen.name}{dark}")
        faults += [f"{screen.name}{dark} {person.size}: {barrier}" for barrier in barriers(person, is_dark=bool(dark))]
    if screen.name not in ENGLISH_BY_NATURE:
        faults += [f"{screen.name} {person.size}: not in Chinese: {text}" for text in english(person)]
    if person.overflow():
        faults.append(f"{screen.name} {person.size}: can be moved sideways by {person.overflow()}")
    faults += [f"{screen.name} {person.size}: {text}" for text in person.complaints()]
    faults += [f"{screen.name} {person.size}: asks {url}" for url in person.strangers()]


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("login", LOGINS)
def test_every_screen_can_be_read_and_used(
    login: str, size: str, firm_served: tuple[Flask, Site, list[Screen]], request: pytest.FixtureRequest
) -> None:
    _app, site, screens = firm_served
    (site.output / "screens").mkdir(parents=True, exist_ok=True)
    person = Person(request.getfixturevalue(f"_{size}_browser"), site, size)
    faults: list[str] = []
    for screen in screens:
        if screen.login != login and not (login == "others" and screen.login not in LOGINS):
            continue
        if screen.login:
            person.sign_in(screen.login)
        look(person, screen, faults)
    assert not faults, "\n".join(faults)


def test_no_page_is_left_out(firm_served: tuple[Flask, Site, list[Screen]]) -> None:
    """Whoever adds a page adds it to the screens, or says why it is none."""
    app, _site, screens = firm_served
    seen, pages = endpoints(app, screens)
    assert pages - seen == set()


def test_the_order_list_comes_quickly_into_an_empty_cache(
    firm_served: tuple[Flask, Site, list[Screen]], request: pytest.FixtureRequest
) -> None:
    """Everything a first visit loads, as it comes over the line; the page itself with its fifty rows. design.md §9."""
    _app, site, _screens = firm_served
    person = Person(request.getfixturevalue("_desk_browser"), site, "desk")
    person.sign_in("director")
    person.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    services.transferred(person.driver)
    person.open("/salesorder/list/")
    assert len(person.all("main .card table tbody tr")) == 50
    person.wait(lambda: person.driver.execute_script("return document.readyState") == "complete", "the page")
    assert 30_000 < services.transferred(person.driver) <= 350 * 1024
    html = person.driver.execute_script(
        "const a = new XMLHttpRequest(); a.open('GET', location.href, false); a.send(); return a.responseText;"
    )
    assert len(html.encode()) <= 60 * 1024
