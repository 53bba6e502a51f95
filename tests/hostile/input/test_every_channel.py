"""Every way to a row, and what somebody sees there who may not see the row: nothing. quality R9; spec.md §1.

The table is this file's: a route that it does not name fails, so that nobody adds a way round the policy unseen.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from app.core.db.base import db, model_name
from app.core.files.files import Attachment
from app.core.paper import paper_of
from app.core.record.recycle import DeletedRecord
from app.core.report import REPORTS
from app.models.customers.customer import Customer
from app.models.system.import_batch import ImportBatch
from app.rest.resources import resources
from app.screens.frame.registry import VIEWS
from app.security.accounts.people import actor_named
from app.security.policy import visible
from tests.furnish.system import PDF
from tests.hostile.asking import Known, Route, Stranger, routes
from tests.hostile.sent import hidden_keys

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
    "report": ("/report/<string:name>/", "/report/<string:name>/workbook"),
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
        "/help/", "/help/<string:name>", "/api/docs", "/api/v1/_openapi", "/report/",
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
SAID = ("number", "name", "subject", "phone", "mobile", "file_name", "title")
REFUSED = (400, 403, 404, 405, 409, 422)
FILE, BATCH = "合同.pdf", "无锡客户名单.xlsx"


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


@dataclass
class Hidden:
    """What this person may not see.

    keys    of rows, by what stands in an address before them; `seen` of rows that they do see
    words   that none of their pages may say
    """

    keys: dict[str, list[int]] = field(default_factory=dict)
    seen: dict[str, list[int]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    customer: int = 0
    order: int = 0

    def of(self, route: Route) -> list[int]:
        """Keys of hidden rows that this route can be asked for; without a place for one, none."""
        return self.keys.get(route.base, []) if re.search(r"<(int:)?(pk|row_id|batch_id)>", route.rule.rule) else []


def _words(rows: Any) -> set[str]:
    texts = {str(getattr(row, name)) for row in rows for name in SAID if getattr(row, name, None)}
    return {text for text in texts if len(text) > 2}


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


def _hidden(login: str) -> Hidden:
    found = Hidden()
    actor = actor_named(db.session(), login)
    said: set[str] = set()
    for model in (*VIEWS, DeletedRecord, ImportBatch):
        keys = hidden_keys(model, login)
        base = {DeletedRecord: "recycle", ImportBatch: "import"}.get(model, model_name(model).replace("_", ""))
        seen = list(db.session.scalars(visible(sa.select(model), model, actor)))
        found.keys[base], found.seen[base] = keys[-3:], [row.id for row in seen][-2:]
        found.words |= _words(db.session.scalars(sa.select(model).where(model.id.in_(keys))))
        said |= _words(seen)
    found.words = found.words - said | {FILE, PDF.decode()}
    found.keys["attachment"] = list(db.session.scalars(sa.select(Attachment.id)))
    found.customer, found.order = found.keys["customer"][0], found.keys["salesorder"][0]
    return found


def _addresses(route: Route, known: Known, key: int | None, hidden: Hidden) -> Iterator[str]:
    """The route with this key and each word that its other parts may be."""
    rule = re.sub(r"<(int:)?(pk|row_id|batch_id)>", str(key), route.rule.rule)
    if "<action>" in rule:
        yield from (rule.replace("<action>", action) for action in known.steps.get(route.base, ("delete",)))
    elif rule.startswith("/report/"):
        yield from (rule.replace("<string:name>", name) for name in REPORTS)
    elif "/tab/" in rule:
        yield from (rule.replace("<name>", name) for name in known.tabs[route.base])
    elif "<name>" in rule:
        yield from (rule.replace("<name>", model_name(model)) for model in VIEWS)
    else:
        yield rule


def _queries(route: Route, key: int | None, hidden: Hidden) -> Iterator[str]:
    """What finds the hidden rows wherever one looks; words without their end, as pages say back what was asked."""
    yield ""
    if route.method != "GET" or key is not None:
        return
    if route.rule.rule.startswith("/api/v1/"):
        yield "?q=(page_size:100)"
        return
    beside = f"customer={hidden.customer}&sales_order={hidden.order}&order={hidden.order}&id={hidden.customer}"
    yield f"?{beside}"
    for word in sorted(hidden.words) if _channel(route.rule.rule) in LOOKED_FOR else ():
        yield f"?q={word[:-1]}&number={word[:-1]}&phone={word[:-1]}"


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
        body = {"reason": "x", "id": chosen, "ids": chosen, "customer": hidden.customer}
        sent["json" if is_json else "data"] = body if is_json else body | {"csrf_token": person.token}
    with person.client.open(path, method=route.method, follow_redirects=True, **sent) as answer:
        return answer.status_code, _text(answer)


@pytest.mark.parametrize("login", ["zhou", "technical"])
def test_no_channel_says_anything_of_a_hidden_row(lenient: Flask, known: Known, batch: int, login: str) -> None:
    """quality R9: 404 for its key, and nowhere its name, number, subject or phone; every route, every hidden model."""
    with lenient.app_context(), force_locale("zh"):
        hidden = _hidden(login)
        db.session.remove()
    person = Stranger(lenient, login)
    told, cells = [], set()
    for route in routes(lenient):
        channel = _channel(route.rule.rule)
        if channel is None or route.method == "HEAD":
            continue
        keys: list[int | None] = [*hidden.of(route)]
        if route.method == "GET" and keys:
            keys += hidden.seen.get(route.base, [])
        elif not re.search(r"<(int:)?(pk|row_id|batch_id)>", route.rule.rule):
            keys = [None]
        for key in keys:
            for address in _addresses(route, known, key, hidden):
                for query in _queries(route, key, hidden):
                    status, text = _asked(person, route, address + query, hidden)
                    cells.add((channel, route.base))
                    said = sorted(word for word in hidden.words if word in text)
                    if said or (key in hidden.of(route) and status not in REFUSED):
                        told.append(f"{channel}: {route.method} {address}{query} {status} {said}")
    assert told == []
    assert {channel for channel, _base in cells} == set(CELLS)
    assert len(cells) > 150
    assert len(hidden.words) > 10


def test_whoever_may_see_the_rows_sees_them_by_the_same_channels(lenient: Flask, known: Known, batch: int) -> None:
    """The other half: what was not said above was kept back, and is not merely nowhere."""
    with lenient.app_context(), force_locale("zh"):
        hidden = _hidden("zhou")
        db.session.remove()
    person = Stranger(lenient, "lin")
    shown = set()
    for route in routes(lenient):
        channel = _channel(route.rule.rule)
        if channel not in SHOWING - shown or route.method not in ("GET", "POST") or "delete" in route.rule.rule:
            continue
        for key in hidden.of(route) or [None]:
            for address in _addresses(route, known, key, hidden):
                for query in _queries(route, key, hidden):
                    text = "" if channel in shown else _asked(person, route, address + query, hidden)[1]
                    if any(word in text for word in hidden.words):
                        shown.add(channel)
    assert shown == SHOWING
