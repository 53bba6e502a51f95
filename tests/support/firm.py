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
import sqlalchemy as sa
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from tests.plugins.savepoints import OuterTransaction, SavepointConnection
from tests.support.services import postgresql, quick_place

PASSWORD = "demo-password-1"  # noqa: S105 - the cast's password in tests
os.environ["DEMO_PASSWORD"] = PASSWORD
os.environ["CHAIN_KEY"] = "tests-only-" + "k" * 32  # servers that tests start have the same
DROP = "DROP DATABASE IF EXISTS work WITH (FORCE)"


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
    """Copies of files."""

    is_shared = False

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.work = directory / "work.db"
        self.url = f"sqlite:///{self.work}"

    def template(self, name: str = "firm") -> Path:
        return self.directory / f"{name}.db"

    def keep(self, name: str) -> None:
        """What is in the working copy now is a template."""
        shutil.copyfile(self.work, self.template(name))

    def renew(self, name: str = "firm", *, committed: bool = True) -> None:
        """The working copy is as the template: each test begins with that."""
        self.empty()
        shutil.copyfile(self.template(name), self.work)

    def empty(self) -> None:
        """The working copy has no tables."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.work}{suffix}").unlink(missing_ok=True)

    def watch(self, engine: sa.Engine) -> None:
        """Files need nothing of the engine."""

    def end(self) -> None:
        """The next test replaces the file."""


class PostgresqlDatabases:
    """Databases made from template databases, or for each template one in which every test is rolled back.

    committed  whether the test needs rows that are really there: for other processes, for threads, for lock waits
    """

    def __init__(self, url: str) -> None:
        self.admin = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self.address, _slash, _name = self.admin.rpartition("/")
        self.url = f"{url.rpartition('/')[0]}/work"
        self.present = ""  # the template of the present test, unless that needs committed rows
        self.transactions: dict[str, OuterTransaction] = {}
        self._execute("CREATE DATABASE work")

    @property
    def is_shared(self) -> bool:
        """Whether all connections of the present test are one."""
        return bool(self.present)

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def keep(self, name: str) -> None:
        """What is in the working copy now is a template."""
        self._execute(f"CREATE DATABASE {name} TEMPLATE work", f"CREATE DATABASE {name}_uncommitted TEMPLATE work")

    def renew(self, name: str = "firm", *, committed: bool = True) -> None:
        """The working copy is as the template: each test begins with that."""
        self.present = "" if committed else name
        if committed:
            self._execute(DROP, f"CREATE DATABASE work TEMPLATE {name}")
        elif name in self.transactions:
            self.transactions[name].begin()

    def empty(self) -> None:
        """The working copy has no tables."""
        self._execute(DROP, "CREATE DATABASE work")

    def watch(self, engine: sa.Engine) -> None:
        """Let the engine connect as the present test needs it."""

        @sa.event.listens_for(engine, "do_connect")
        def connect(dialect: Any, _record: Any, words: Any, options: dict[str, Any]) -> Any:
            name = self.present
            if not name:
                return None  # to the working copy, as the address says
            if name not in self.transactions:
                real = dialect.connect(*words, **{**options, "dbname": f"{name}_uncommitted"})
                self.transactions[name] = OuterTransaction(real)
                self.transactions[name].begin()
            return SavepointConnection(self.transactions[name])

    def end(self) -> None:
        """errors  NeedsCommitted when the test has done what it cannot do without"""
        if self.present in self.transactions:
            self.transactions[self.present].end()


def build_app(url: str, directory: Path) -> Flask:
    """The application as tests use it: the real one, on this process's own database and folder."""
    from app import create_app

    app = create_app(
        SQLALCHEMY_DATABASE_URI=url,
        CRM_ENV="demo",
        CRM_DATA=str(directory / "files"),
        CHAIN_HOME=str(directory),
        CRM_TURNS=str(directory / "turns"),
        SECRET_KEY="tests-only-" + "x" * 32,
        REDIS_URL="",
        TESTING=False,
        FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1",  # noqa: S106 - people sign in thousands of times
        PROPAGATE_EXCEPTIONS=True,
    )
    app.test_client_class = PersonsClient
    return app


def build_template(app: Flask) -> None:
    """Schema by migration, roles, dictionaries, the cast and its warehouses; its books begin before any test's day."""
    from flask_babel import force_locale
    from flask_migrate import upgrade

    from app.core.db.base import db
    from app.core.db.unit_of_work import in_unit_of_work
    from app.demo.people import build_people
    from app.security.seed import seed
    from app.security.settings import set_setting

    with app.app_context(), force_locale("zh"):
        upgrade()
        session = db.session()
        in_unit_of_work(session, lambda: (seed(session), build_people(session, PASSWORD)))
        in_unit_of_work(session, lambda: set_setting(session, "books_from_year", 2020))
        db.session.remove()
        db.engine.dispose()


def furnish(app: Flask) -> dict[str, int]:
    """Make rows of every model; returns keys of some by name."""
    from flask_babel import force_locale

    from app.core.db.base import db
    from tests.furnish import furnish
    from tests.support.office import Office

    with app.app_context(), force_locale("zh"):
        db.engine.dispose()
        keys = furnish(Office())
        db.session.remove()
        db.engine.dispose()
    return keys


def temporary_directory() -> Any:
    return tempfile.TemporaryDirectory(prefix="zhanggui-test-", ignore_cleanup_errors=True, dir=quick_place())
