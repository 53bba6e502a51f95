"""A firm's database made once per process and copied for each test, on SQLite or PostgreSQL."""

from __future__ import annotations

import contextvars
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from tests.services import postgresql, quick_place

PASSWORD = "demo-password-1"  # noqa: S105 - the cast's password in tests
os.environ["DEMO_PASSWORD"] = PASSWORD


class PersonsClient(FlaskClient):
    """A client whose requests know nothing of the test's own application context and transaction.

    Flask reuses a context that is open already, and with it `g`: the second person of a test would act as the first.
    """

    def open(self, *args: Any, **options: Any) -> Any:
        from app.core.db.base import db

        if has_app_context():
            db.session.rollback()  # an open transaction of the story would keep SQLite's only writer waiting
        return contextvars.Context().run(super().open, *args, **options)


@contextmanager
def databases(kind: str, directory: Path) -> Iterator[Any]:
    """Where this process keeps its template and its working copy."""
    if kind == "sqlite":
        yield SqliteFiles(directory)
        return
    with postgresql() as url:
        yield PostgresqlDatabases(url)


class SqliteFiles:
    """Copies of a file."""

    def __init__(self, directory: Path) -> None:
        self.template = directory / "template.db"
        self.work = directory / "work.db"
        self.url = f"sqlite:///{self.work}"

    def keep_template(self) -> None:
        shutil.copyfile(self.work, self.template)

    def renew(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.work}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.template, self.work)


class PostgresqlDatabases:
    """Databases made from a template database."""

    def __init__(self, url: str) -> None:
        self.admin = url.replace("postgresql+psycopg://", "postgresql://", 1)
        base, _slash, _name = url.rpartition("/")
        self.url = f"{base}/work"
        self._execute("CREATE DATABASE work")

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def keep_template(self) -> None:
        self._execute("CREATE DATABASE firm TEMPLATE work")

    def renew(self) -> None:
        self._execute("DROP DATABASE IF EXISTS work WITH (FORCE)", "CREATE DATABASE work TEMPLATE firm")


def build_app(url: str, directory: Path) -> Flask:
    """The application as tests use it: the real one, on this process's own database and folder."""
    from app import create_app

    app = create_app(
        SQLALCHEMY_DATABASE_URI=url,
        CRM_ENV="demo",
        CRM_DATA=str(directory / "files"),
        SECRET_KEY="tests-only-" + "x" * 32,
        REDIS_URL="",
        TESTING=False,
        FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1",  # noqa: S106 - people sign in thousands of times
        PROPAGATE_EXCEPTIONS=True,
    )
    app.test_client_class = PersonsClient
    return app


def build_template(app: Flask) -> None:
    """Schema by migration, roles, dictionaries, the cast and its warehouses."""
    from flask_babel import force_locale
    from flask_migrate import upgrade

    from app.core.db.base import db
    from app.core.db.unit_of_work import in_unit_of_work
    from app.demo.people import build_people
    from app.security.seed import seed

    with app.app_context(), force_locale("zh"):
        upgrade()
        session = db.session()
        in_unit_of_work(session, lambda: (seed(session), build_people(session, PASSWORD)))
        db.session.remove()
        db.engine.dispose()


def temporary_directory() -> Any:
    return tempfile.TemporaryDirectory(prefix="zhanggui-test-", ignore_cleanup_errors=True, dir=quick_place())
