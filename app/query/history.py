"""数据日志 The history of a record says who changed which field from what to what, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.base import model_name
from app.core.record.audit import AuditEntry
from app.core.record.fields import fields_of
from app.models.system.user import AppUser
from app.query.naming import display_text, with_display_columns

SHOWN_ENTRIES = 200
SUBJECT_OF_A_LINE = "product"  # the relation whose row a line is called by


def entries_of(session: Session, parts: Mapping[str, Any], limit: int = SHOWN_ENTRIES) -> list[sa.Row[Any]]:
    """Return the acts on a record and its lines, latest first; the caller has checked that the record is visible.

    parts  model name → keys, or a SELECT of them: {"sales_order": [7], "sales_order_line": [31, 32]}
    """
    wanted = [sa.and_(AuditEntry.model == name, AuditEntry.record_id.in_(keys)) for name, keys in parts.items()]
    query = (
        sa.select(
            AuditEntry.at, AuditEntry.role, AuditEntry.model, AuditEntry.record_id, AuditEntry.action,
            AuditEntry.from_state, AuditEntry.to_state, AuditEntry.changes, AuditEntry.note,
            AppUser.name, AppUser.has_left,
        )
        .outerjoin(AppUser, AppUser.id == AuditEntry.user_id)
        .where(sa.or_(sa.false(), *wanted))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )  # fmt: skip
    return list(session.execute(query))


def line_texts(session: Session, model: type[Any], keys: Collection[int]) -> dict[int, str]:
    """Return a mapping: key of a document's line → what the line is called.

    Lines without a name and lines that are gone are left out.
    """
    relation = fields_of(model).get(SUBJECT_OF_A_LINE)
    if not keys or relation is None or relation.target is None:
        return {}
    target = relation.target
    lines = sa.select(model.id).join(getattr(model, relation.name)).where(model.id.in_(keys))
    return {row[0]: display_text(target, row[1:]) for row in session.execute(with_display_columns(lines, target))}


def last_act(session: Session, record: Any) -> sa.Row[Any] | None:
    """Return the latest change of a record, which tells who was faster than a stale form."""
    found = entries_of(session, {model_name(record): [record.id]}, limit=1)
    return found[0] if found else None
