"""The folder of all backups of a firm: which is the newest, and which are more than are kept."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

from app.operations.backup import manifest as manifests
from app.operations.backup.back_up import hidden_beside, reason_of
from app.operations.backup.manifest import Manifest
from app.operations.errors import NotDone

Tell = Callable[[str], None]


def new_in(folder: Path) -> Path:
    """Where the next backup goes: named by the time in UTC, so that a listing has them in order."""
    return folder / dt.datetime.now(dt.UTC).strftime("%Y-%m-%d-%H%M%S")


def backups_in(folder: Path, warn: Tell) -> list[tuple[Path, Manifest]]:
    """Every backup, newest first by the moment it shows, whatever its name is. What is no backup is not looked at.

    errors  NotDone when the folder cannot be read
    """
    found = []
    try:
        directories = [path for path in folder.iterdir() if path.name[0] != "." and not path.is_symlink()]
        directories = [path for path in directories if (path / manifests.NAME).exists()]
    except OSError as error:
        raise NotDone(f"{folder} cannot be read: {reason_of(error)}") from error
    for directory in directories:
        try:
            found.append((directory, manifests.read(directory)))
        except NotDone as error:
            warn(str(error))
    return sorted(found, key=lambda each: (each[1].moment, each[0].name), reverse=True)


def thin_out(folder: Path, keep: int, warn: Tell) -> list[Path]:
    """Throw the oldest backups away until `keep` are left; what was damaged is left for people to look at.

    returns  what was thrown away
    """
    gone = [directory for directory, _manifest in backups_in(folder, warn)[keep:]]
    for directory in gone:
        # Under another name first: one that is half removed must not pass for a backup.
        try:
            hidden = directory.rename(hidden_beside(directory))
            shutil.rmtree(hidden)
        except OSError as error:
            raise NotDone(f"an old backup cannot be thrown away: {reason_of(error)}") from error
    return gone
