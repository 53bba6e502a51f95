"""Connections are set up so that SQLite is safe for several writers and PostgreSQL waits shortly and keeps plans."""

from __future__ import annotations

import time
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Engine, Result
from sqlalchemy.orm import Session

from app.core.db.unit_of_work import end_unfinished, writing
from app.core.search.normal_forms import add_functions

IDLE = 1.0  # seconds; a connection that was idle for longer is asked whether it is still open
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000")


def prepare_engine(engine: Engine) -> None:
    """Attach the connection rules once per engine."""
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _open_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.driver == "psycopg":
        sa.event.listen(engine, "begin", _begin_postgresql)
        dialect: Any = engine.dialect
        _watch_rest(engine, dialect)
        dialect.do_rollback = end_unfinished


def engine_options(url: str, longest: int = 0) -> dict[str, Any]:
    """Return options for create_engine: a writer waits for a lock at most ten seconds, then answers "busy".

    longest  seconds after which PostgreSQL stops a statement; 0 for never
    """
    if url.startswith("postgresql"):
        return {
            "hide_parameters": True,
            "pool_size": 10,
            "max_overflow": 20,
            "connect_args": {"options": f"-c lock_timeout=10s -c statement_timeout={longest}s -c timezone=UTC"},
        }
    # Parameters are what people typed, which does not belong in a log.
    return {"hide_parameters": True, "connect_args": {"timeout": 15, "check_same_thread": False}}


def insert_into(session: Session, model: Any) -> Any:
    """Return an INSERT that knows ON CONFLICT, in the dialect of the session's database."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


def changed_rows(result: Result[Any]) -> int:
    """Return how many rows an UPDATE or DELETE has met."""
    return cast("CursorResult[Any]", result).rowcount


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # We send BEGIN ourselves: the driver's own loses updates.
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    add_functions(connection)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


def _watch_rest(engine: Engine, dialect: Any) -> None:
    """Ask a connection that has rested whether it still stands; one just used is believed, which saves a round trip.

    One that is known to be lost is never handed out. SQLAlchemy's own `pool_pre_ping` asks every time.
    """

    def rest(_driver: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    def require_alive(driver: Any, record: Any, _proxy: Any) -> None:
        if driver.closed:
            raise sa.exc.DisconnectionError("lost while it was in use")
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) > IDLE:
            try:
                dialect.do_ping(driver)
            except dialect.loaded_dbapi.Error as error:
                raise sa.exc.DisconnectionError from error  # The pool takes another connection, or makes one.

    sa.event.listen(engine, "checkin", rest)
    sa.event.listen(engine, "checkout", require_alive)


def _begin_postgresql(connection: Connection) -> None:
    """Begin a transaction that only reads as READ ONLY: the database refuses a write, and the end may be a COMMIT."""
    driver: Any = connection.connection.dbapi_connection
    driver.read_only = not writing.get()
