"""撤销本批 An import is taken back: its records go, if nobody has touched one of them. quality.md B8."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import Model
from app.core.db.base import models_by_name
from app.core.db.bulk import record_many
from app.core.errors import AppError, Refused
from app.core.files.files import Attachment
from app.core.jobs.jobs import JobProgress
from app.core.record.audit import AuditEntry, record_act
from app.core.search.index import forget_many
from app.imports.engine.run import CHUNK, chunks
from app.models.system.import_batch import ImportBatch, ImportBatchRow

Touched = tuple[str, int]  # model and key of a record

# Tables that follow a record wherever it goes and keep nobody from deleting it.
_FOLLOWERS = {ImportBatchRow.__tablename__, AuditEntry.__tablename__}


def revert(session: Session, batch: ImportBatch, kept_in_use: frozenset[str], pulse: JobProgress, actor: Actor) -> int:
    """Delete every record of the batch, the last one first; returns how many.

    kept_in_use  models whose rows stay when somebody uses them by now
    errors       Refused "touched" naming the first record that was changed or is referred to; nothing is deleted then
    """
    made = _made_by(session, batch)
    pulse.at(0, 2 * len(made))
    used = _touched(session, batch, made, kept_in_use, pulse)
    gone = 0
    for part in chunks(iter(reversed(made)), CHUNK):
        for model_name, rows in groupby(part, key=lambda row: row.model):
            keys = [row.record_id for row in rows if (model_name, row.record_id) not in used]
            if keys:
                _delete(session, models_by_name()[model_name], keys, actor)
            gone += len(keys)
        pulse.at(pulse.progress + len(part))
    record_act(session, batch, "revert", actor, note=str(gone))
    session.flush()
    session.expire_all()
    return gone


def _made_by(session: Session, batch: ImportBatch) -> Sequence[Any]:
    row = ImportBatchRow
    query = sa.select(row.id, row.sheet_row, row.model, row.record_id, row.record_version)
    return session.execute(query.where(row.batch_id == batch.id).order_by(row.id)).all()


def _touched(
    session: Session, batch: ImportBatch, made: Sequence[Any], kept: frozenset[str], pulse: JobProgress
) -> set[Touched]:
    """Return the records that stay because they are in use; refuse when one that may not stay was touched."""
    used: set[Touched] = set()
    for part in chunks(iter(made), CHUNK):
        touched: dict[Touched, AppError] = {}
        for model_name, rows in groupby(sorted(part, key=lambda row: row.model), key=lambda row: row.model):
            model = models_by_name()[model_name]
            versions = {row.record_id: row.record_version for row in rows}
            found = _touched_of(session, batch, model, versions)
            touched |= {(model_name, key): error for key, error in found.items()}
        for row in part:
            error = touched.get((row.model, row.record_id))
            if error is not None and row.model not in kept:
                raise error
        used |= touched.keys()
        pulse.at(pulse.progress + len(part))
    return used | _held_by(session, used, kept)


def _held_by(session: Session, used: set[Touched], kept: frozenset[str]) -> set[Touched]:
    """Return the records that stay because rows that stay refer to them: the branches above a brand in use."""
    found: set[Touched] = set()
    frontier = used
    while frontier:
        above: set[Touched] = set()
        for model_name, rows in groupby(sorted(frontier), key=lambda row: row[0]):
            table = models_by_name()[model_name].__table__
            keys = [key for _model, key in rows]
            for column in table.columns:
                for target in (key.column.table.name for key in column.foreign_keys if key.column.table.name in kept):
                    query = sa.select(column).where(table.c.id.in_(keys), column.is_not(None))
                    above |= {(target, key) for key in session.execute(query).scalars()}
        frontier = above - used - found
        found |= frontier
    return found


def _touched_of(
    session: Session, batch: ImportBatch, model: type[Any], versions: dict[int, int]
) -> dict[int, AppError]:
    """Return those of these records that were changed, deleted, or are referred to from outside the batch."""
    keys = list(versions)
    # The rows are locked, so that nobody changes one between this check and the deletion.
    query = sa.select(model).where(model.id.in_(keys)).with_for_update().execution_options(populate_existing=True)
    present = {row.id: row for row in session.scalars(query)}
    found: dict[int, AppError] = {}
    for key, version in versions.items():
        if key not in present:
            found[key] = Refused(
                "touched", _("A record of this import was deleted already, so it cannot be taken back.")
            )
        elif getattr(present[key], "version", version) != version:  # lines have none: their document's counts
            found[key] = _touched_error(present[key])
    for key in _referred_to(session, batch, model, keys):
        found.setdefault(key, _touched_error(present[key]))
    return found


def _touched_error(row: Any) -> AppError:
    text = _("“%(name)s” was changed or is in use since the import, so the import cannot be taken back.", name=str(row))
    return Refused("touched", text, model=type(row).__tablename__, id=row.id)


def _referred_to(session: Session, batch: ImportBatch, model: type[Any], keys: list[int]) -> Iterator[int]:
    for column in _referring_columns(model):
        query = sa.select(column).where(column.in_(keys), ~_is_of_batch(batch, column.table)).distinct()
        yield from session.execute(query).scalars()
    files = sa.select(Attachment.record_id).where(
        Attachment.model == model.__tablename__, Attachment.record_id.in_(keys)
    )
    yield from session.execute(files.distinct()).scalars()


def _referring_columns(model: type[Any]) -> Iterable[sa.Column[Any]]:
    """Yield every foreign key of any table that leads to this model."""
    for table in Model.metadata.sorted_tables:
        if table.name in _FOLLOWERS:
            continue
        for column in table.columns:
            if any(key.column.table is model.__table__ for key in column.foreign_keys):
                yield column


def _is_of_batch(batch: ImportBatch, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return whether the referring row was made by the same batch."""
    if "id" not in table.c:
        return sa.false()
    own = sa.select(ImportBatchRow.record_id).where(
        ImportBatchRow.batch_id == batch.id, ImportBatchRow.model == getattr(table, "name", "")
    )
    return table.c.id.in_(own)


def _delete(session: Session, model: type[Any], keys: list[int], actor: Actor) -> None:
    forget_many(session, model, keys)
    session.execute(sa.delete(model.__table__).where(model.__table__.c.id.in_(keys)))
    record_many(session, model, keys, "delete", actor)
