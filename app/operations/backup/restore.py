"""数据恢复 Restore: a backup checked as a whole, put into an empty database, and compared with what was copied."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.core.files.files import Storage
from app.core.search import index as search
from app.operations.backup import manifest as manifests
from app.operations.backup import postgresql, sqlite, stored_files
from app.operations.backup.back_up import reason_of
from app.operations.backup.digest import current_digests, table_names
from app.operations.backup.manifest import Manifest
from app.operations.errors import NotDone


def restore(engine: Engine, storage: Storage, directory: Path, script: ScriptDirectory, *, replace: bool) -> Manifest:
    """Put a backup back. Nothing is touched before all of it was found whole and fitting.

    errors  NotDone
    """
    found = manifests.read(directory)
    manifests.require_whole(found, directory)
    _require_fitting(found, engine, script)
    try:
        if not replace:
            _require_empty(engine)
        # Files before rows, as always: no row may point to nothing.
        stored_files.copy_in(storage, directory, found.attachments)
        (postgresql if found.dialect == "postgresql" else sqlite).load(engine, directory / found.database)
        _require_identical(engine, found)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise NotDone(f"not restored: {reason_of(error)}") from error
    return found


def lacks_search_index(connection: Connection) -> bool:
    """Whether the copy did not carry the index, so that it has to be made anew."""
    return not any(search.is_index_table(name) for name in sa.inspect(connection).get_table_names())


def _require_fitting(found: Manifest, engine: Engine, script: ScriptDirectory) -> None:
    if found.dialect != engine.dialect.name:
        raise NotDone(f"this is a backup of {found.dialect}, DATABASE_URL names {engine.dialect.name}")
    if found.revision not in {revision.revision for revision in script.walk_revisions()}:
        raise NotDone(f"this program does not know the schema {found.revision or '(none)'}: update it first")


def _require_empty(engine: Engine) -> None:
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return
    with engine.connect() as connection:
        for name in table_names(connection):
            if connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first():
                raise NotDone(f"the database is not empty ({name} has rows): --replace throws away what is in it")


def _require_identical(engine: Engine, found: Manifest) -> None:
    """The proof: every table by its digest."""
    now = current_digests(engine)
    wrong = sorted(name for name in {*now, *found.tables} if now.get(name) != found.tables.get(name))
    if wrong:
        raise NotDone(f"restored, but different from what was copied: {', '.join(wrong)}")
