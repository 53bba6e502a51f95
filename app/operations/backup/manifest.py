"""The list of what a backup holds: counts, digests, and the SHA-256 of every file. It is checked before a restore."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from app.core.files.written import write_whole
from app.operations.backup.digest import TableDigest
from app.operations.errors import NotDone

FORMAT = 1
NAME = "manifest.json"
FILES = "files"  # folder of the attachments inside a backup
_CHUNK = 1024 * 1024


@dataclass
class Kept:
    """One file of a backup."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """What a backup holds. `files` is by path inside the backup; `missing` were lost before it was made."""

    made_at: str
    dialect: str
    database: str
    revision: str
    digest: str
    tables: dict[str, TableDigest]
    files: dict[str, Kept]
    missing: list[str] = field(default_factory=list)

    @property
    def moment(self) -> dt.datetime:
        """What was entered until then is in it."""
        return dt.datetime.fromisoformat(self.made_at)

    @property
    def age(self) -> dt.timedelta:
        """How much of the business would be lost with the disk now, if this is the newest (RPO)."""
        return dt.datetime.now(dt.UTC) - self.moment

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @property
    def attachments(self) -> list[str]:
        """Names in the storage, without the folder of the backup."""
        return sorted(path.partition("/")[2] for path in self.files if path.startswith(f"{FILES}/"))


def fingerprint(path: Path) -> Kept:
    told, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            told.update(part)
            size += len(part)
    return Kept(size, told.hexdigest())


def write(manifest: Manifest, directory: Path) -> None:
    """Its own digest stands in it, so that a changed manifest betrays itself."""
    content: dict[str, Any] = {"format": FORMAT, **asdict(manifest)}
    content["seal"] = _seal(content)
    write_whole(directory / NAME, json.dumps(content, ensure_ascii=False, indent=1).encode())


def _seal(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read(directory: Path) -> Manifest:
    """errors  NotDone when it is not there, was changed, or is of a later program"""
    path = directory / NAME
    try:
        content = json.loads(path.read_text("utf-8"))
        seal = content.pop("seal")
        if content["format"] > FORMAT:
            raise NotDone(f"{path} was written by a later program: update this one first")
        if seal != _seal(content):
            raise NotDone(f"{path} is damaged: its own digest does not fit")
        del content["format"]
        content["tables"] = {name: TableDigest(**table) for name, table in content["tables"].items()}
        content["files"] = {name: Kept(**kept) for name, kept in content["files"].items()}
        return Manifest(**content)
    except FileNotFoundError as error:
        raise NotDone(f"no backup in {directory}: {NAME} is missing") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotDone(f"{path} is damaged or unreadable: {error}") from error


def require_whole(manifest: Manifest, directory: Path) -> None:
    """errors  NotDone when a file of the backup is missing or is not what it was"""
    if manifest.database not in manifest.files:
        raise NotDone(f"{directory} is damaged: its manifest names no database")
    for name, kept in manifest.files.items():
        if name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise NotDone(f"{directory} is damaged: a file is named {name!r}")
        try:
            found = fingerprint(directory / name)
        except OSError as error:
            raise NotDone(f"{directory} is damaged: {name} is missing or cannot be read ({error.strerror})") from error
        if found != kept:
            raise NotDone(f"{directory} is damaged: {name} is not the file that was written")
