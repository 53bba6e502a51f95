"""Requests drawn at random over every route: addresses, forms, bodies and headers, valid as often as hostile."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.hostile import values
from tests.support.office import Api, signed_in
from tests.support.pages import Forms, Pairs

LEAKS = (
    "Traceback (most recent call last)",
    'File "/',
    "sqlalchemy.exc",
    "psycopg.",
    "werkzeug.exceptions",
    "site-packages",
)
FILES = (
    b"",
    b"%PDF-1.4",
    b"PK\x03\x04" + b"\xff" * 60,
    b"\x89PNG\r\n\x1a\n",
    b"\x00" * 300,
    b"<svg onload=alert(1)>",
    b"RIFF",
)
FILE_NAMES = (
    "a.pdf",
    "../../a.pdf",
    "a\x00.pdf",
    "好" * 300 + ".pdf",
    "",
    "a.xlsx",
    "con",
    "a.png",
    "\ud800.txt",
    ".",
    "C:\\x.txt",
)


@dataclass(frozen=True)
class Route:
    """One address and one method of the application."""

    rule: Rule
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def base(self) -> str:
        """What it is about, as pages call it: `salesorder` for /salesorder/… and /api/v1/sales_order/… alike."""
        parts = self.rule.rule.split("/")
        return parts[3 if self.rule.rule.startswith("/api/v1/") else 1].replace("_", "")


@dataclass
class Known:
    """What is there to be asked for: for each name in an address, keys and words that exist."""

    arguments: dict[str, tuple[str, ...]]
    keys: dict[str, tuple[str, ...]]
    names: tuple[str, ...]
    steps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tabs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    writers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    forms: dict[str, Pairs] = field(default_factory=dict)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)


def routes(app: Flask) -> list[Route]:
    """Every rule of the application with each of its methods."""
    return [
        Route(rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
        if method != "HEAD" or rule.endpoint.endswith(("list_page", "index"))
    ]


def address(route: Route, known: Known, draw: random.Random, *, valid: float = 0.6) -> str:
    """The path with its parts filled in, written as octets of an address."""
    base = route.base

    def filled(found: re.Match[str]) -> str:
        name = found[1].rpartition(":")[2]
        if draw.random() > valid:
            return values.octets(draw)
        if name in ("pk", "row_id", "batch_id"):
            return draw.choice(known.keys.get(base, ("1",)))
        if name == "action" and base in known.steps:
            return draw.choice(known.steps[base])
        if name == "name" and "/tab/" in route.rule.rule:
            return draw.choice(known.tabs[base])
        return draw.choice(known.arguments.get(name, ("x",)))

    return re.sub(r"<([^>]+)>", filled, route.rule.rule)


def query(known: Known, draw: random.Random, *, is_api: bool) -> str:
    if is_api and draw.random() < 0.8:
        return "q=" + values.rison(draw, known.names)
    chosen = [draw.choice((*values.NAMES, *known.names)) for _n in range(draw.choice((0, 1, 2, 4)))]
    return "&".join(f"{name}={values.octets(draw)}" for name in chosen)


class Stranger:
    """One person, or nobody, with a browser and a token; signs in again whenever that was lost."""

    def __init__(self, app: Flask, login: str) -> None:
        self.app = app
        self.login = login
        self.client: FlaskClient = app.test_client()
        self.token = ""
        self.bearer: dict[str, str] = {}
        if login:
            self.sign_in()

    def sign_in(self) -> None:
        self.client = signed_in(self.app, self.login)
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/password").get_data(as_text=True))
        assert found
        self.token = found[1]
        self.bearer = Api(self.app, self.login).headers

    def is_in(self) -> bool:
        return not self.login or self.client.get("/waiting").status_code == 200

    def read_forms(self, paths: list[str], known: Known) -> None:
        """What the forms of these pages would send as they stand: the ground hostile forms begin from."""
        for path in paths:
            answer = self.client.get(path)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            parser = Forms()
            parser.feed(answer.get_data(as_text=True))
            for target, pairs in parser.forms:
                known.forms.setdefault(_alike(target or path), pairs)

    def read_bodies(self, known: Known) -> None:
        """What the REST interface shows of the newest row of each resource: what was read can be sent back."""
        for rule in self.app.url_map.iter_rules():
            if rule.endpoint.endswith("Api.get_list"):
                found = self.client.get(rule.rule).get_json()
                if found.get("result"):
                    known.bodies.setdefault(rule.rule.split("/")[3], found["result"][0])


def _alike(path: str) -> str:
    """The address without its key: the form of one record serves for every other."""
    return re.sub(r"\d+", "0", path.partition("?")[0])


def form(path: str, known: Known, draw: random.Random, token: str) -> dict[str, Any]:
    """A real form with some values changed, or names drawn from everywhere; with a token that counts."""
    pairs = known.forms.get(_alike(path)) or draw.choice(list(known.forms.values()) or [[]])
    body: dict[str, list[Any]] = {}
    for name, value in pairs:
        body.setdefault(name, []).append(value)
    spoiled = draw.sample(sorted(body), min(len(body), draw.choice((0, 1, 2, 5))))
    extra = [draw.choice((*values.NAMES, *known.names)) for _n in range(draw.choice((0, 1, 3)))]
    for name in (*spoiled, *extra):
        body[name] = [values.text(draw) for _n in range(draw.choice((0, 1, 1, 1, 3)))]
    body.pop("form_token", None) if draw.random() < 0.7 else None
    sent: dict[str, Any] = {name: each for name, each in body.items() if each}
    if draw.random() < 0.95:
        sent["csrf_token"] = token
    if draw.random() < 0.25:
        names = [draw.choice(FILE_NAMES) for _n in range(draw.choice((1, 1, 2)))]
        sent["file"] = [(io.BytesIO(draw.choice(FILES)), name.encode("utf-8", "replace").decode()) for name in names]
    return {name: _plain(each) for name, each in sent.items()}


def _body(path: str, known: Known, draw: random.Random) -> bytes:
    """A body that was read, with some of its members spoiled; or one made of names and values alone."""
    shown = known.bodies.get((path.split("/") + [""] * 4)[3])
    if shown is None or draw.random() < 0.3:
        return values.json_body(draw, known.names)
    body = {name: value for name, value in shown.items() if name != "version" or draw.random() < 0.5}
    for name in draw.sample(sorted(body), min(len(body), draw.choice((0, 1, 1, 2, 4)))):
        body[name] = values.text(draw) if draw.random() < 0.6 else values.typed(draw, 2)
    return json.dumps(body, default=str).encode()


def _plain(value: Any) -> Any:
    """A lone surrogate cannot be written in UTF-8; a form carries it in the octets an attacker would write."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if isinstance(value, str) else value


