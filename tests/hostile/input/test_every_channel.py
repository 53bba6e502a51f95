"""Every way to a row, and what somebody sees there who may not see the row: nothing. quality R9; spec.md §1.

The table is this file's: a route that it does not name fails, so that nobody adds a way round the policy unseen.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.db.base import db, model_name
from app.core.paper import paper_of
from app.core.report import REPORTS
from app.models.customers.customer import Customer
from app.models.system.import_batch import ImportBatch
from app.query.choices import goods
from app.rest.resources import resources
from app.screens.frame.registry import VIEWS
from app.security.accounts.people import actor_named
from app.security.roles import R
from tests.hostile.asking import Known, Route, Stranger, routes
from tests.hostile.hidden import KEYED, Finder, Hidden, hidden_from
from tests.support.everything import kinds_of_people

# Channel → its routes. {page} stands for every model with pages, {paper} for those with a paper, {api} for every one of
# the REST interface: a new model has its cells by that. The first one that fits counts, so what a domain adds to its
# pages comes last.
CELLS: dict[str, tuple[str, ...]] = {
    "list": ("{page}/list/",),
    "list kept": ("{page}/list/columns", "{page}/list/views"),
    "chosen rows": ("{page}/list/bulk/<action>",),
    "export": ("{page}/list/export",),
    "show": ("{page}/show/<int:pk>",),
    "tab": ("{page}/tab/<int:pk>/<name>",),
    "new": ("{page}/add", "{page}/quick", "{page}/save"),
    "edit": ("{page}/edit/<int:pk>", "{page}/save/<int:pk>"),
    "delete": ("{page}/delete/<int:pk>",),
    "step": ("{page}/action/<int:pk>/<action>",),
    "print": ("{paper}/pdf/<int:row_id>",),
    "choices": (
        "/pick/<name>", "{page}/party", "{page}/products", "{page}/named",
        "/report/<string:name>/pick/<string:filtered>",
    ),
    "search": ("/search", "/call/"),
    "desk": ("/", "/waiting"),
    "report": ("/report/<string:name>/", "/report/<string:name>/workbook", "/api/v1/report/<string:name>"),
    "attachment": (
        "/attachment/get/<int:pk>", "/attachment/thumb/<int:pk>", "/attachment/view/<int:pk>",
        "/attachment/delete/<int:pk>",
    ),
    "attaching": ("/attachment/add/<name>/<int:pk>", "/attachment/send/<name>/<int:pk>"),
    "log": ("/audit/list/",),
    "recycle bin": ("/recycle/list/", "/recycle/restore/<int:pk>"),
    "import": (
        "/import/", "/import/<int:batch_id>", "/import/<int:batch_id>/refused", "/import/<int:batch_id>/revert",
        "/import/<int:batch_id>/run", "/import/<int:batch_id>/status", "/import/upload",
    ),
    "prepared file": (
        "/prepared/", "/prepared/<int:pk>", "/prepared/<int:pk>/again", "/prepared/<int:pk>/file",
        "/prepared/<int:pk>/status", "/api/v1/prepared/", "/api/v1/prepared/<int:pk>", "/api/v1/prepared/<int:pk>/file",
    ),
    "REST list": ("/api/v1/{api}/",),
    "REST row": ("/api/v1/{api}/<pk>",),
    "REST step": ("/api/v1/{api}/<pk>/<action>",),
    "a way of the domain's own": ("{page}/.+",),
}  # fmt: skip
# Routes that show no row of the policy, and why.
NO_ROWS: dict[str, tuple[str, ...]] = {
    "files of the product itself": (
        "/static/<path:filename>", "/static/appbuilder/<path:filename>", r"/static/\w+/<path:filename>",
    ),
    "who somebody is": (
        "/login/", "/logout/", "/password", "/session/", "/session/end/<int:pk>", "/role/<code>",
        "/lang/<string:locale>", "/back",
        "/api/v1/security/login", "/api/v1/security/refresh", "/api/v1/menu/",
    ),
    "texts": (
        "/help/", "/help/<string:name>", "/api/docs", "/api/v1/_openapi", "/report/", "/api/v1/report/",
        "/import/<string:kind>/template", "/import/template/<string:kind>",
    ),
    "people, roles and settings, which only the administrator keeps": (
        "/user/reset/<int:pk>", "/session/user/<int:pk>", "/role/list/", "/role/edit/<int:pk>", "/setting/",
    ),
}  # fmt: skip
# Where whoever sees the rows does see them, so that seeing nothing there says something.
SHOWING = {
    "list", "show", "tab", "edit", "export", "choices", "search", "report", "attachment", "recycle bin", "import",
    "REST list", "REST row",
}  # fmt: skip
LOOKED_FOR = {"list", "choices", "search", "log", "recycle bin"}
REFUSED = (400, 403, 404, 405, 409, 422)
NOT_ALLOWED = 403
# Where a whole row is shown.
WHOLE = ("show", "REST row", "attachment")
# Where a form may name a row that its page would not open.
NAMING = ("new", "edit", "choices")
# One of each kind whose rows are found by another sort of condition: own ones and those below, kept warehouses, none.
EACH_SORT = {"zhou", "keeper", "technical"}
BATCH = "无锡客户名单.xlsx"


def _patterns(table: dict[str, tuple[str, ...]]) -> list[tuple[re.Pattern[str], str]]:
    stands_for = {
        "{page}": "|".join(re.escape(str(view.route_base)) for view in VIEWS.values()),
        "{paper}": "|".join(re.escape(str(view.route_base)) for model, view in VIEWS.items() if paper_of(model)),
        "{api}": "|".join(resource.name for resource in resources()),
    }
    found = []
    for channel, rules in table.items():
        for rule in rules:
            for name, alternatives in stands_for.items():
                rule = rule.replace(name, f"({alternatives})")
            found.append((re.compile(rule), channel))
    return found


@cache
def _channel(rule: str) -> str | None:
    return next((channel for pattern, channel in _patterns(CELLS) if pattern.fullmatch(rule)), None)


def test_every_route_has_its_cell(app: Flask) -> None:
    """quality R9: and no cell stands for a route that is gone."""
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    table = _patterns(CELLS | NO_ROWS)
    unknown = sorted(rule for rule in rules if not any(pattern.fullmatch(rule) for pattern, _channel in table))
    assert not unknown, (
        "These routes have no cell. Write each into CELLS of this file, at the channel by which it shows rows, and the "
        "test below asks it as somebody who may not see them; or into NO_ROWS, with the reason:\n" + "\n".join(unknown)
    )
    gone = [pattern.pattern for pattern, _channel in table if not any(pattern.fullmatch(rule) for rule in rules)]
    assert not gone


@pytest.fixture
def batch(furnished: dict[str, int], office: Any) -> int:
    """A phone to be looked for, and a workbook that 林晓 brought in."""
    customer = db.session.get_one(Customer, furnished["customer"])
    office.lin.changes(customer, phone="0510-85550123", mobile="13812345678")
    made = ImportBatch(
        kind="customers", file_name=BATCH, stored_name="none", sha256="0" * 64, form_key="f",
        created_by_id=office.lin.actor.user_id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    key = made.id
    db.session.commit()
    db.session.remove()
    return key


def _addresses(route: Route, known: Known, key: int | None, hidden: Hidden) -> Iterator[str]:
    """The route with this key and each word that its other parts may be."""
    rule = KEYED.sub(str(key), route.rule.rule)
    if "<action>" in rule:
        yield from (rule.replace("<action>", action) for action in known.steps.get(route.base, ("delete",)))
    elif _channel(rule) == "report":
        yield from (rule.replace("<string:name>", name) for name in REPORTS)
    elif "/tab/" in rule:
        yield from (rule.replace("<name>", name) for name in known.tabs[route.base])
    elif "<name>" in rule:
        yield from (rule.replace("<name>", model_name(model)) for model in VIEWS)
    else:
        yield rule


def _queries(route: Route, address: str, key: int | None, hidden: Hidden, finder: Finder) -> Iterator[str]:
    """What finds the hidden rows wherever one looks; words without their end, as pages say back what was asked."""
    channel = _channel(route.rule.rule)
    if route.method != "GET" or key is not None:
        yield ""
        return
    if channel == "REST list":
        yield "?q=(page_size:100)"
        return
    if channel != "new":  # a form is drawn as it is without, and filled in besides
        yield ""
    yield f"?{hidden.beside}"
    for word in sorted(hidden.searched) if channel in LOOKED_FOR else ():
        if _may_find(route, address, word[:-1], hidden, finder):
            yield f"?q={word[:-1]}&number={word[:-1]}&phone={word[:-1]}"


def _may_find(route: Route, address: str, word: str, hidden: Hidden, finder: Finder) -> bool:
    """Whether a search there could find a hidden row by this word: in lists and pickers as the database says.

    What comes out of the other searches depends on more than one model: they are asked every word.
    """
    if _channel(route.rule.rule) == "list":
        model = next(model for model, view in VIEWS.items() if address == f"{view.route_base}/list/")
        return finder.finds(model, word, hidden, picked=False)
    if address.startswith("/pick/"):
        model = next(model for model in VIEWS if address == f"/pick/{model_name(model)}")
        return finder.finds(model, word, hidden, picked=True)
    if address.endswith("/products"):
        return finder.finds(goods().model, word, hidden, picked=True)
    if address == "/search" and not word[-4:].isdigit():  # which may be of a telephone number, written otherwise
        told = (model for model, view in VIEWS.items() if view.hit_columns)
        return any(finder.finds(model, word, hidden, picked=False) for model in told)
    return not address.endswith("/party")  # which takes a key, and that of a hidden customer is asked


def _text(answer: Any) -> str:
    """What an answer says, that of a workbook included."""
    content = answer.get_data()
    if content[:4] != b"PK\x03\x04":
        return str(content.decode("utf-8", "replace"))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


def _asked(person: Stranger, route: Route, path: str, hidden: Hidden) -> tuple[int, str]:
    sent: dict[str, Any] = {}
    if route.method != "GET":
        sent["headers"] = {"X-CSRFToken": person.token}
        chosen = hidden.keys.get(route.base, [])
        is_json = route.rule.rule.startswith("/api/") or route.rule.rule.endswith(("/save", "/save/<int:pk>", "/named"))
        body = {"reason": "x", "id": chosen, "ids": chosen, "customer": next(iter(hidden.keys["customer"]), 0)}
        sent["json" if is_json else "data"] = body if is_json else body | {"csrf_token": person.token}
    with person.client.open(path, method=route.method, follow_redirects=route.method == "GET", **sent) as answer:
        return answer.status_code, _text(answer)


def _said(words: set[str], text: str) -> list[str]:
    """Those of the words that stand in a text; many begin alike, and what they begin with is looked for first."""
    begun = {start for start in {word[:6] for word in words} if start in text}
    return sorted(word for word in words if word[:6] in begun and word in text)


@dataclass
class Told:
    """What the routes said to one person: what they should not have, and which cells were asked."""

    wrong: list[str] = field(default_factory=list)
    cells: set[tuple[str, str]] = field(default_factory=set)


def _ask(person: Stranger, route: Route, known: Known, hidden: Hidden, finder: Finder, told: Told) -> None:
    """Ask one route for hidden rows, for seen ones beside which they might stand, and by every word that finds them."""
    channel = str(_channel(route.rule.rule))
    kept = hidden.of(route, whole=channel in WHOLE)
    keys: list[int | None] = [*kept]
    if route.method == "GET" and keys:
        keys += hidden.seen.get(route.base, [])
    elif not KEYED.search(route.rule.rule):
        keys = [None]
    for key in keys:
        for address in _addresses(route, known, key, hidden):
            for query in _queries(route, address, key, hidden, finder):
                status, text = _asked(person, route, address + query, hidden)
                told.cells.add((channel, route.base))
                looked_for = hidden.words - (hidden.nameable if channel in NAMING else set())
                said = _said(looked_for, text)
                if said or (key in kept and status not in REFUSED):
                    told.wrong.append(f"{hidden.login}, {channel}: {route.method} {address}{query} {status} {said}")
                if status == NOT_ALLOWED:
                    break  # whoever has no right to the page has none to search it


def _people(app: Flask) -> list[Hidden]:
    """Of each kind of people the one from whom most is hidden; on PostgreSQL one for each sort of condition in SQL."""
    found = []
    with app.app_context(), force_locale("zh"):
        for kind in kinds_of_people():
            hidden = max(map(hidden_from, kind), key=lambda one: one.count)
            if hidden.count and (EACH_SORT & set(kind) or db.engine.dialect.name == "sqlite"):
                found.append(hidden)
        db.session.remove()
    return found


def test_no_channel_says_anything_of_a_hidden_row(lenient: Flask, known: Known, batch: int) -> None:
    """quality R9: 404 for its key, and nowhere its name, number, subject or phone; every route, every hidden model."""
    people, cells = _people(lenient), set()
    assert len(people) >= len(EACH_SORT)
    with lenient.app_context():
        boss = actor_named(db.session(), "boss")
        finder = Finder(replace(boss, roles=frozenset(map(str, R))))
        for hidden in people:
            person, told = Stranger(lenient, hidden.login), Told()
            for route in routes(lenient):
                channel = _channel(route.rule.rule)
                if channel is not None and route.method != "HEAD" and not (channel == "log" and hidden.reads_log):
                    _ask(person, route, known, hidden, finder, told)
            assert told.wrong == []
            assert len(told.cells) > 100, hidden.login
            cells |= told.cells
    assert {channel for channel, _base in cells} == set(CELLS)
    assert len(cells) > 150


def test_whoever_may_see_the_rows_sees_them_by_the_same_channels(lenient: Flask, known: Known, batch: int) -> None:
    """The other half: what was not said above was kept back, and is not merely nowhere."""
    with lenient.app_context(), force_locale("zh"):
        hidden = hidden_from("zhou")
        finder = Finder(replace(actor_named(db.session(), "boss"), roles=frozenset(map(str, R))))
        person = Stranger(lenient, "lin")
        shown = set()
        for route in routes(lenient):
            channel = _channel(route.rule.rule)
            if channel not in SHOWING - shown or route.method not in ("GET", "POST") or "delete" in route.rule.rule:
                continue
            for key in hidden.of(route, whole=channel in WHOLE) or [None]:
                for address in _addresses(route, known, key, hidden):
                    for query in _queries(route, address, key, hidden, finder):
                        text = "" if channel in shown else _asked(person, route, address + query, hidden)[1]
                        if any(word in text for word in hidden.words):
                            shown.add(channel)
    assert shown == SHOWING
