"""A form saves the fields it shows and nothing else, whatever is sent beside them. quality R11; ASVS V15.3."""

from __future__ import annotations

import enum
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db, model_name
from app.core.db.types import Fixed, UtcDateTime
from app.core.flow.workflow import WORKFLOWS
from app.core.record.entry import ENTRIES
from app.core.record.fields import fields_of, unique_fields
from app.models.system.setting import Setting
from app.models.system.user import AppUser
from app.screens.document.document_view import DocumentView
from app.screens.list.address import public_name
from app.security.accounts.people import actor_named
from tests.furnish import another
from tests.hostile.copies import Copies, contents, differences
from tests.hostile.sent import first, sent_document, sent_line, typed
from tests.hostile.state import State
from tests.support.everything import STEPS, VIEWS, distinct_people
from tests.support.firm import PASSWORD
from tests.support.pages import Browser, Page, Pairs
from tests.support.steps import entered_in_dialog, ways_to_take

NEW = "a-much-better-one-7"
ALSO = ("audit_entry", "stored_answer", "document_counter")


def plausible(column: sa.Column[Any]) -> str:
    """A value that the column would take."""
    if column.key == "password":
        return NEW
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        return str(db.session.scalar(sa.select(sa.func.max(target))) or 1)
    kind = column.type
    if isinstance(kind, sa.Enum) and kind.enum_class is not None:
        last: enum.Enum = list(kind.enum_class)[-1]
        return str(last.value)
    if isinstance(kind, sa.Boolean):
        default = column.default.arg if isinstance(column.default, sa.ColumnDefault) else False
        return "0" if default else "1"
    if isinstance(kind, UtcDateTime | sa.DateTime):
        return "2020-01-01T00:00:00+00:00"
    if isinstance(kind, sa.Date):
        return "2020-01-01"
    return "7" if isinstance(kind, Fixed | sa.Integer) else "hostile"


def extras(model: type[Any], declared: set[str], prefix: str = "") -> dict[str, str]:
    """Every column that is no field of the form, under its own name and that of its relation."""
    found = {column.key: plausible(column) for column in model.__table__.columns}
    found |= {public_name(f.name): found[f.column] for f in fields_of(model).values() if f.column in found}
    return {f"{prefix}{name}": value for name, value in found.items() if f"{prefix}{name}" not in declared}


def declared_in(page: Page) -> set[str]:
    """Names of all controls of a page, ticked or not."""
    return set(re.findall(r'name="([^"]+)"', page.text))


def sent(browser: Browser, path: str, pairs: Pairs, values: dict[str, Any]) -> Page:
    """Post a form with these values in it; a column may be called as an argument of ours is."""
    body: dict[str, Any] = {}
    for name, value in pairs:
        body.setdefault(name, []).append(value)
    return Page(path, browser.client.post(path, data={**body, **values}))


def told(answer: Page) -> str:
    """What a page says against what was sent."""
    return re.sub(r"<[^>]+>|\s+", " ", answer.text.split('role="alert"', 1)[-1])[:300]


FORMS = [model for model, view in VIEWS.items() if model in ENTRIES and (view.can_add or view.can_edit)]
DOCUMENTS = [model for model in FORMS if issubclass(VIEWS[model], DocumentView)]
PLAIN = [model for model in FORMS if model not in DOCUMENTS]


@pytest.fixture
def copies(lenient: Flask, furnished: dict[str, int], databases: Any) -> Copies:
    return Copies(lenient, databases)


# Forms of records


@pytest.mark.parametrize("model", [model for model in FORMS if VIEWS[model].can_edit], ids=model_name)
def test_an_edit_form_sent_back_with_more_changes_nothing(
    at: Any, lenient: Flask, furnished: dict[str, int], model: type[Any]
) -> None:
    """The form as it is shown, with every other column of its model: the row stays as it is, and all others too."""
    browser, path, page = _open_to_edit(at, model)
    more = extras(model, declared_in(page))
    before = contents(lenient)
    answer = sent(browser, path, page.form(), more)
    assert answer.status == 303, (path, more)
    assert differences(before, contents(lenient), ("version", *ALSO)) == []


def _open_to_edit(at: Any, model: type[Any]) -> tuple[Browser, str, Page]:
    """Somebody with a plain form of a row before them."""
    keys = list(db.session.scalars(sa.select(model.id).order_by(model.id.desc())))
    for login in distinct_people():
        if not actor_named(db.session(), login).may("edit", model):
            continue
        browser = at(login)
        for path in (f"{VIEWS[model].route_base}/edit/{key}" for key in keys):
            page = browser.open(path)
            if page.status == 200 and "data-lines-count" not in page.text:
                return browser, path, page
    raise AssertionError(f"let tests/furnish/ make a {model.__name__} that somebody may edit")


@pytest.mark.parametrize("way", ["add", "quick"])
@pytest.mark.parametrize("model", [model for model in PLAIN if VIEWS[model].can_add], ids=model_name)
def test_a_new_record_takes_nothing_but_its_form(at: Any, copies: Copies, model: type[Any], way: str) -> None:
    """A record like one that is there, with every other column besides: all is as without them."""
    login = next(login for login in distinct_people() if actor_named(db.session(), login).may("create", model))
    values = _like_another(model)
    page = at(login).open(f"{VIEWS[model].route_base}/{way}")
    shown = page.text if way == "add" else (json.loads(page.text) if page.status == 200 else {}).get("html", "")
    required = [public_name(described.name) for described in ENTRIES[model].required()]
    if way == "quick" and not all(f'name="{name}"' in shown for name in required):
        return  # its short form is no form of its own
    more = extras(model, {*values, *re.findall(r'name="([^"]+)"', shown)})

    def make(given: dict[str, str]) -> None:
        browser = at(login)
        page = browser.open(f"{VIEWS[model].route_base}/add")
        form = page.form() if "<form" in page.text.partition("<main")[2] else browser.open("/password").form()
        answer = sent(browser, f"{VIEWS[model].route_base}/{way}", form, {**values, **given, "form_token": "t" * 32})
        assert answer.status in (200, 303), told(answer)

    before = db.session.scalar(sa.select(sa.func.count()).select_from(model))
    plain = copies.after(lambda: make({}))
    assert differences(plain, copies.after(lambda: make(more))) == []
    assert len([key for key in plain if key[0] == model.__tablename__]) == before + 1


