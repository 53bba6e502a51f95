"""附件 Attachments are kept outside the web root under a made-up name and served to those who see their record."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import fsspec
import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Record, model_name
from app.core.errors import Refused
from app.core.files import child_process
from app.core.files.pictures import clean_picture
from app.core.files.written import ENDING, is_no_room, no_room, write_whole

log = structlog.get_logger(__name__)

LARGEST = 20 * 1024 * 1024
# Each ending has the bytes with which the file must begin, and the type it is served as. Nothing that a
# browser would run is on the list.
ALLOWED: dict[str, tuple[tuple[bytes, ...], str]] = {
    "pdf": ((b"%PDF-",), "application/pdf"),
    "png": ((b"\x89PNG\r\n\x1a\n",), "image/png"),
    "jpg": ((b"\xff\xd8\xff",), "image/jpeg"),
    "jpeg": ((b"\xff\xd8\xff",), "image/jpeg"),
    "gif": ((b"GIF87a", b"GIF89a"), "image/gif"),
    "webp": ((b"RIFF",), "image/webp"),
    "xlsx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xls": ((b"\xd0\xcf\x11\xe0",), "application/vnd.ms-excel"),
    "doc": ((b"\xd0\xcf\x11\xe0",), "application/msword"),
    "zip": ((b"PK\x03\x04",), "application/zip"),
    "txt": ((b"",), "text/plain; charset=utf-8"),
    "csv": ((b"",), "text/plain; charset=utf-8"),
}
# What may be looked at in the page, and as what. Nothing here can hold a script that a browser would run.
PREVIEWED = {
    "image/png": "picture", "image/jpeg": "picture", "image/gif": "picture", "image/webp": "picture",
    "application/pdf": "pdf", "text/plain; charset=utf-8": "text",
}  # fmt: skip
# Controls, halves of pairs, and marks that turn the direction of writing: a name must read as what it is.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class Attachment(Record, Model):
    """A file on a business record."""

    __tablename__ = "attachment"
    __plural__ = _l("Files")
    __table_args__ = (sa.Index("ix_attachment_record", "model", "record_id"),)

    model: Mapped[str] = mapped_column(sa.String(40))
    record_id: Mapped[int]
    filename: Mapped[str] = mapped_column(sa.String(200))
    stored_name: Mapped[str] = mapped_column(sa.String(80))
    content_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))

    created_by: Mapped[Any] = relationship("AppUser", foreign_keys="Attachment.created_by_id")


def clean_filename(name: str) -> str:
    """Return the last part of whatever was sent, printable, at most 120 characters with its ending."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    last = _CONTROL.sub("", last).strip(". ") or "file"
    stem, dot, ending = last.rpartition(".")
    return f"{stem[-100:]}.{ending[:19]}" if dot else last[-100:]


def require_allowed(name: str, content: bytes) -> str:
    """Return the type a file is served as.

    errors  Refused "bad_file" by ending, by content that is not what the ending says, or by size
    """
    ending = name.rpartition(".")[2].lower()
    if ending not in ALLOWED:
        raise Refused("bad_file", _("Files of this type are not taken: %(name)s", name=name), field="file")
    if not content:
        raise Refused("bad_file", _("The file is empty: %(name)s", name=name), field="file")
    if len(content) > LARGEST:
        raise Refused("bad_file", _("The file is larger than 20 MB: %(name)s", name=name), field="file")
    beginnings, content_type = ALLOWED[ending]
    if not content.startswith(beginnings) or (b"\x00" in content and content_type.startswith("text/")):
        raise Refused("bad_file", _("The content of %(name)s is not what its name says.", name=name), field="file")
    return content_type


@dataclass(frozen=True)
class TakenFile:
    """A file as it will be kept: its name is safe, its type is checked, and a picture is written anew."""

    filename: str
    content_type: str
    content: bytes


def received_file(name: str, content: bytes) -> TakenFile:
    """Return what is kept of a file that was sent; a picture is opened in a process of its own.

    A large picture takes seconds, so call it before the transaction, and after the rights were asked.
    errors  Refused "bad_file"; Unavailable
    """
    filename = clean_filename(name)
    content_type = require_allowed(filename, content)
    kind, _slash, form = content_type.partition("/")
    if kind == "image":
        with child_process.opened(clean_picture, content, form.upper(), filename) as answer:
            content = answer.read()
    return TakenFile(filename, content_type, content)


class Storage:
    """A folder, local or S3-like, given as an fsspec address."""

    def __init__(self, address: str) -> None:
        self.filesystem, self.root = fsspec.core.url_to_fs(address)

    def _path(self, name: str) -> str:
        return f"{self.root}/{name[:2]}/{name}"

    def write(self, name: str, content: bytes) -> None:
        """Keep a file, whole or not at all.

        errors  Unavailable "no_room" when the disk is full or read-only
        """
        self.put(self._path(name), content)

    def put(self, path: str, content: bytes) -> None:
        """Write a file at a path below the root, whole or not at all.

        errors  Unavailable "no_room"
        """
        try:
            self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            if isinstance(self.filesystem, LocalFileSystem):
                write_whole(Path(path), content)
            else:
                self.filesystem.pipe_file(path, content)  # A store of objects takes one whole or not at all.
        except OSError as error:
            if not is_no_room(error):
                raise
            log.error("storage_full", reason=str(error))
            raise no_room() from error

    def write_with(self, session: Session, name: str, content: bytes) -> None:
        """Keep a file that a row of this transaction names; it goes again when the transaction is rolled back.

        errors  Unavailable "no_room"
        """
        session.info.setdefault("written_files", []).append((self, name))
        self.write(name, content)

    def remove_unfinished(self, before: float) -> int:
        """Remove files that a process which was killed has left unfinished before this moment; return how many."""
        if not isinstance(self.filesystem, LocalFileSystem):
            return 0
        left = [path for path in Path(self.root).glob(f"*/.*{ENDING}") if path.stat().st_mtime < before]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def remove(self, name: str) -> None:
        """Take a file away; one that is gone already is no fault."""
        if self.filesystem.exists(self._path(name)):
            self.filesystem.rm_file(self._path(name))

    def open(self, name: str) -> BinaryIO:
        found: BinaryIO = self.filesystem.open(self._path(name), "rb")
        return found

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()


def attach(session: Session, storage: Storage, record: Any, taken: TakenFile) -> Attachment:
    """Keep a file on a record. The file is written before the row, so that no row points to nothing."""
    stored_name = secrets.token_hex(20)
    storage.write_with(session, stored_name, taken.content)
    attachment = Attachment(
        model=model_name(record), record_id=record.id, filename=taken.filename, stored_name=stored_name,
        content_type=taken.content_type, size=len(taken.content), sha256=hashlib.sha256(taken.content).hexdigest(),
    )  # fmt: skip
    session.add(attachment)
    session.flush()
    return attachment


def _after_commit(session: Session) -> None:
    if not session.in_nested_transaction():  # Only the whole of it decides.
        session.info.pop("written_files", None)


def _after_rollback(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for storage, name in session.info.pop("written_files", []):
        try:
            storage.remove(name)
        except OSError as error:  # A file that no row names takes room, and nothing else.
            log.warning("file_not_removed", name=name, reason=str(error))


def watch(session_factory: Any) -> None:
    """Let files go with the transaction that wrote them; asked again, it listens only once."""
    for name, listener in (("after_commit", _after_commit), ("after_rollback", _after_rollback)):
        if not event.contains(session_factory, name, listener):
            event.listen(session_factory, name, listener)
