"""数据备份 Backup: database and attachments as they were at one moment, while everybody goes on working.

The database is copied first. A file is written before the row that names it and never removed, so whatever a row of the
copy refers to is still there when the files are copied afterwards.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import sqlite3
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.core.files.files import Storage
from app.operations.backup import manifest as manifests
from app.operations.backup import postgresql, sqlite, stored_files
from app.operations.backup.digest import digests, total_of
from app.operations.backup.manifest import Manifest, fingerprint
from app.operations.errors import NotDone


def back_up(engine: Engine, storage: Storage, directory: Path) -> Manifest:
    """Make a backup in a directory that does not exist yet, or is empty. It appears there whole or not at all.

    errors  NotDone, and nothing is left behind
    """
    directory = directory.absolute()
    _require_free(directory)
    partial = hidden_beside(directory)
    try:
        partial.mkdir(parents=True, mode=0o700)
        found = _fill(engine, storage, partial)
        _sync(partial)
        partial.rename(directory)
        _sync_one(directory.parent)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise NotDone(f"no backup was made in {directory}: {reason_of(error)}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return found


def hidden_beside(directory: Path) -> Path:
    """What a backup is called while it is not whole."""
    return directory.with_name(f".{directory.name}.partial-{secrets.token_hex(4)}")


def reason_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(getattr(error, "orig", None) or error)


def _require_free(directory: Path) -> None:
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise NotDone(f"{directory} is there already and not empty: name a new directory")
    except OSError as error:
        raise NotDone(f"{directory} cannot be used: {reason_of(error)}") from error


def _fill(engine: Engine, storage: Storage, directory: Path) -> Manifest:
    made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    copied = postgresql if engine.dialect.name == "postgresql" else sqlite
    with copied.snapshot(engine, directory / copied.FILE_NAME) as connection:
        tables = digests(connection)
        wanted = stored_files.named_in_rows(connection)
        revision = revision_of(connection)
    files = {copied.FILE_NAME: fingerprint(directory / copied.FILE_NAME)}
    kept = stored_files.copy_out(storage, directory)
    found = Manifest(
        made_at, engine.dialect.name, copied.FILE_NAME, revision, total_of(tables), tables, files | kept,
        sorted(wanted - {name.rpartition("/")[2] for name in kept}),
    )  # fmt: skip
    manifests.write(found, directory)
    return found


def revision_of(connection: Connection) -> str:
    """The schema's revision, "" for a database without one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def _sync(directory: Path) -> None:
    """On disk before it gets its name: a backup must survive what comes right after it."""
    for folder, _folders, files in os.walk(directory, topdown=False):
        for name in files:
            _sync_one(Path(folder) / name)
        _sync_one(Path(folder))


def _sync_one(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
