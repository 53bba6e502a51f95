"""No file is looked into for somebody who may not send it: rights are asked before anything is opened. ASVS V5.2."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db, model_name
from app.core.files import child_process
from app.screens.frame.registry import VIEWS
from app.screens.record.attachment import MOST_FILES
from app.security.accounts.people import actor_named
from app.security.policy import is_visible, may_write
from tests.hostile.asking import Known, Stranger, address, routes
from tests.hostile.spoiled.pictures import good
from tests.support.everything import distinct_people
from tests.support.workbooks import company, customers

PICTURE = good("png")
APP = Path(__file__).resolve().parents[3] / "app"
# Who reads files of a request. Another one is listed here once the tests below ask for it.
READERS = {"app/views/system/imports.py", "app/screens/record/attachment.py", "app/screens/form/saving.py"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that were asked to open a file; none of them opens it."""
    asked: list[str] = []

    def note(task: Callable[..., None], _content: bytes, *_given: Any) -> Any:
        asked.append(task.__name__)
        raise child_process.bad_file("opened")

    monkeypatch.setattr(child_process, "opened", note)
    return asked


def posted(person: Stranger, path: str, count: int = 1, **more: str) -> Any:
    files = [(io.BytesIO(PICTURE), f"{number}.png") for number in range(count)]
    body = {"csrf_token": person.token, "form_token": "f" * 32, "file": files, **more}
    return person.client.post(path, data=body, content_type="multipart/form-data")


@pytest.mark.parametrize("login", distinct_people())
def test_a_picture_is_opened_for_who_may_add_it_and_for_nobody_else(
    lenient: Flask, furnished: dict[str, int], opened: list[str], login: str
) -> None:
    """fault F3: every record that keeps files, by page and by script, for one person of each kind."""
    person = Stranger(lenient, login)
    with lenient.app_context():
        actor, asked = actor_named(db.session(), login), []
        for model, view in VIEWS.items():
            row = db.session.scalars(sa.select(model).order_by(model.id.desc())).first()
            if view.has_attachments and row is not None:
                seen = actor.may("read", model) and is_visible(db.session(), row, actor)
                asked.append((model_name(model), row.id, seen, seen and may_write(db.session(), row, actor)))
        db.session.remove()
    assert asked
    for name, key, is_seen, may_add in asked:
        for way in ("add", "send"):
            opened.clear()
            status = posted(person, f"/attachment/{way}/{name}/{key}").status_code
            assert bool(opened) is may_add, (login, way, name)
            assert status == (422 if may_add else 403 if is_seen else 404), (login, way, name)


def test_no_other_address_opens_a_file_within_the_request(
    lenient: Flask, known: Known, furnished: dict[str, int], opened: list[str]
) -> None:
    """fault F1, F3: a workbook that is sent is kept, and a job opens it; every address that takes a form was asked."""
    draw, person = random.Random(1), Stranger(lenient, "admin")
    asked = 0
    for route in routes(lenient):
        if route.method == "POST" and not route.rule.rule.startswith(("/api/", "/attachment/", "/logout", "/role/as")):
            posted(person, address(route, known, draw, valid=1.0), kind="customers")
            asked += 1
            if not person.is_in():
                person.sign_in()
    content = {
        "csrf_token": person.token,
        "kind": "customers",
        "file": (io.BytesIO(customers(company("甲"))), "a.xlsx"),
    }
    sent = person.client.post("/import/upload", data=content, content_type="multipart/form-data")
    assert (sent.status_code, opened, asked > 50) == (303, [], True)


def test_more_files_than_a_form_may_have_are_refused_unopened(
    lenient: Flask, furnished: dict[str, int], opened: list[str]
) -> None:
    """fault F3: twenty pictures in one form took a server for a minute; none is left out without a word either."""
    person = Stranger(lenient, "lin")
    path = f"/attachment/add/customer/{furnished['customer']}"
    answer = posted(person, path, MOST_FILES + 1)
    assert (answer.status_code, opened) == (422, [])
    assert str(MOST_FILES) in answer.get_data(as_text=True)
    assert posted(person, path, MOST_FILES).status_code == 422
    assert opened == ["clean_picture"]


def test_who_reads_files_of_a_request_is_asked_here() -> None:
    """fault F3: a new way to send a file is one more address for these tests."""
    found = {
        path.relative_to(APP.parent).as_posix()
        for path in APP.rglob("*.py")
        if "request.files" in path.read_text("utf-8")
    }
    assert found == READERS
