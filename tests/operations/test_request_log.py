"""One line per request, with a number that the answer bears too, and nothing in it that people typed."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from flask import Flask

from app.operations import logs
from app.views.desks import desk
from tests.support.firm import PASSWORD
from tests.support.pages import Browser


@pytest.fixture
def lines(app: Flask, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """As in production: what was written to stdout since the start of the test, parsed."""
    logs.prepare("production", "")
    written: list[str] = []

    def so_far() -> list[dict[str, Any]]:
        written.extend(capsys.readouterr().out.splitlines())
        return [json.loads(line) for line in written]

    yield so_far
    logs.prepare("demo", "")


def test_a_request_is_one_line_with_who_what_and_how_long(client_as: Any, lines: Any) -> None:
    lin = client_as("lin")
    answer = lin.get("/customer/list/?q=机密客户&f=1")
    line = lines()[-1]
    assert (line["event"], line["method"], line["status"]) == ("request", "GET", 200)
    assert line["route"] == "/customer/list/"
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert isinstance(line["user"], int)
    assert 2 <= line["statements"] < 100  # who is asking, and the list
    assert line["ms"] > 0
    assert "机密" not in json.dumps(lines(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True), ("proxy-1.2026_11", True), ("short", False), ("x" * 65, False),
        ("<script>alert(1)</script>", False), ("abcdefgh\tinjected", False), ("", False), ("名字名字名字名字", False),
    ],
)  # fmt: skip
def test_a_number_from_outside_is_taken_over_only_when_it_is_harmless(app: Flask, given: str, is_taken: bool) -> None:
    answer = app.test_client().get("/login/", environ_overrides={"HTTP_X_REQUEST_ID": given})
    number = answer.headers["X-Request-ID"]
    assert (number == given) is is_taken
    assert is_taken or len(number) == 12


def test_passwords_and_tokens_stand_in_no_line(app: Flask, lines: Any) -> None:
    client = app.test_client()
    client.post("/login/", data={"username": "lin", "password": "my-secret-word"})
    body = {"username": "lin", "password": PASSWORD, "provider": "db"}
    token = client.post("/api/v1/security/login", json=body).get_json()["access_token"]
    client.get("/api/v1/customer/", headers={"Authorization": f"Bearer {token}"})
    text = json.dumps(lines())
    assert len(lines()) == 3
    for secret in ("my-secret-word", PASSWORD, token):
        assert secret not in text
    assert lines()[-1]["user"] is not None


def test_our_own_fault_is_logged_with_its_trace_under_the_same_number(
    app: Flask, client_as: Any, lines: Any, monkeypatch: Any
) -> None:
    def fails(*_anything: Any) -> Any:
        password = "local-secret"
        raise ZeroDivisionError(len(password))

    lin = client_as("lin")
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(desk, "parts_of" if hasattr(desk, "parts_of") else "cards", fails, raising=False)
    monkeypatch.setitem(app.view_functions, "DeskView.index", fails)
    answer = lin.get("/")
    fault, line = lines()[-2:]
    assert answer.status_code == line["status"] == 500
    assert fault["request_id"] == line["request_id"] == answer.headers["X-Request-ID"]
    assert fault["level"] == "error"
    assert "ZeroDivisionError" in fault["exception"]
    assert "local-secret" not in json.dumps(lines())


def test_what_bears_on_security_is_told_by_one_word_of_its_line(app: Flask, lines: Any) -> None:
    """Signing in, out and anew, and every refusal of a right, a token, a size or a further try."""
    client = app.test_client()
    right = {"username": "lin", "password": PASSWORD, "provider": "db", "refresh": True}
    tokens = client.post("/api/v1/security/login", json=right).get_json()
    wrong = {"username": "zhou", "password": "wrong", "provider": "db"}
    for _n in range(9):
        client.post("/api/v1/security/login", json=wrong)
    client.post("/api/v1/security/refresh", headers={"Authorization": f"Bearer {tokens['refresh_token']}"})
    client.post("/customer/add", data={"name": "x"})
    client.post("/login/", data={"username": "x" * 100_000})
    lin = app.test_client()
    Browser(lin).fill("/login/", username="lin", password=PASSWORD)
    lin.get("/audit/list/")
    lin.get("/api/v1/stock_balance/")
    lin.get("/customer/list/")
    token = re.search(r'name="csrf_token" value="([^"]+)"', lin.get("/password").get_data(as_text=True))
    assert token is not None
    lin.post("/logout/", data={"csrf_token": token[1]})
    told = [line.get("security", "") for line in lines() if line["route"] != "/login/" or line["method"] == "POST"]
    assert told == [
        "sign_in", *["sign_in_failed"] * 8, "too_many_requests", "token_renewed", "csrf", "too_large", "sign_in",
        "not_allowed", "not_allowed", "", "", "sign_out",
    ]  # fmt: skip
    assert all(line["level"] == "info" and line["event"] == "request" for line in lines())


def test_lines_tell_the_time_of_one_clock(app: Flask, lines: Any) -> None:
    """UTC, whatever the zone of the machine and of the firm."""
    app.test_client().get("/login/")
    moment = dt.datetime.fromisoformat(lines()[-1]["timestamp"])
    assert moment.utcoffset() == dt.timedelta(0)
    assert abs(moment - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_an_address_breaks_no_line_even_when_it_fails(
    app: Flask, client_as: Any, monkeypatch: Any, caplog: Any
) -> None:
    """What a fault says of its request is the route, not what somebody wrote there."""

    def fails(**_anything: Any) -> Any:
        raise ZeroDivisionError

    lin = client_as("lin")
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "CustomerView.tab", fails)
    assert lin.get("/customer/tab/1/x%0a2026-11-27%20forged%20line").status_code == 500
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told
    assert not any("forged" in text or "\n" in text for text in told)


def test_what_was_typed_stands_not_in_a_database_error(app: Flask, office: Any) -> None:
    import sqlalchemy as sa

    from app.core.db.base import db

    with pytest.raises(sa.exc.DBAPIError) as caught:
        db.session.execute(sa.text("SELECT * FROM nowhere WHERE name = :name"), {"name": "机密"})
    db.session.rollback()
    assert "机密" not in str(caught.value)


def test_lines_for_people_are_no_json_and_lines_of_commands_leave_stdout_alone(app: Flask) -> None:
    import click

    @click.command("noisy")
    def noisy() -> None:
        structlog.get_logger("app.test").info("something", n=1)
        logging.getLogger("app").warning("from the library")
        click.echo("answer")

    told = app.test_cli_runner().invoke(noisy)
    assert told.stdout == "answer\n"
    assert "something" in told.stderr
    assert "from the library" in told.stderr
    assert not told.stderr.startswith("{")


@pytest.mark.parametrize(
    ("environment", "wanted", "is_json"),
    [("demo", "", False), ("production", "", True), ("demo", "json", True), ("production", "text", False)],
)
def test_production_writes_json_unless_told_otherwise(environment: str, wanted: str, is_json: bool) -> None:
    assert logs.wants_json(environment, wanted) is is_json
