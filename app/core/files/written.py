"""Files are written here and nowhere else: whole or not at all, and on the disk before anybody refers to them.

A file is written under another name, synchronised, and only then gets its own. What fails on the way is cleaned up, so
that a full disk leaves nothing behind; `no_room` is how people are told.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from app.core.errors import Unavailable

ENDING = ".part"  # of a file that is not whole yet; its name begins with a dot besides
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


@contextmanager
def written_whole(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Yield a file to write to. It has its name when the block has ended well, and is gone when it has not.

    mode    who may read and write it, less what the process keeps from everybody
    errors  OSError; `is_no_room` says whether the disk takes nothing more
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}{ENDING}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _synchronise(path.parent)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file whole or not at all.

    errors  OSError
    """
    with written_whole(path, mode) as file:
        file.write(content)


def _synchronise(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def is_no_room(error: BaseException | None) -> bool:
    """Return whether a file could not be written because the disk is full, read-only, or the quota is used up."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def no_room() -> Unavailable:
    """Return how people are told that files cannot be kept just now."""
    return Unavailable(
        "no_room",
        _(
            "The server has no room for files just now. Nothing was saved. Please tell the administrator, then try "
            "again."
        ),
    )
