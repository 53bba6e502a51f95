"""备好的文件 A file that takes long to make is made by a job and kept for a time for whoever asked for it.

    @file_kind("paper", paper_title)
    def paper_file(session: Session, asked: Asked, actor: Actor, told: Told) -> MadeFile: ...

What makes a file reads all it needs, ends the transaction, and only then has a child process do what takes long. It is
asked with the rights of the person, and so is whoever fetches the file later.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.errors import TooMany
from app.core.files.files import Storage
from app.core.jobs.children import Told
from app.core.jobs.jobs import Job, JobState, enqueue

FILE = "file"  # the kind of job
MOST_OPEN = 3  # files of one person that are still to be made
COMES_BACK = 20  # seconds
Asked = dict[str, Any]  # what a file is made of, as JSON keeps it


@dataclass(frozen=True)
class MadeFile:
    """A file as a browser gets it. `is_shown` in the browser; a download otherwise."""

    name: str
    content_type: str
    content: bytes
    is_shown: bool = False


Make = Callable[[Session, Asked, Actor, Told], MadeFile]
Titled = Callable[[Session, Asked, Actor], str]


@dataclass(frozen=True)
class FileKind:
    """A kind of file: how it is made, and what it is called for a person who may have it."""

    make: Make
    titled: Titled


FILE_KINDS: dict[str, FileKind] = {}


def file_kind(name: str, titled: Titled) -> Callable[[Make], Make]:
    """Register what makes files of this kind.

    titled  returns what a file is called, and refuses whoever may not have it; it is asked when the file is asked for,
            before it is made, and again when it is fetched
    errors  ValueError when there is a kind of that name already
    """
    if name in FILE_KINDS:
        raise ValueError(f"files of the kind {name} are declared twice")

    def register(make: Make) -> Make:
        FILE_KINDS[name] = FileKind(make, titled)
        return make

    return register


def ask_for(session: Session, kind: str, asked: Asked, actor: Actor) -> Job:
    """Return the job that makes a file; the one that is at it, where the person has asked for the same already.

    errors  what refuses the person; TooMany "too_many_waiting"
    """
    title = FILE_KINDS[kind].titled(session, asked, actor)
    people = next(iter(Job.__table__.c.created_by_id.foreign_keys)).column.table
    # Of one person's requests at the same moment the second one counts what the first has asked for.
    session.execute(sa.select(people.c.id).where(people.c.id == actor.user_id).with_for_update(key_share=True))
    is_open = sa.and_(Job.kind == FILE, Job.created_by_id == actor.user_id, Job.state.in_(_OPEN))
    waiting = list(session.scalars(sa.select(Job).where(is_open).order_by(Job.id)))
    for job in waiting:
        if (job.payload["kind"], job.payload["asked"]) == (kind, asked):
            return job
    if len(waiting) >= MOST_OPEN:
        text = _("You are having %(n)s files made already. Wait until one of them is there.", n=len(waiting))
        raise TooMany("too_many_waiting", text, COMES_BACK)
    payload = {
        "kind": kind, "title": title, "asked": asked, "stored": secrets.token_hex(20), "locale": str(get_locale()),
    }  # fmt: skip
    return enqueue(session, FILE, payload, actor)


def files_of(session: Session, actor: Actor, most: int) -> list[Job]:
    """Return the latest files the person has asked for, newest first."""
    own = sa.select(Job).where(Job.kind == FILE, Job.created_by_id == actor.user_id)
    return list(session.scalars(own.order_by(Job.id.desc()).limit(most)))


_OPEN = (JobState.queued, JobState.running)


def keep(storage: Storage, job_payload: Asked, made: MadeFile) -> dict[str, Any]:
    """Keep a file that was made and return what is known of it; a job that is run again writes over its own file."""
    storage.write(job_payload["stored"], made.content)
    return {
        "name": made.name, "content_type": made.content_type, "is_shown": made.is_shown, "size": len(made.content),
    }  # fmt: skip


def remove_old_files(session: Session, storage: Storage, days: int) -> int:
    """Remove files that were made so many days ago, and what is known of them; returns how many there were.

    The file goes before its job: when it breaks off between the two, the next call finds the job again.
    """
    before = utc_now() - dt.timedelta(days=days)
    over = sa.and_(Job.kind == FILE, Job.state.not_in(_OPEN), Job.finished_at < before)
    found = session.scalars(sa.select(Job).where(over).order_by(Job.id).with_for_update()).all()
    for job in found:
        storage.remove(job.payload["stored"])
        session.delete(job)
    return len(found)
