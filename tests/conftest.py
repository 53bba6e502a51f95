"""Fixtures of every test: a fresh firm, people's clients, and the office of the stories."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import firm

pytest_plugins = ["tests.leftovers", "tests.domains"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default=os.environ.get("TEST_DATABASE", "sqlite"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that say something only about PostgreSQL, or need no second database, run once."""
    on_postgresql = config.getoption("--database") == "postgresql"
    unwanted = ("browser", "once") if on_postgresql else ("postgresql",)
    dropped = [item for item in items if any(item.get_closest_marker(name) for name in unwanted)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


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
    databases.keep_template()
    return app


@pytest.fixture
def app(_app: Flask, databases: Any) -> Iterator[Flask]:
    """The application on a fresh copy of the firm: people, roles, dictionaries, two empty warehouses."""
    from app.core.db.base import db

    with _app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.renew()
    yield _app
    with _app.app_context():
        db.session.remove()
        unreturned = db.engine.pool.checkedout()  # type: ignore[attr-defined]
        db.engine.dispose()
    assert unreturned == 0, f"the test keeps {unreturned} connections of the database"


@pytest.fixture
def office(app: Flask) -> Iterator[Any]:
    """The cast and their verbs, in Chinese, inside an application context of its own."""
    from flask_babel import force_locale

    from tests.office import Office

    with app.app_context(), force_locale("zh"):
        yield Office()


@pytest.fixture
def client_as(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser-like client that has signed in through the sign-in page."""
    from tests.office import signed_in

    return lambda login: signed_in(app, login)


@pytest.fixture
def api_as(app: Flask) -> Callable[[str], Any]:
    """A REST client with a bearer token from the sign-in call."""
    from tests.office import Api

    return lambda login: Api(app, login)
