"""People send a file, have it checked, import it, and take the import back."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.db.engine import insert_into
from app.core.errors import NotAllowed, StateConflict
from app.core.files.files import Storage, clean_filename
from app.core.jobs.jobs import Job, enqueue
from app.core.record.audit import record_act
from app.core.sheets.open_sheet import open_sheet, require_sheet
from app.core.sheets.workbook import Sheet
from app.imports.engine.importer import column_places, importer_of
from app.imports.engine.run import move_batch, update_batch
from app.models.system.import_batch import BatchState, ImportBatch, ImportFault
from app.security.policy import may_write
from app.security.settings import declare_setting, setting

declare_setting(
    "import_file_days", _l("Days a file that was imported is kept"), 90, kind="integer", lowest=1, highest=3650
)
CHECK, WRITE, REVERT = "import_check", "import_write", "import_revert"
_RUNNING = (BatchState.importing, BatchState.interrupted)


def require_importable(session: Session, kind: str, options: dict[str, Any], actor: Actor) -> None:
    """Refuse a person who may not import this kind.

    errors  NotAllowed without the right, or what the kind asks besides
    """
    importer_of(kind)(session, actor, options).require_right()


@dataclass(frozen=True)
class Upload:
    """A file that was sent; rows and the headings nobody reads are known once it has been opened."""

    kind: str
    file_name: str
    content: bytes
    rows: int = 0
    unread: list[str] = field(default_factory=list)


def read_sheet(kind: str, content: bytes, file_name: str) -> tuple[Sheet, list[int], list[str]]:
    """Return the sheet, where its columns stand, and the headings nobody reads.

    errors  Refused "bad_file"
    """
    sheet = open_sheet(content, file_name)
    return sheet, *column_places(importer_of(kind), sheet)


def unopened_upload(kind: str, content: bytes, file_name: str) -> Upload:
    """Return a file that a request has brought; the job that checks it opens it.

    errors  Refused "bad_file" when it can be seen to be none
    """
    require_sheet(content, file_name)
    return Upload(kind, clean_filename(file_name), content)


def read_upload(kind: str, content: bytes, file_name: str) -> Upload:
    """Open and read the file, which takes a second or two for a large one; so call it before the transaction.

    errors  Refused "bad_file"
    """
    sheet, _places, unread = read_sheet(kind, content, file_name)
    return Upload(kind, clean_filename(file_name), content, sheet.size, unread)


def receive(
    session: Session,
    storage: Storage,
    upload: Upload,
    options: dict[str, Any],
    actor: Actor,
    *,
    form_key: str | None = None,
    check: bool = True,
) -> ImportBatch:
    """Keep a file and have it checked, or leave it ready to be imported. The same form sent twice is one batch.

    errors  NotAllowed
    """
    require_importable(session, upload.kind, options, actor)
    key = (form_key or secrets.token_hex(16))[:64]
    values = {
        "kind": upload.kind,
        "file_name": upload.file_name,
        "stored_name": secrets.token_hex(20),
        "sha256": hashlib.sha256(upload.content).hexdigest(),
        "options": options,
        "state": BatchState.checking if check else BatchState.checked,
        "rows": upload.rows,
        "unread_headings": upload.unread,
        "locale": str(get_locale() or "zh"),
        "form_key": key,
        "created_by_id": actor.user_id,
    }
    insert = insert_into(session, ImportBatch).values(**values)
    session.execute(insert.on_conflict_do_nothing(index_elements=["created_by_id", "form_key"]))
    query = sa.select(ImportBatch).where(ImportBatch.created_by_id == actor.user_id, ImportBatch.form_key == key)
    batch = session.scalars(query).one()
    if batch.stored_name == values["stored_name"]:
        storage.write_with(session, batch.stored_name, upload.content)
        record_act(session, batch, "receive", actor)
        if check:
            enqueue_for(session, batch, CHECK, actor)
    return batch


def enqueue_for(session: Session, batch: ImportBatch, kind: str, actor: Actor) -> Job:
    job = enqueue(session, kind, {"batch": batch.id}, actor)
    update_batch(session, batch.id, job_id=job.id)
    return job


def start_import(session: Session, batch: ImportBatch, actor: Actor, *, all_or_nothing: bool = False) -> ImportBatch:
    """Have a checked batch imported, or one that broke off gone on with. Asked a second time, nothing happens again.

    errors  NotAllowed; StateConflict "wrong_state", "already_running"
    """
    require_own(session, batch, actor)
    require_importable(session, batch.kind, batch.options, actor)
    if batch.state == BatchState.interrupted:
        moved = move_batch(session, batch.id, [BatchState.interrupted], BatchState.importing, failure=None)
    else:
        _require_alone(session, batch)
        moved = move_batch(
            session, batch.id, [BatchState.checked], BatchState.importing,
            all_or_nothing=all_or_nothing, failure=None, checkpoint=0, rows_done=0, accepted=0, refused=0,
        )  # fmt: skip
        if moved:
            session.execute(sa.delete(ImportFault.__table__).where(ImportFault.batch_id == batch.id))
    if moved:
        enqueue_for(session, batch, WRITE, actor)
        record_act(session, batch, "import", actor)
    elif batch.state not in (BatchState.importing, BatchState.done):
        raise StateConflict("wrong_state", _("This file cannot be imported now. Please look at its page again."))
    return batch


def _require_alone(session: Session, batch: ImportBatch) -> None:
    """Refuse to import the same file twice at the same time."""
    same = sa.select(ImportBatch.id).where(
        ImportBatch.sha256 == batch.sha256,
        ImportBatch.kind == batch.kind,
        ImportBatch.state == BatchState.importing,
        ImportBatch.id != batch.id,
    )
    if session.execute(same).first():
        raise StateConflict("already_running", _("The same file is being imported right now."))


def start_revert(session: Session, batch: ImportBatch, actor: Actor) -> ImportBatch:
    """Have the records of a batch taken back, if nobody touched them.

    errors  NotAllowed; StateConflict "wrong_state" when nothing was imported
    """
    require_own(session, batch, actor)
    if not actor.may("import", importer_of(batch.kind).model):
        raise NotAllowed("not_allowed", _("You do not have the right to import this."))
    before = [BatchState.done, BatchState.interrupted]
    if move_batch(session, batch.id, before, BatchState.reverting, failure=None):
        enqueue_for(session, batch, REVERT, actor)
    elif batch.state not in (BatchState.reverting, BatchState.reverted):
        raise StateConflict("wrong_state", _("Nothing of this file was imported, so there is nothing to take back."))
    return batch


def remove_old_files(session: Session, storage: Storage) -> int:
    """Remove files of imports that have been over for as many days as the setting says, or checked and never imported.

    What became of each row, the faults, and what taking back needs, stay. The file goes before its name: when it breaks
    off between the two, the next call finds the name again.
    returns  how many files are gone
    """
    over = (BatchState.done, BatchState.reverted, BatchState.failed, BatchState.checked)
    query = sa.select(ImportBatch.id, ImportBatch.stored_name, ImportBatch.state).where(
        ImportBatch.stored_name != "",
        ImportBatch.state.in_(over),
        ImportBatch.finished_at < utc_now() - dt.timedelta(days=setting(session, "import_file_days")),
    )
    found = session.execute(query.order_by(ImportBatch.id).with_for_update()).all()
    for key, name, state in found:
        storage.remove(name)
        update_batch(session, key, stored_name="")
        if state == BatchState.checked:
            text = _(
                "The file was checked and not imported for a long time. It has been removed; please send it again."
            )
            update_batch(session, key, state=BatchState.failed, failure=text)
    return len(found)


def require_own(session: Session, batch: ImportBatch, actor: Actor) -> None:
    """Refuse a batch that somebody else sent.

    errors  NotAllowed
    """
    if not may_write(session, batch, actor):
        raise NotAllowed("not_allowed", _("Only the person who sent this file may do this."))


def unfinished(
    session: Session, kind: str, content: bytes, options: dict[str, Any], actor: Actor
) -> ImportBatch | None:
    """Return an import of the same file by the same person that was cut off."""
    query = sa.select(ImportBatch).where(
        ImportBatch.kind == kind,
        ImportBatch.sha256 == hashlib.sha256(content).hexdigest(),
        ImportBatch.created_by_id == actor.user_id,
        ImportBatch.state.in_(_RUNNING),
    )
    for batch in session.scalars(query.order_by(ImportBatch.id.desc())):
        if batch.options == options:
            return batch
    return None


def finish_failed(session: Session, batch_id: int, state: BatchState, failure: str) -> None:
    update_batch(session, batch_id, state=state, failure=failure, finished_at=utc_now())
