"""Copying an SQLite database while it is used, by the library's own way (online backup)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.operations.errors import NotDone

FILE_NAME = "database.sqlite"


@contextmanager
def snapshot(engine: Engine, path: Path) -> Iterator[Connection]:
    """Copy the database to `path`; yields a connection that reads the copy, which nobody else knows."""
    source_path = Path(str(engine.url.database or ""))
    if not source_path.is_file():
        raise NotDone(f"there is no database at {source_path}")
    with closing(sqlite3.connect(source_path, timeout=15)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)  # in one step: one read transaction, which in WAL mode keeps nobody waiting
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without the two that WAL keeps beside it
        answer = copy.execute("PRAGMA quick_check").fetchone()[0]
    if answer != "ok":
        raise NotDone(f"the database itself is damaged: {answer}")
    reader = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    try:
        with reader.connect() as connection:
            yield connection
    finally:
        reader.dispose()


def load(engine: Engine, path: Path) -> None:
    """Replace all that is in the database by the copy at `path`, in one transaction of the library's own."""
    target_path = Path(str(engine.url.database or ""))
    target_path.parent.mkdir(parents=True, exist_ok=True)
    engine.dispose()
    # Opened for reading only: a backup is not touched by what is restored from it.
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(target_path)) as target:
        source.backup(target)
