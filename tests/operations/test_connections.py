"""A connection that has rested is asked whether it still stands; what runs on for too long on one is stopped."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.core.db import engine
from app.core.db.base import db
from app.core.db.unit_of_work import writing
from tests.support.pages import Browser

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.postgresql, pytest.mark.committed]


def killed(app: Any) -> None:
    """The server ends the connection that lies in the pool."""
    with db.engine.connect() as connection:
        number = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    end_backend(number)


def end_backend(number: int) -> None:
    other = sa.create_engine(db.engine.url)
    with other.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    other.dispose()


@pytest.fixture
def alone(app: Any) -> Any:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        yield
        db.engine.dispose()


def test_who_comes_back_to_a_lost_connection_gets_another(
    app: Any, alone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE", -1)  # whatever lies in the pool has rested long enough
    killed(app)
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_after_the_one_that_fails_everybody_gets_another(app: Any, alone: Any) -> None:
    """Lost within a second of its last use: that is told, once."""
    killed(app)
    with db.engine.connect() as connection, pytest.raises(OperationalError):
        connection.scalar(sa.text("SELECT 1"))
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


@pytest.mark.parametrize("writes", [False, True])
def test_what_was_read_stands_when_the_connection_is_lost_before_the_transaction_ends(alone: Any, writes: bool) -> None:
    """An answer that is drawn does not become a failure because there is nothing left to roll back."""
    token = writing.set(writes)
    number = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    end_backend(number)
    db.session.remove()
    assert db.session.scalar(sa.text("SELECT pg_backend_pid()")) not in (None, number)
    db.session.remove()
    writing.reset(token)


# What takes too long is stopped


def test_a_server_lets_no_statement_run_on_and_a_command_does(
    app: Any, alone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STATEMENT_TIMEOUT", raising=False)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "given")
    runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    served = runpy.run_path(str(ROOT / "config.py"))["STATEMENT_TIMEOUT"]
    monkeypatch.delenv("STATEMENT_TIMEOUT")
    command = runpy.run_path(str(ROOT / "config.py"))["STATEMENT_TIMEOUT"]
    found = []
    for longest in (served, command):
        made = sa.create_engine(db.engine.url, **engine.engine_options(str(db.engine.url), longest))
        with made.connect() as connection:
            found.append(connection.scalar(sa.text("SHOW statement_timeout")))
        made.dispose()
    assert found == ["30s", "0"]


def test_what_was_stopped_is_told_in_words(
    app: Any, office: Any, client_as: Any, api_as: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is whole afterwards; nobody signs in again."""

    def endless(*_given: Any, **_named: Any) -> None:
        db.session.execute(sa.text("SET LOCAL statement_timeout = '50ms'"))
        db.session.execute(sa.text("SELECT pg_sleep(20)"))

    db.session.remove()
    lin, program = Browser(client_as("lin")), api_as("lin")
    for endpoint in ("HelpView.index", "CustomerApi.get_list"):
        monkeypatch.setitem(app.view_functions, endpoint, endless)
    page = lin.open("/help/")
    assert (page.status, "<h1>查询时间过长</h1>" in page.text) == (503, True)
    status, answer = program.get("customer/")
    assert (status, answer["code"]) == (503, "too_long")
    assert lin.open("/customer/list/").status == 200
