"""Refusals and failures: designed pages for people, one JSON shape for programs, nothing leaked. design.md §5."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.db.base import db
from app.views.desks import desk

SECRET = "the-database-password-is-hunter2"


def _fails(*_anything: Any) -> Any:
    raise ZeroDivisionError(SECRET)


@pytest.fixture
def lenient(app: Any) -> Any:
    """As on a server: an exception is answered, not raised into the test."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.config["PROPAGATE_EXCEPTIONS"] = True


def test_our_own_fault_shows_a_number_and_nothing_else(at: Any, lenient: Any, monkeypatch: Any, caplog: Any) -> None:
    monkeypatch.setattr(desk, "cards", _fails)
    page = at("lin").open("/")
    assert page.status == 500
    assert SECRET not in page.text
    assert "Traceback" not in page.text
    number = re.search(r">[^<]*\b([0-9a-f]{12})\b", page.text.split("<main", 1)[1])
    assert number
    record = next(r for r in caplog.records if number[1] in r.getMessage())
    assert record.exc_info


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404), ("GET", "/customer/show/1", 404), ("DELETE", "/customer/list/", 400),
        ("POST", "/customer/list/", 400), ("GET", "/setting/", 403), ("GET", "/customer/delete/1", 405),
        ("GET", "/static/../../config.py", 404), ("GET", "/attachment/get/1", 404), ("GET", "/pick/nothing", 404),
    ],
)  # fmt: skip
def test_refusals_have_a_page_of_their_own(at: Any, method: str, path: str, status: int) -> None:
    answer = at("lin").client.open(path, method=method)
    assert answer.status_code == status
    text = answer.get_data(as_text=True)
    assert "Werkzeug" not in text
    assert "<title>" in text or answer.is_json


def test_a_body_beyond_the_limit_is_refused_in_words(at: Any, app: Any, monkeypatch: Any) -> None:
    lin = at("lin")
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = lin.client.post("/customer/add", data={"name": "x" * 2000})
    assert answer.status_code == 413
    assert 'class="oops"' in answer.get_data(as_text=True)


def test_programs_are_refused_in_json(client_as: Any, office: Any) -> None:
    db.session.remove()
    client = client_as("lin")
    for path, status in (("/pick/nothing", 404), ("/api/v1/nothing", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        body = answer.get_json()
        assert body["reasons"][0]["code"] == body["code"]


def test_every_answer_forbids_foreign_scripts_and_frames(at: Any) -> None:
    lin = at("lin")
    for path in ("/", "/customer/list/", "/nowhere", "/static/css/app.css"):
        with lin.client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_kept_by_nobody_and_our_own_files_by_their_version(at: Any) -> None:
    lin = at("lin")
    page = lin.client.get("/customer/list/")
    assert "no-store" in page.headers["Cache-Control"]
    found = re.search(r'href="(/static/[0-9a-f]+/css/app\.css)"', page.get_data(as_text=True))
    assert found
    with lin.client.get(found[1]) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
