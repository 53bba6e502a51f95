"""Three kinds of jobs work on a batch: check, import, take back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.unit_of_work import in_unit_of_work, is_lost_race
from app.core.errors import AppError, Refused, StateConflict
from app.core.files.files import Storage
from app.core.files.written import is_no_room, no_room
from app.core.jobs.jobs import Job, JobProgress, job
from app.core.record.audit import act_as
from app.imports.engine.batches import CHECK, REVERT, WRITE, finish_failed, read_sheet
from app.imports.engine.importer import Importer, importer_of
from app.imports.engine.run import Counts, ImportRun, finish_batch, rows_refused, update_batch
from app.models.system.import_batch import BatchState, ImportBatch
from app.models.system.user import AppUser
from app.security.accounts.people import actor_of


@contextmanager
def _batch_of(session: Session, found: Job, broken: BatchState) -> Any:
    """Return the batch and the person of a job; what goes wrong stands on the batch afterwards.

    broken  the state a batch is left in when its work was refused
    """
    batch = session.get_one(ImportBatch, found.payload["batch"])
    user = session.get_one(AppUser, found.created_by_id)
    actor = actor_of(session, user, found.role)
    batch_id, locale = batch.id, batch.locale
    act_as(session, actor)
    with force_locale(locale):
        try:
            yield batch, actor
        except StateConflict:
            raise  # Another runner works on it, or will.
        except AppError as refusal:
            if refusal.code == "busy":
                raise  # The job is given back, and its file is opened later.
            text = refusal.message
            in_unit_of_work(session, lambda: finish_failed(session, batch_id, broken, text))
            raise
        except Exception as error:
            session.rollback()
            if not is_lost_race(error):
                text = _("Something went wrong on our side. It has been written down.")
                text = no_room().message if is_no_room(error) else text
                in_unit_of_work(session, lambda: finish_failed(session, batch_id, broken, text))
            raise


def _run_of(session: Session, batch: ImportBatch, actor: Actor, pulse: JobProgress, *, warn: bool = False) -> ImportRun:
    """Return the run of a batch, once its file has been opened."""
    storage: Storage = current_app.extensions["storage"]
    kind, options, batch_id = batch.kind, dict(batch.options), batch.id
    content = storage.read(batch.stored_name)
    file_name = batch.file_name
    session.rollback()  # A large file takes its time, and nobody shall wait for this transaction meanwhile.
    sheet, places, unread = read_sheet(kind, content, file_name)
    in_unit_of_work(session, lambda: update_batch(session, batch_id, rows=sheet.size, unread_headings=unread))
    make: Callable[[], Importer] = lambda: importer_of(kind)(session, actor, options, warn=warn)  # noqa: E731
    make().require_right()
    session.rollback()
    return ImportRun(session, batch_id, sheet, places, make, actor, pulse)


@job(CHECK)
def check_batch(session: Session, found: Job, pulse: JobProgress) -> dict[str, Any]:
    """Check a batch: find every fault of every row and write nothing."""
    with _batch_of(session, found, BatchState.failed) as (batch, actor):
        if batch.state != BatchState.checking:
            return {}
        run = _run_of(session, batch, actor, pulse, warn=True)
        counts = run.check()
        in_unit_of_work(session, lambda: finish_batch(session, run.batch_id, BatchState.checked))
        return _told(counts)


@job(WRITE)
def write_batch(session: Session, found: Job, pulse: JobProgress) -> dict[str, Any]:
    """Import what has no fault, or all, or nothing; called again after a crash it goes on."""
    with _batch_of(session, found, BatchState.interrupted) as (batch, actor):
        if batch.state != BatchState.importing:
            return {}
        all_or_nothing = batch.all_or_nothing
        run = _run_of(session, batch, actor, pulse)
        if all_or_nothing:
            return _told(_write_all(session, run))
        if importer_of(batch.kind).in_one_piece:
            return _told(run.write_whole(all_or_nothing=False))
        counts = run.write_valid_rows()
        in_unit_of_work(session, lambda: finish_batch(session, run.batch_id, BatchState.done))
        return _told(counts)


def _write_all(session: Session, run: ImportRun) -> Counts:
    """Write all rows or none; they are checked first, so that every fault is found."""
    counts = run.check()
    if not counts.refused:
        try:
            return run.write_whole(all_or_nothing=True)
        except Refused:
            counts = run.check()  # A row was entered elsewhere meanwhile.
    text = rows_refused().message
    in_unit_of_work(session, lambda: finish_batch(session, run.batch_id, BatchState.checked, text))
    return counts


@job(REVERT)
def revert_batch(session: Session, found: Job, pulse: JobProgress) -> dict[str, Any]:
    """Take an import back, whole or not at all."""
    with _batch_of(session, found, BatchState.done) as (batch, actor):
        if batch.state != BatchState.reverting:
            return {}
        batch_id = batch.id

        def work() -> int:
            fresh = session.get_one(ImportBatch, batch_id)
            importer = importer_of(fresh.kind)(session, actor, fresh.options)
            gone = importer.take_back(fresh, pulse)
            finish_batch(session, batch_id, BatchState.reverted)
            return gone

        return {"gone": in_unit_of_work(session, work)}


def _told(counts: Counts) -> dict[str, Any]:
    return {"accepted": counts.accepted, "refused": counts.refused}
