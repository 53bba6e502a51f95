"""导入批次 Import batches as their pages show them: who sent what, what became of it, and every fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.jobs.jobs import Job
from app.models.system.import_batch import BatchState, ImportBatch, ImportBatchRow, ImportFault
from app.security.policy import require_visible, visible

SHOWN_BATCHES = 50
SHOWN_FAULTS = 100


@dataclass(frozen=True)
class FaultCounts:
    """Rows by code; a row with two faults counts under both.

    duplicates, blocked  rows refused because they exist already, and for any other reason
    """

    by_code: list[tuple[str, int]]
    warnings: list[tuple[str, int]]
    duplicates: int
    blocked: int


def batches(session: Session, actor: Actor) -> list[ImportBatch]:
    """The latest imports this person may look at, newest first."""
    query = visible(sa.select(ImportBatch), ImportBatch, actor).options(joinedload(ImportBatch.created_by))
    return list(session.scalars(query.order_by(ImportBatch.id.desc()).limit(SHOWN_BATCHES)))


def batch(session: Session, batch_id: int, actor: Actor) -> ImportBatch:
    """errors  NotFound"""
    found: ImportBatch = require_visible(
        session, ImportBatch, batch_id, actor, options=(joinedload(ImportBatch.created_by),)
    )
    return found


def fault_counts(session: Session, found: ImportBatch) -> FaultCounts:
    fault = ImportFault
    query = (
        sa.select(fault.is_warning, fault.code, sa.func.count(sa.distinct(fault.sheet_row)))
        .where(fault.batch_id == found.id)
        .group_by(fault.is_warning, fault.code)
        .order_by(fault.code)
    )
    rows = session.execute(query).all()
    repeated = sa.select(sa.func.count(sa.distinct(fault.sheet_row))).where(
        fault.batch_id == found.id, ~fault.is_warning, fault.code.like("duplicate%")
    )
    duplicates = session.execute(repeated).scalar_one()
    return FaultCounts(
        [(code, count) for is_warning, code, count in rows if not is_warning],
        [(code, count) for is_warning, code, count in rows if is_warning],
        duplicates,
        found.refused - duplicates,
    )


def faults(
    session: Session, found: ImportBatch, *, code: str = "", warnings: bool = False, after: tuple[int, int] = (0, 0)
) -> list[ImportFault]:
    """One page of faults in the order of the sheet, and one more if there are more. after  (sheet row, id)"""
    fault = ImportFault
    query = sa.select(fault).where(fault.batch_id == found.id, fault.is_warning == warnings)
    if code:
        query = query.where(fault.code == code)
    query = query.where(sa.tuple_(fault.sheet_row, fault.id) > sa.tuple_(*after))
    return list(session.scalars(query.order_by(fault.sheet_row, fault.id).limit(SHOWN_FAULTS + 1)))


def every_fault(session: Session, batch_id: int) -> Iterator[tuple[int, str]]:
    """(sheet row, text with its heading) of all that was refused, in the order of the sheet."""
    fault = ImportFault
    query = sa.select(fault.sheet_row, fault.heading, fault.text).where(fault.batch_id == batch_id, ~fault.is_warning)
    order = query.order_by(fault.sheet_row, fault.id).execution_options(yield_per=1000)
    for row, heading, text in session.execute(order):
        yield row, f"{heading}: {text}"


def made(session: Session, found: ImportBatch) -> list[tuple[str, int]]:
    """(model, how many) of the records the batch made."""
    row = ImportBatchRow
    query = sa.select(row.model, sa.func.count()).where(row.batch_id == found.id).group_by(row.model)
    return [(model, count) for model, count in session.execute(query.order_by(row.model))]


def progress(session: Session, found: ImportBatch) -> dict[str, Any]:
    """How far the work on a batch is: rows done of all, and whether it still goes on."""
    job = session.get(Job, found.job_id) if found.job_id else None
    done, total = found.rows_done, found.rows
    if job is not None and (found.state == BatchState.reverting or found.all_or_nothing):
        done, total = max(job.progress, 0 if found.state == BatchState.reverting else done), job.total or total
    return {"state": found.state.value, "busy": found.is_busy, "done": min(done, total), "total": total}


def earlier(session: Session, found: ImportBatch, actor: Actor) -> list[ImportBatch]:
    """Imports of the very same content that stand."""
    query = sa.select(ImportBatch).where(
        ImportBatch.sha256 == found.sha256,
        ImportBatch.kind == found.kind,
        ImportBatch.state == BatchState.done,
        ImportBatch.id != found.id,
    )
    return list(session.scalars(visible(query, ImportBatch, actor).order_by(ImportBatch.id.desc()).limit(3)))
