"""A job that was claimed is run here, with a heartbeat beside it, and its end is written down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask_babel import gettext as _
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core.db.unit_of_work import is_lost_race, unit_of_work
from app.core.errors import AppError, StateConflict, Unavailable
from app.core.files.written import is_no_room, no_room
from app.core.jobs.jobs import HANDLERS, MOST_ATTEMPTS, Job, JobProgress, record_heartbeat, release, settle

BEAT_EVERY = 5.0  # seconds

log = structlog.get_logger(__name__)


def run_claimed(session: Session, job_id: int, runner: str) -> None:
    """Run a job this runner has claimed; it is done, failed, or given back afterwards. Never raises for the job."""
    found = session.get_one(Job, job_id)
    kind, attempts = found.kind, found.attempts
    bind = session.get_bind()
    pulse = JobProgress(found.progress, found.total)
    session.rollback()
    if attempts > MOST_ATTEMPTS:
        _end(session, job_id, runner, failure=_("This work was cut off too often and is not tried again."))
        return
    try:
        with _heartbeat(bind.engine, job_id, runner, pulse):
            result = HANDLERS[kind](session, session.get_one(Job, job_id), pulse)
    except Exception as error:
        session.rollback()
        _fail(session, job_id, runner, error, kind)
    else:
        with unit_of_work(session):
            record_heartbeat(session, job_id, runner, pulse)
            settle(session, job_id, runner, result=result)
    finally:
        session.info.pop("actor", None)


def _fail(session: Session, job_id: int, runner: str, error: Exception, kind: str) -> None:
    if isinstance(error, StateConflict) and error.code == "taken_over":
        return
    if is_lost_race(error) or (isinstance(error, StateConflict | Unavailable) and error.code == "busy"):
        with unit_of_work(session):
            release(session, job_id, runner)
        return
    if isinstance(error, AppError):
        _end(session, job_id, runner, failure=error.message)
        return
    log.error("job_failed", job=job_id, kind=kind, exc_info=error)
    if is_no_room(error):
        _end(session, job_id, runner, failure=no_room().message)
        return
    _end(session, job_id, runner, failure=_("Something went wrong on our side. It has been written down."))


def _end(session: Session, job_id: int, runner: str, *, failure: str) -> None:
    with unit_of_work(session):
        settle(session, job_id, runner, failure=failure)


@contextmanager
def _heartbeat(engine: Engine, job_id: int, runner: str, pulse: JobProgress) -> Iterator[None]:
    """Let a thread with its own connection write down every few seconds that this runner lives, and how far it is."""
    over = threading.Event()

    def live() -> None:
        while not over.wait(BEAT_EVERY):
            try:
                with Session(engine) as session, unit_of_work(session):
                    pulse.lost = not record_heartbeat(session, job_id, runner, pulse)
            except SQLAlchemyError as error:
                # The handler's long transaction may hold SQLite's only write lock; nobody can take the job then.
                log.info("heartbeat_missed", job=job_id, reason=str(error.__cause__))

    thread = threading.Thread(target=live, name=f"heartbeat-{job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(BEAT_EVERY)