def asked(route: Route, known: Known, person: Stranger, draw: random.Random) -> dict[str, Any]:
    """The options of one request."""
    is_api = route.rule.rule.startswith("/api/v1/")
    path = address(route, known, draw)
    sent: dict[str, Any] = {"method": route.method, "headers": {}}
    if is_api and person.bearer and draw.random() < 0.7:
        sent["headers"] |= person.bearer
    if route.method in ("POST", "PUT", "PATCH", "DELETE"):
        sent["headers"]["X-CSRFToken"] = person.token
        roll = draw.random()
        if is_api or roll < 0.2:
            sent["data"], sent["content_type"] = _body(path, known, draw), "application/json"
        elif roll < 0.25:
            pairs = [f"{draw.choice(known.names)}={values.octets(draw)}" for _n in range(4)]
            sent["data"], sent["content_type"] = "&".join([*pairs, f"csrf_token={person.token}"]), values.TYPES[3]
        else:
            sent["data"] = form(path, known, draw, person.token)
        if draw.random() < 0.06:
            sent["content_type"] = draw.choice(values.TYPES)
            if isinstance(sent["data"], dict):
                sent["data"] = b'--x\r\nContent-Disposition: form-data; name="a\r\n\r\n\xff'
    for name in draw.sample(sorted(values.HEADERS), draw.choice((0, 0, 0, 1, 2))):
        sent["headers"][name] = draw.choice(values.HEADERS[name])
    asking = query(known, draw, is_api=is_api) if draw.random() < 0.6 else ""
    sent["path"] = f"{path}?{asking}" if asking else path
    sent["environ_base"] = {"REMOTE_ADDR": f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}"}
    return sent


def leaks(text: str) -> Iterator[str]:
    """Words that only the inside of the system knows."""
    return (word for word in LEAKS if word in text)
