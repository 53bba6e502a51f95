"""`crm import` imports a file from the command line, by the same batches and jobs as the page. design.md §7."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import AppError, NotAllowed, Refused, StateConflict
from app.core.files.archive import LARGEST
from app.core.jobs.jobs import Job, claim, this_runner
from app.core.jobs.runner import run_claimed
from app.core.record.audit import act_as
from app.imports.engine import batches
from app.imports.engine.importer import importer_of
from app.models.system.import_batch import BatchState, ImportBatch, ImportFault
from app.models.system.user import AppUser
from app.security.accounts.people import actor_named, actor_of

Echo = Callable[[str], Any]
ALL_IN, FILE_REFUSED, SOME_REFUSED = 0, 1, 2
PATIENCE = 45.0  # seconds; a runner that died counts as alive for less


def run_import(
    kind: str,
    file: Path,
    *,
    warehouse: str | None,
    dry_run: bool,
    all_or_nothing: bool,
    login: str | None,
    echo: Echo,
) -> int:
    """Import a workbook or CSV file; a line per fault, then the counts.

    returns  0 all in, 2 some rows refused, 1 the file refused
    """
    session = db.session()
    try:
        options = importer_of(kind).options_named(session, warehouse)
        actor = _actor(session, kind, options, login)
        content = _content(file)
        batch_id = _run(session, kind, file.name, content, options, actor, dry_run, all_or_nothing)
    except AppError as refusal:
        session.rollback()
        for reason in refusal.reasons:
            echo(f"{reason.code}\t{_one_line(reason.message)}")
        echo("imported=0 refused=0 batch=-")
        return FILE_REFUSED
    finally:
        session.info.pop("actor", None)
    return _report(session, batch_id, echo)


def _actor(session: Session, kind: str, options: dict[str, Any], login: str | None) -> Actor:
    """Return the person named, else the usual one, else the first with the right."""
    if login is not None:
        return actor_named(session, login)
    usual = importer_of(kind).usual_login
    people = sa.select(AppUser).where(~AppUser.has_left).order_by(AppUser.username != usual, AppUser.id)
    refusal: AppError | None = None
    for user in session.scalars(people):
        actor = actor_of(session, user)
        try:
            batches.require_importable(session, kind, options, actor)
        except NotAllowed as error:
            refusal = refusal or error
        else:
            return actor
    raise refusal or NotAllowed("not_allowed", _("Nobody has the right to import this."))


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as error:
        raise Refused("bad_file", f"{file.name}: {error.strerror}", field="file") from error


def _run(
    session: Session,
    kind: str,
    file_name: str,
    content: bytes,
    options: dict[str, Any],
    actor: Actor,
    dry_run: bool,
    all_or_nothing: bool,
) -> int:
    """Returns the batch, run to its end in this process."""
    runner = this_runner("command")
    batches.require_importable(session, kind, options, actor)
    session.rollback()
    upload = batches.read_upload(kind, content, file_name)
    act_as(session, actor)

    def begin() -> tuple[int, int, bool]:
        batch = None if dry_run else batches.unfinished(session, kind, content, options, actor)
        if batch is None:
            storage = current_app.extensions["storage"]
            batch = batches.receive(session, storage, upload, options, actor, check=dry_run)
            if not dry_run:
                batches.start_import(session, batch, actor, all_or_nothing=all_or_nothing)
        elif batch.state == BatchState.interrupted:
            batches.start_import(session, batch, actor)
        job_id = session.get_one(ImportBatch, batch.id).job_id or 0
        # The job is claimed in the same transaction, so that no other runner is faster.
        return batch.id, job_id, claim(session, job_id, runner)

    batch_id, job_id, is_mine = in_unit_of_work(session, begin)
    _run_to_end(session, job_id, runner, is_mine)
    return batch_id


def _run_to_end(session: Session, job_id: int, runner: str, is_mine: bool) -> None:
    """Run the job here, or wait until the one who runs it is through.

    errors  StateConflict "already_running" when somebody runs it who does not come to an end
    """
    end = time.monotonic() + PATIENCE
    while not _is_over(session, job_id):
        if is_mine or in_unit_of_work(session, lambda: claim(session, job_id, runner)):
            run_claimed(session, job_id, runner)
            is_mine = False
        elif time.monotonic() > end:
            raise StateConflict("already_running", _("The same file is being imported right now."))
        else:
            time.sleep(0.5)


def _is_over(session: Session, job_id: int) -> bool:
    session.rollback()
    over = session.get_one(Job, job_id).is_over
    session.rollback()
    return over


def _report(session: Session, batch_id: int, echo: Echo) -> int:
    """Tell the faults in the order of the sheet."""
    session.rollback()
    batch = session.get_one(ImportBatch, batch_id)
    for fault in faults_of(session, batch_id):
        echo(f"{fault.sheet_row}\t{fault.heading}\t{fault.code}\t{_one_line(fault.text)}")
    if batch.failure:
        echo(f"failure\t{_one_line(batch.failure)}")
    imported = batch.accepted if batch.state == BatchState.done else 0
    echo(f"imported={imported} refused={batch.refused} batch={batch.id}")
    if batch.state in (BatchState.failed, BatchState.interrupted):
        return FILE_REFUSED
    return SOME_REFUSED if batch.refused else ALL_IN


def faults_of(session: Session, batch_id: int) -> Iterator[ImportFault]:
    query = sa.select(ImportFault).where(ImportFault.batch_id == batch_id, ~ImportFault.is_warning)
    order = query.order_by(ImportFault.sheet_row, ImportFault.id).execution_options(yield_per=1000)
    yield from session.scalars(order)


def _one_line(text: str) -> str:
    return " ".join(text.split())
