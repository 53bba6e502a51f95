"""A browser without scripts: reads the forms of a page and sends them back changed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.appbuilder import Role
from app.core.db.base import db

Pairs = list[tuple[str, Any]]


def without_right(role: str, subject: str, right: str = "read") -> None:
    """Take a right away from a role, as the administrator would."""
    session = db.session()
    found = session.scalars(sa.select(Role).where(Role.name == role)).one()
    name = (f"can_{right}", subject)
    kept = [p for p in found.permissions if (p.permission.name, p.view_menu.name) != name]
    assert len(kept) < len(found.permissions)
    found.permissions = kept
    session.commit()
    db.session.remove()


class Forms(HTMLParser):
    """Every form of a page: its address and what it would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, Pairs]] = []
        self._select: str | None = None
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        a = dict(attributes)
        if tag == "form":
            self.forms.append((a.get("action") or "", []))
        elif not self.forms:
            return
        elif tag == "input" and a.get("name"):
            if a.get("type") == "checkbox" and "checked" not in a or a.get("type") == "file":
                return
            self.forms[-1][1].append((str(a["name"]), a.get("value") or ""))
        elif tag == "select":
            self._select = a.get("name")
        elif tag == "option" and self._select and "selected" in a:
            self.forms[-1][1].append((self._select, a.get("value") or ""))
        elif tag == "textarea":
            self._area, self._text = a.get("name"), ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.forms[-1][1].append((self._area, self._text))
            self._area = None
        elif tag == "select":
            self._select = None


class Page:
    """An answered page."""

    def __init__(self, path: str, answer: TestResponse) -> None:
        self.path = path
        self.status = answer.status_code
        self.location = answer.headers.get("Location", "")
        self.text = answer.get_data(as_text=True)

    @property
    def rows(self) -> int:
        """How many rows the tables of the page's content have, heads and the map of keys left out."""
        content = self.text.split("<main", 1)[1].split("<template data-keys>", 1)[0].split("</main>", 1)[0]
        return len(re.findall(r"<tr[^>]*><td", content))

    def form(self, action: str = "") -> Pairs:
        """What the form with this address would send; without one, the page's own form."""
        parser = Forms()
        parser.feed(self.text)
        for address, pairs in parser.forms:
            if address == action:
                return pairs
        raise AssertionError(f"{self.path} has no form {action!r}, only {[a for a, _p in parser.forms]}")

    def typed(self, name: str, action: str = "") -> str:
        """What stands in a control."""
        return next((str(value) for key, value in self.form(action) if key == name), "")


class Browser:
    """One person at a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, path: str) -> Page:
        return Page(path, self.client.get(path))

    def send(self, path: str, pairs: Pairs, **changes: Any) -> Page:
        """Post a form with some of its values changed; None leaves a value out, a list sends several."""
        kept = [(name, value) for name, value in pairs if name not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, list) else [value]
            kept += [(name, each) for each in values if each is not None]
        body: dict[str, list[Any]] = {}
        for name, value in kept:
            body.setdefault(name, []).append(value)
        return Page(path, self.client.post(path, data=body))

    def fill(self, path: str, **changes: Any) -> Page:
        """Open a page with a form of its own, fill it in and send it."""
        return self.send(path, self.open(path).form(), **changes)

    def post(self, path: str, **values: Any) -> TestResponse:
        """Send values to an address as one of the pages' own buttons would."""
        token = self.open("/password").typed("csrf_token")
        body: dict[str, Any] = {"csrf_token": token, **values}
        return self.client.post(path, data=body)

    def press(self, page: str, action: str, **changes: Any) -> Page:
        """Press a button of a page: send the form with that address."""
        return self.send(action, self.open(page).form(action), **changes)
