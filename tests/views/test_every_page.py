"""Every page of the menu, as every role: it answers, in Chinese, lean, with a label on every input. design.md §8."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from app.demo.people import CAST
from tests.views.browser import Browser

VOID = {"input", "br", "img", "meta", "link", "use", "hr", "progress"}


class Look(HTMLParser):
    """What is wrong with a page: inline styles and scripts, inputs without a name for people, tags out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self._in_label = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        a = dict(attributes)
        if tag == "script" and not a.get("src") and a.get("type") != "application/json":
            self.faults.append("inline script")
        self.faults += [f"{name} on {tag}" for name in a if name == "style" or name.startswith("on")]
        if a.get("id"):
            self.ids.append(str(a["id"]))
        if tag == "label":
            self.labelled.add(str(a.get("for")))
            self._in_label += 1
        is_input = tag in ("input", "select", "textarea") and a.get("type") != "hidden"
        if is_input and not (a.get("aria-label") or self._in_label):
            self.inputs.append(a)
        if tag not in VOID:
            if tag == "td":
                self._end_cell()
            self._open.append(tag)

    def _end_cell(self) -> None:
        """A cell ends where the next begins, or its row ends: its own end may be left out."""
        if self._open and self._open[-1] == "td":
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        self._in_label -= tag == "label"
        if tag in VOID:
            return
        if tag == "tr":
            self._end_cell()
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> out of order")

    def all_faults(self) -> list[str]:
        unnamed = [f"{a.get('name')} has no label" for a in self.inputs if a.get("id") not in self.labelled]
        twice = [f"id {i} twice" for i in set(self.ids) if self.ids.count(i) > 1]
        return self.faults + unnamed + twice + [f"<{tag}> never closed" for tag in self._open]


def links(text: str) -> list[str]:
    """Addresses a page leads to, without those that only sort or page the same list."""
    found = re.findall(r'href="(/[^"#?]*(?:\?view=\w+)?)"', text)
    return [href for href in dict.fromkeys(found) if not href.startswith(("/static/", "/attachment/", "/logout"))]


def faults_of(path: str, text: str) -> list[str]:
    look = Look()
    look.feed(text)
    found = look.all_faults()
    body = re.sub(r"<[^>]+>", "\n", text)
    found += [
        f"shows {word}"
        for word in ("None", "&lt;function", "Decimal(", "{{")
        if re.search(rf"(?m)^\s*{re.escape(word)}\s*$", body)
    ]
    return [f"{path}: {fault}" for fault in found]


def walk(browser: Browser, limit: int) -> tuple[list[str], list[str]]:
    """Follow every link from the desk; returns the pages seen and what is wrong with them."""
    queue, seen, faults = ["/"], [], []
    while queue and len(seen) < limit:
        path = queue.pop(0)
        if path in seen:
            continue
        seen.append(path)
        answer = browser.client.get(path)
        if answer.status_code in (302, 303):
            continue
        if answer.status_code != 200:
            faults.append(f"{path}: {answer.status_code}")
        if answer.mimetype == "text/html":
            text = answer.get_data(as_text=True)
            faults += faults_of(path, text)
            queue += [href for href in links(text) if href not in seen]
    return seen, faults


@pytest.mark.parametrize("login", CAST)
def test_every_link_from_the_desk_leads_to_a_good_page(at: Any, office: Any, login: str) -> None:
    product = office.stocked("20")[0]
    order = office.approved("lin", [(product, "2")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.shipped(order)
    office.finance.pays(order, "5")
    office.order("lin", [(product, "1")])
    seen, faults = walk(at(login), 90)
    assert faults == []
    assert len(seen) >= 5