def _like_another(model: type[Any]) -> dict[str, Any]:
    """What a form would send of a record like the newest one; what must be its own is another text."""
    row = db.session.scalars(sa.select(model).order_by(model.id.desc())).first()
    values: dict[str, Any] = typed(model, row)
    db.session.remove()
    own = {public_name(described.name) for described in unique_fields(model)} | {"name", "label"}
    return values | {name: "另外的" for name in own if name in values} | another().get(model, {})


# Documents


def _open_document(model: type[Any]) -> tuple[str, Any]:
    """Somebody, and a document that is still open to their changes."""
    for login in distinct_people():
        if actor_named(db.session(), login).may("edit", model):
            row = first(model, login, model.state == WORKFLOWS[model].initial)
            if row is not None:
                return login, row
    raise AssertionError(f"let tests/furnish/ make a {model.__name__} that nobody has submitted")


def _save(at: Any, login: str, path: str, body: dict[str, Any]) -> None:
    browser = at(login)
    token = browser.open("/password").typed("csrf_token")
    answer = browser.client.post(path, json=body | {"form_token": "t" * 32}, headers={"X-CSRFToken": token})
    assert answer.status_code == 200, answer.get_json()


@pytest.mark.parametrize("part", ["head", "lines"])
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "changed"])
@pytest.mark.parametrize("model", DOCUMENTS, ids=model_name)
def test_a_document_takes_nothing_but_its_form(
    at: Any, copies: Copies, model: type[Any], is_new: bool, part: str
) -> None:
    """Head and lines, new and changed; what the form does not know is refused or passed over."""
    login, row = _open_document(model)
    body, line = sent_document(row, login), row.lines[0]
    path = f"{VIEWS[model].route_base}/save" + ("" if is_new else f"/{row.id}")
    if not is_new:
        body |= {"version": row.version, "lines": [{"id": line.id, **sent_line(model, line)}]}
    known = {*body["head"], "lines"} if part == "head" else {*ENTRIES[model].line_fields, "id"}
    more = extras(model if part == "head" else type(line), known)
    db.session.remove()
    beside = {**body, part: {**body["head"], **more} if part == "head" else [{**body["lines"][0], **more}]}
    if part == "lines":
        body = {**body, "lines": body["lines"][:1]}
    plain = copies.after(lambda: _save(at, login, path, body))
    assert differences(plain, copies.after(lambda: _save(at, login, path, beside))) == []


def test_a_new_password_changes_the_password_alone(at: Any, copies: Copies) -> None:
    """One's own page and the administrator's; roles, superior and standing stay."""
    key = actor_named(db.session(), "lin").user_id
    more = extras(AppUser, {"password"}) | {"roles": "1", "user": "1", "pk": "1"}

    def change(given: dict[str, str]) -> None:
        lin, admin = at("lin"), at("admin")
        assert lin.fill("/password", **{**given, "old": PASSWORD, "password": NEW, "again": NEW}).status == 303
        assert admin.fill(f"/user/reset/{key}", **{**given, "password": NEW + "8"}).status == 303

    before, plain = copies.after(lambda: None), copies.after(lambda: change({}))
    assert differences(plain, copies.after(lambda: change(more))) == []
    assert differences(before, plain, ("ab_user", *ALSO)) == []


def test_settings_take_no_names_but_their_own(at: Any, office: Any, lenient: Flask) -> None:
    admin = at("admin")
    page = admin.open("/setting/")
    state = State(lenient, unless=ALSO)
    more = dict.fromkeys(("name", "value", "secret_key", "SECRET_KEY", "CRM_ENV", "id", "hostile"), "hostile")
    assert admin.send("/setting/", page.form(), **more).status == 303
    assert set(state.changed()) <= {"setting"}
    names = set(db.session.scalars(sa.select(next(iter(Setting.__table__.primary_key)))))
    assert not names & set(more)


# Steps


@pytest.mark.parametrize(("model", "action"), STEPS)
def test_a_step_does_what_its_dialog_asks_and_no_more(at: Any, copies: Copies, model: type[Any], action: str) -> None:
    """Every step of every workflow."""
    login, row = next(ways_to_take(model, action))
    dialog, base, key = entered_in_dialog(model, action, row), VIEWS[model].route_base, row.id
    form = WORKFLOWS[model].step(action).form
    more = extras(model, {*dialog, "csrf_token", *(form().fields if form is not None else ())})
    db.session.remove()

    def take(given: dict[str, str]) -> None:
        browser = at(login)
        token = browser.open(f"{base}/show/{key}").typed("csrf_token", "/logout/")
        answer = sent(browser, f"{base}/action/{key}/{action}", [("csrf_token", token)], {**dialog, **given})
        assert answer.status == 303, told(answer)

    plain = copies.after(lambda: take({}))
    assert differences(plain, copies.after(lambda: take(more))) == []
