"""Many new records in a handful of statements, with all that the session does for a single one.

The maker, the line of history and the search index are written as they are for a record entered by hand; the rules of
the domain have been asked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.audit import AuditEntry
from app.core.base import model_name
from app.core.search import index_many, search_text
from app.core.types import utc_now


def create_many(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]], actor: Actor) -> list[int]:
    """Insert the rows; `rows` hold column values. Returns their keys, in the same order."""
    if not rows:
        return []
    searched: tuple[str, ...] = getattr(model, "__searched__", ())
    whole = [{**row, "created_by_id": actor.user_id} for row in rows]
    if searched:
        for row in whole:
            row["search_text"] = search_text(row.get(name) for name in searched)
    table = model.__table__
    insert = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    keys = list(session.execute(insert, whole).scalars())
    record_many(session, model, keys, "create", actor)
    if searched:
        records = [SimpleNamespace(id=key, search_text=row["search_text"]) for key, row in zip(keys, whole, strict=True)]
        index_many(session, model, records)
    return keys


def record_many(session: Session, model: type[Any], keys: Sequence[int], action: str, actor: Actor) -> None:
    """One line of history for each of many records."""
    same = {
        "at": utc_now(),
        "user_id": actor.user_id,
        "role": actor.active_role,
        "model": model_name(model),
        "action": action,
        "changes": {},
    }
    session.execute(sa.insert(AuditEntry.__table__), [{**same, "record_id": key} for key in keys])
