"""Fixtures of every test: a fresh firm, people's clients, and the office of the stories."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db.base import db
from app.core.files import child_process
from app.core.files.bad_file import BadFile
from app.core.jobs import runner
from tests.support import firm

pytest_plugins = [
    "tests.plugins.leftovers",
    "tests.plugins.domains",
    "tests.plugins.both_databases",
    "tests.plugins.rest",
    "tests.plugins.importing",
]


@pytest.fixture(scope="session")
def _home() -> Iterator[Path]:
    with firm.temporary_directory() as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def databases(_home: Path, pytestconfig: pytest.Config) -> Iterator[Any]:
    with firm.databases(pytestconfig.getoption("--database"), _home) as found:
        yield found


@pytest.fixture(scope="session")
def _app(_home: Path, databases: Any) -> Flask:
    app = firm.build_app(databases.url, _home)
    firm.build_template(app)
    databases.keep("firm")
    with app.app_context():
        databases.watch(db.engine)
    return app


@pytest.fixture(scope="session")
def _furnished(_app: Flask, databases: Any) -> dict[str, int]:
    databases.renew("firm", committed=True)
    keys = firm.furnish(_app)
    databases.keep("furnished")
    return keys


@pytest.fixture
def app(
    _app: Flask, databases: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """The application on a fresh copy of the firm: people, roles, dictionaries, two empty warehouses."""
    with _app.app_context():
        db.session.remove()
        db.engine.dispose()
    template = "firm"
    if "furnished" in request.fixturenames:
        request.getfixturevalue("_furnished")
        template = "furnished"
    databases.renew(template, committed=request.node.get_closest_marker("committed") is not None)
    if databases.is_shared:  # a thread would find the connection in use: the heartbeat of a job that takes long
        monkeypatch.setattr(runner, "BEAT_EVERY", threading.TIMEOUT_MAX)
    yield _app
    with _app.app_context():
        db.session.remove()
        unreturned = db.engine.pool.checkedout()  # type: ignore[attr-defined]
        db.engine.dispose()
    databases.end()
    assert unreturned == 0, f"the test keeps {unreturned} connections of the database"


@pytest.fixture
def furnished(app: Flask, _furnished: dict[str, int]) -> dict[str, int]:
    """Lets the test begin with the furnished firm (tests/furnish/); keys of some of its rows by name."""
    return dict(_furnished)


@pytest.fixture
def office(app: Flask, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The cast and their verbs, in Chinese, inside an application context of its own."""
    from flask_babel import force_locale

    from tests.support.office import Office

    with app.app_context(), force_locale("zh"):
        yield Office(made=1000 if "furnished" in request.fixturenames else 0)


@pytest.fixture
def finished(office: Any) -> Any:
    """The office, with one order of 林晓 at the end of its life and everything that belongs to it."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "4")])
    office.contact(order.customer)
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    office.shipped(order)
    office.finance.pays(order, "10")
    return office


@pytest.fixture
def client_as(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser-like client of somebody who has signed in."""
    from tests.support.office import signed_in

    return lambda login: signed_in(app, login)


@pytest.fixture
def at(office: Any, client_as: Callable[[str], FlaskClient]) -> Callable[[str], Any]:
    """`at("lin").open("/customer/list/")`; what the office did before is finished."""
    from tests.support.pages import Browser

    def browser(login: str) -> Browser:
        db.session.remove()
        return Browser(client_as(login))

    return browser


@pytest.fixture
def api_as(app: Flask) -> Callable[[str], Any]:
    """A REST client with the token of somebody who has signed in."""
    from tests.support.office import Api

    return lambda login: Api(app, login)


@pytest.fixture
def opened_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are opened in the test's own process: for tests of what a reader takes, not of what it may take."""

    def opened(task: Callable[..., None], content: bytes, *given: Any) -> io.BytesIO:
        answer = io.BytesIO()
        try:
            task(content, answer, *given)
        except BadFile as error:
            raise child_process.bad_file(child_process.in_words(error)) from error
        answer.seek(0)
        return answer

    monkeypatch.setattr(child_process, "opened", opened)
