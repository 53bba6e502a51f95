"""Attachments out of the storage into a backup and back, whatever kind of storage it is."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.files.files import Storage
from app.operations.backup.digest import table_names
from app.operations.backup.manifest import FILES, Kept

REFERENCE = "stored_name"  # what a column is called that names a file of the storage
_CHUNK = 1024 * 1024


def names(storage: Storage) -> list[str]:
    """Every file of the storage, by its path below the root."""
    root = str(storage.root).rstrip("/")
    if not storage.filesystem.exists(root):
        return []
    found = (path[len(root) :].lstrip("/") for path in storage.filesystem.find(root))
    return sorted(name for name in found if not name.rpartition("/")[2].startswith("."))  # Those are not whole yet.


def named_in_rows(connection: Connection) -> set[str]:
    """Files that rows refer to."""
    found: set[str] = set()
    inspector = sa.inspect(connection)
    for table in table_names(connection):
        if any(column["name"] == REFERENCE for column in inspector.get_columns(table)):
            column: sa.ColumnClause[str] = sa.column(REFERENCE)
            query = sa.select(column).select_from(sa.table(table)).where(column.is_not(None), column != "")
            found.update(connection.scalars(query))
    return found


def copy_out(storage: Storage, directory: Path) -> dict[str, Kept]:
    """Copy everything; by path inside the backup, what was written there."""
    kept = {}
    for name in names(storage):
        target = directory / FILES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        told, size = hashlib.sha256(), 0
        with storage.filesystem.open(f"{storage.root}/{name}", "rb") as source, target.open("xb") as copy:
            while part := source.read(_CHUNK):
                copy.write(part)
                told.update(part)
                size += len(part)
        kept[f"{FILES}/{name}"] = Kept(size, told.hexdigest())
    return kept


def copy_in(storage: Storage, directory: Path, attachments: list[str]) -> None:
    """Put files back. Names are made up and never used twice, so that what else is there can stay."""
    for name in attachments:
        storage.put(f"{storage.root}/{name}", (directory / FILES / name).read_bytes())


def try_writing(storage: Storage) -> None:
    """Write, read and remove a small file.

    errors  Unavailable, OSError, or whatever the storage raises, when one of these cannot be done
    """
    path = f"{storage.root}/.probe-{uuid.uuid4().hex}"
    try:
        storage.put(path, b"ready")
        if storage.filesystem.cat_file(path) != b"ready":
            raise OSError("what was written is not what is read")
    finally:
        if storage.filesystem.exists(path):
            storage.filesystem.rm_file(path)
