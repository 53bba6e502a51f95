"""A person at a browser: keys and clicks, what they see, and what must never happen behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.common.exceptions import NoAlertPresentException, StaleElementReferenceException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.firm import PASSWORD
from tests.support.services import requested_urls
from tests.support.waiting import PATIENCE

# What tests bring about: refusals, and leaving a form that a script filled in.
PROVOKED = re.compile(r"the server responded with a status of 4\d\d|Blocked attempt to show a 'beforeunload'")

# Drafts are read and dropped by the product's own module; the last argument is called with what came of it.
STORE = """
const done = arguments[0];
const address = document.querySelector('script[src*="/js/form/forms.js"]').src.replace("forms.js", "draft_store.js");
import(address).then(async (store) => {
  const drafts = await store.allDrafts();
  %s
}).catch((error) => done(String(error)));
"""


@dataclass(frozen=True)
class Site:
    """Where the firm is served, its database, and where pictures go."""

    url: str
    database: Path
    output: Path


class Person:
    """One browser window; `strokes` counts keys that are no part of a value or of what is searched for."""

    def __init__(self, driver: Any, site: Site, size: str) -> None:
        self.driver = driver
        self.site = site
        self.size = size
        self.strokes = 0
        if not driver.current_url.startswith(site.url):  # a page of the site before would go on asking it for news
            driver.delete_all_cookies()
            driver.get("about:blank")
        self.complaints(), self.strangers()  # what the person before left behind is nobody's fault here

    # Going and looking

    def open(self, path: str) -> None:
        self.driver.get(self.site.url + path)

    @property
    def path(self) -> str:
        address: str = self.driver.current_url
        return address.removeprefix(self.site.url)

    def all(self, selector: str) -> list[WebElement]:
        found: list[WebElement] = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found

    def one(self, selector: str) -> WebElement:
        """The first visible element of this kind, as soon as there is one."""
        return self.wait(lambda: next((e for e in self.all(selector) if e.is_displayed()), None), selector)

    def text(self, selector: str = "main") -> str:
        return str(self.one(selector).text)

    def wait(self, found: Callable[[], Any], what: str = "") -> Any:
        waiting = WebDriverWait(self.driver, PATIENCE, 0.05, ignored_exceptions=(StaleElementReferenceException,))
        return waiting.until(lambda _driver: found(), f"waited in vain for {what} at {self.path}")

    def arrive(self, pattern: str) -> None:
        """Wait until the address matches and the page stands."""
        self.wait(lambda: re.search(pattern, self.path), pattern)
        self.wait(lambda: self.driver.execute_script("return document.readyState") == "complete", "the page")

    # Hands

    def type(self, text: str) -> None:
        """Characters of a value or of a search."""
        ActionChains(self.driver).send_keys(text).perform()

    def stroke(self, *keys: str) -> None:
        """Keys that steer: each counts, a chord as many as it has keys."""
        actions = ActionChains(self.driver)
        for key in keys[:-1]:
            actions.key_down(key)
        actions.send_keys(keys[-1])
        for key in keys[:-1]:
            actions.key_up(key)
        actions.perform()
        self.strokes += len(keys)

    def click(self, selector: str) -> None:
        self._click(self.one(selector))

    def _click(self, element: WebElement) -> None:
        # At once: pages scroll smoothly, and a click aims at where the element stood before.
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def press(self, text: str, within: str = "main") -> None:
        """The button or link that says this."""
        found = lambda: next(  # noqa: E731
            (
                e
                for e in self.all(f"{within} button, {within} a, {within} summary")
                if e.is_displayed() and text in e.text
            ),
            None,
        )
        self._click(self.wait(found, f"a button “{text}”"))

    def sign_in(self, login: str) -> None:
        """By keys only; whoever sits at this browser already stays."""
        who = (self.site.url, login)
        if getattr(self.driver, "who", None) == who and self.driver.get_cookies():
            return
        self.driver.delete_all_cookies()
        self.open("/login/")
        self.one("input[name=username]").send_keys(login + Keys.TAB)
        self.type(PASSWORD + Keys.ENTER)
        self.wait(lambda: "/login" not in self.path, "signing in")
        self.driver.who = who

    def alert(self) -> Any:
        """The browser's own question, when it asks one."""
        try:
            return self.driver.switch_to.alert
        except NoAlertPresentException:
            return None

    def leave(self, path: str) -> None:
        """Go elsewhere although something was typed."""
        self.open(path)
        if alert := self.alert():
            alert.accept()

    def drafts(self) -> str:
        """Everything that this browser keeps of forms that were not saved, as one text."""
        return str(self.driver.execute_async_script(STORE % "done(JSON.stringify(drafts));"))

    def forget_drafts(self) -> None:
        """Throw away what earlier stories have left in this browser."""
        self.driver.execute_script("sessionStorage.clear()")
        drop = "for (const { id } of drafts) await store.dropDraft(id); done();"
        self.driver.execute_async_script(STORE % drop)

    # What must hold on every page

    def shot(self, name: str) -> None:
        self.site.output.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(self.site.output / f"{name}-{self.size}.png"))

    def overflow(self) -> int:
        """By how many pixels the page can be moved sideways."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.driver.execute_script(script))

    def complaints(self) -> list[str]:
        """Errors of the console since the last call, broken content policy among them."""
        lines = [str(entry["message"]) for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        return [line for line in lines if not PROVOKED.search(line)]

    def strangers(self) -> list[str]:
        """Addresses asked for outside our own server since the last call."""
        return [url for url in requested_urls(self.driver) if not url.startswith(self.site.url)]

    def seen(self, name: str) -> None:
        """Keep a picture of the page and hold it against what must be true of any page."""
        self.shot(name)
        assert self.overflow() == 0, f"{self.path} can be moved sideways"
        complaints, strangers = self.complaints(), self.strangers()
        assert not complaints, f"{self.path}: {complaints}"
        assert not strangers, f"{self.path}: {strangers}"
