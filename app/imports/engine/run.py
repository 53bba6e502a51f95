"""An import runs in chunks of rows; each chunk is one transaction with a checkpoint behind it. quality.md B8.

Checking and importing walk the same way; importing writes besides. A run that was cut off goes on behind its
checkpoint. What must come in as a whole, or not at all, is one transaction from the first row to the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.db.bulk import insert_many
from app.core.db.engine import changed_rows
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import AppError, Refused, StateConflict
from app.core.jobs.jobs import JobProgress
from app.core.sheets.columns import Draft, Fault
from app.core.sheets.workbook import Sheet, SheetRow
from app.imports.engine.importer import Importer, Made
from app.models.system.import_batch import BatchState, ImportBatch, ImportBatchRow, ImportFault

CHUNK = 500
HEAVIEST_CHUNK = 4_000_000  # characters; rows may have a megabyte each, and a chunk is in memory as a whole
TRIES = 3  # tries of a chunk, when somebody else enters the same name or number meanwhile

Item = TypeVar("Item")


@dataclass
class Counts:
    """The number of rows settled so far, and up to which sheet row."""

    checkpoint: int = 0
    rows_done: int = 0
    accepted: int = 0
    refused: int = 0


@dataclass
class ImportRun:
    """A run reads a sheet once on behalf of a batch.

    importer  makes a fresh importer; called again when a transaction has to start over
    """

    session: Session
    batch_id: int
    sheet: Sheet
    places: Sequence[int]
    importer: Callable[[], Importer]
    actor: Actor
    pulse: JobProgress

    def check(self) -> Counts:
        """Look at every row, write none. The batch then holds the faults and how many rows could come in."""
        importer = self._prepared()
        in_unit_of_work(self.session, self._start_anew)
        for rows in self._chunks(importer):
            self._step(importer, rows, write=False)
        return self._counts()

    def write_valid_rows(self) -> Counts:
        """Import what has no fault, chunk by chunk; goes on behind the checkpoint of an earlier run."""
        importer = self._prepared()
        for rows in self._chunks(importer, after=self._counts().checkpoint):
            self._step(importer, rows, write=True)
        return self._counts()

    def write_whole(self, *, all_or_nothing: bool) -> Counts:
        """Import in one transaction, the end of the batch included.

        errors  Refused "rows_refused" when a row has a fault and it is all or nothing: nothing is written then
        """

        def whole() -> None:
            importer = self._prepared()
            self._start_anew()
            for rows in self._chunks(importer):
                importer.settled(self._advance(importer, rows, write=True), written=True)
            if all_or_nothing and self._counts().refused:
                raise rows_refused()
            self._note_made(importer.finish())
            finish_batch(self.session, self.batch_id, BatchState.done)

        in_unit_of_work(self.session, whole)
        return self._counts()

    def _chunks(self, importer: Importer, *, after: int = 0) -> Iterator[list[SheetRow]]:
        """Return the rows behind this one in chunks; rows that belong together stay together."""
        rows = self.sheet.rows(after=0 if importer.joins_rows else after)
        return row_chunks(rows, CHUNK, lambda row: importer.begins(row, self.places), after)

    # One step

    def _step(self, importer: Importer, rows: list[SheetRow], *, write: bool) -> None:
        """Settle some rows in a transaction of their own."""
        tries = 0

        def work() -> list[Draft]:
            nonlocal tries
            tries += 1
            if tries > 1:
                importer.prepare()
            return self._advance(importer, rows, write=write)

        while True:
            try:
                importer.settled(in_unit_of_work(self.session, work), written=write)
                return
            except Refused:
                # Somebody else was faster with one of the rows; checked again, that row has a fault.
                if tries >= TRIES:
                    raise

    def _advance(self, importer: Importer, rows: list[SheetRow], *, write: bool) -> list[Draft]:
        """Returns the rows without fault."""
        counts = self._locked_counts()
        if self.pulse.lost or counts.checkpoint >= rows[0].number:
            raise taken_over()
        drafts = importer.drafts(rows, self.places)
        importer.check(drafts)
        good = [draft for draft in drafts if not draft.faults]
        self._note_faults(drafts)
        if write and good:
            self._note_made(importer.write(good))
        self._update(
            checkpoint=rows[-1].number,
            rows_done=counts.rows_done + len(rows),
            accepted=counts.accepted + len(good),
            refused=counts.refused + len(rows) - len(good),
        )
        self.pulse.at(counts.rows_done + len(rows), self.sheet.size)
        return good

    def _prepared(self) -> Importer:
        importer = self.importer()
        importer.prepare()
        return importer

    # What the batch knows

    def _start_anew(self) -> None:
        """Forget what an earlier check found.

        errors  StateConflict "taken_over" when another runner has finished meanwhile
        """
        state = sa.select(ImportBatch.state).where(ImportBatch.id == self.batch_id).with_for_update()
        if self.session.execute(state).scalar_one() not in (BatchState.checking, BatchState.importing):
            raise taken_over()
        self.session.execute(sa.delete(ImportFault.__table__).where(ImportFault.batch_id == self.batch_id))
        self._update(checkpoint=0, rows_done=0, accepted=0, refused=0, rows=self.sheet.size, failure=None)

    def _counts(self) -> Counts:
        return Counts(*self.session.execute(self._counted()).one())

    def _locked_counts(self) -> Counts:
        """Return the counts of the batch, locked: a second runner waits here and finds the checkpoint moved."""
        return Counts(*self.session.execute(self._counted().with_for_update()).one())

    def _counted(self) -> Any:
        batch = ImportBatch
        columns = (batch.checkpoint, batch.rows_done, batch.accepted, batch.refused)
        return sa.select(*columns).where(batch.id == self.batch_id)

    def _update(self, **values: Any) -> None:
        update_batch(self.session, self.batch_id, **values)

    def _note_faults(self, drafts: list[Draft]) -> None:
        found = [_fault_row(self.batch_id, fault, False) for draft in drafts for fault in draft.faults]
        found += [_fault_row(self.batch_id, doubt, True) for draft in drafts for doubt in draft.warnings]
        if found:
            insert_many(self.session, ImportFault.__table__, found)

    def _note_made(self, made: list[Made]) -> None:
        if made:
            rows = [
                {
                    "batch_id": self.batch_id,
                    "sheet_row": m.row,
                    "model": m.model,
                    "record_id": m.record_id,
                    "record_version": m.version,
                }
                for m in made
            ]
            insert_many(self.session, ImportBatchRow.__table__, rows)


def _fault_row(batch_id: int, fault: Fault, is_warning: bool) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "sheet_row": fault.row,
        "heading": fault.heading,
        "code": fault.code,
        "text": fault.text,
        "is_warning": is_warning,
    }


def update_batch(session: Session, batch_id: int, **values: Any) -> None:
    """Write figures on a batch; they are no history worth a line in the log."""
    session.execute(sa.update(ImportBatch.__table__).where(ImportBatch.id == batch_id).values(**values))
    for row in session.identity_map.values():
        if isinstance(row, ImportBatch):
            session.expire(row)


def move_batch(session: Session, batch_id: int, before: Sequence[BatchState], after: BatchState, **values: Any) -> bool:
    """Take a batch from one state to the next; False when it is not there (any more)."""
    moved = session.execute(
        sa.update(ImportBatch.__table__)
        .where(ImportBatch.id == batch_id, ImportBatch.state.in_(before))
        .values(state=after, **values)
    )
    session.expire_all()
    return changed_rows(moved) > 0


def finish_batch(session: Session, batch_id: int, state: BatchState, failure: str | None = None) -> None:
    update_batch(session, batch_id, state=state, failure=failure, finished_at=utc_now())


def rows_refused() -> AppError:
    return Refused("rows_refused", _("Some rows have faults, and this import is all or nothing: nothing was imported."))


def taken_over() -> AppError:
    return StateConflict("taken_over", _("Somebody else is running this import."))


def chunks(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while part := list(islice(items, size)):
        yield part


def row_chunks(
    rows: Iterator[SheetRow], size: int, begins: Callable[[SheetRow], bool] = lambda row: True, after: int = 0
) -> Iterator[list[SheetRow]]:
    """Yield chunks of at most so many rows, fewer where they are large, more where none begins anything new.

    begins  whether something new begins with a row; asked about each, in their order
    after   number of the row behind which the first chunk begins
    """
    part: list[SheetRow] = []
    weight = 0
    for row in rows:
        is_new = begins(row)
        if row.number <= after:
            continue
        if is_new and (len(part) >= size or weight > HEAVIEST_CHUNK):
            yield part
            part, weight = [], 0
        part.append(row)
        weight += sum(len(value) for value in row.values if isinstance(value, str))
    if part:
        yield part
