"""审计与回收站 The whole log and the recycle bin are read by those who may. spec.md §0."""

from __future__ import annotations

import datetime as dt
import operator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.record.audit import AuditEntry
from app.core.record.recycle import DeletedRecord
from app.models.system.user import AppUser
from app.security.accounts.sign_in import DONE, FAILED, OUT
from app.security.policy import visible


@dataclass(frozen=True)
class AuditFilter:
    """The filter of the log; None leaves a part of it open.

    before         entries older than this key
    records_only   without the comings and goings of people
    """

    user_id: int | None = None
    model: str = ""
    record_id: int | None = None
    action: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    before: int | None = None
    records_only: bool = False


COMINGS = (DONE, FAILED, OUT)


def audit_entries(session: Session, wanted: AuditFilter, actor: Actor, size: int) -> list[sa.Row[Any]]:
    """Return the acts of the log, latest first, one more than `size` when there are more."""
    entry = AuditEntry
    query = sa.select(
        entry.id, entry.at, entry.role, entry.model, entry.record_id, entry.action, entry.from_state, entry.to_state,
        entry.changes, entry.note, AppUser.name, AppUser.has_left,
    ).outerjoin(AppUser, AppUser.id == entry.user_id)  # fmt: skip
    narrowed = (
        (entry.user_id, "eq", wanted.user_id), (entry.model, "eq", wanted.model or None),
        (entry.record_id, "eq", wanted.record_id), (entry.action, "eq", wanted.action or None),
        (entry.at, "ge", wanted.since), (entry.at, "le", wanted.until), (entry.id, "lt", wanted.before),
    )  # fmt: skip
    given = [(column, sign, value) for column, sign, value in narrowed if value is not None]
    query = query.where(*(getattr(operator, sign)(column, value) for column, sign, value in given))
    if wanted.records_only:
        query = query.where(entry.action.not_in(COMINGS))
    return list(session.execute(visible(query, entry, actor).order_by(entry.id.desc()).limit(size + 1)))


def deleted_records(session: Session, actor: Actor, size: int, before: int | None = None) -> list[sa.Row[Any]]:
    """Return what was deleted and can come back, latest first, one more than `size` when there are more."""
    bin_ = DeletedRecord
    query = sa.select(
        bin_.id, bin_.model, bin_.record_id, bin_.title, bin_.deleted_at, AppUser.name, AppUser.has_left
    ).outerjoin(AppUser, AppUser.id == bin_.deleted_by_id)
    if before is not None:
        query = query.where(bin_.id < before)
    return list(session.execute(visible(query, bin_, actor).order_by(bin_.id.desc()).limit(size + 1)))
