"""Every page that links lead to, for people of every kind: it answers, lean, with a label on every input. design.md §8.

Of pages that differ only in their row one is asked for each combination of codes that a row has: a draft, a document
that waits, one that is closed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.hostile.state import State
from tests.support.everything import VIEWS, codes_of_rows, distinct_people
from tests.support.pages import Browser

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


Kind = tuple[Any, ...]


def kinds(app: Flask, codes: dict[tuple[str, int], tuple[Any, ...]]) -> Callable[[str], Kind]:
    """What a page is, apart from which row it shows among rows with the same codes."""
    addresses = app.url_map.bind("localhost")

    def kind(path: str) -> Kind:
        plain, _mark, query = path.partition("?")
        try:
            endpoint, arguments = addresses.match(plain)
        except HTTPException:
            return (path,)
        key = arguments.pop("pk", arguments.pop("row_id", None))
        row = codes.get(("/" + plain.split("/")[1], key)) if key is not None else None
        return (endpoint, *sorted(arguments.items()), row, query)

    return kind


def doors(app: Flask) -> list[str]:
    """Addresses of pages that ask for nothing, whether a link leads there or not."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted({rule.rule for rule in rules if not rule.rule.startswith("/api/v1/")} - {"/"})


def walk(browser: Browser, kind: Callable[[str], Kind], behind: list[str]) -> tuple[set[str], list[str]]:
    """Follow every link from the desk to its end, then from the pages behind doors that nothing leads to.

    returns  the pages seen, without their queries, and what is wrong with them
    """
    queue = deque([("/", "the address")])
    met = {kind("/")}
    seen: set[str] = set()
    faults: list[str] = []
    while queue or behind:
        if not queue:
            queue += [(path, "") for path in behind if kind(path) not in met]
            behind = []
            continue
        path, found_on = queue.popleft()
        answer = browser.client.get(path)
        if not found_on and answer.status_code in (400, 403, 404):
            continue
        seen.add(path.partition("?")[0])
        if answer.status_code in (302, 303):
            continue
        if answer.status_code != 200:
            faults.append(f"{path}, linked on {found_on}: {answer.status_code}")
        if answer.mimetype != "text/html":
            continue
        text = answer.get_data(as_text=True)
        faults += faults_of(path, text)
        for href in links(text):
            if kind(href) not in met:
                met.add(kind(href))
                queue.append((href, path))
    return seen, faults


@pytest.mark.parametrize("login", distinct_people())
def test_every_link_leads_to_a_good_page(
    app: Flask, furnished: dict[str, int], at: Any, office: Any, login: str
) -> None:
    """To the end; the lists that the person may read are among the pages; and nobody changes a row by looking."""
    kind = kinds(app, codes_of_rows())
    may_read = {str(view.route_base) for model, view in VIEWS.items() if office.person(login).actor.may("read", model)}
    browser = at(login)
    state = State(app)
    seen, faults = walk(browser, kind, doors(app))
    assert faults == []
    assert {f"{base}/list/" for base in may_read} <= seen
    assert state.changed() == []
