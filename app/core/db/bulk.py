"""Many new records take a handful of statements and get all that the session does for a single one.

The maker, the line of history and the search index are written as they are for a record entered by hand; the rules of
the domain have been asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.chain.rows import with_digests
from app.core.clock import utc_now
from app.core.db.base import model_name
from app.core.record.audit import AuditEntry
from app.core.search.index import index_many, search_text
from app.core.search.normal_forms import with_normal_forms


def create_many(
    session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]], by: str, actor: Actor
) -> list[int]:
    """Insert the rows, given as column values; returns their keys, in the same order.

    by  a column whose value no other row of the table has: by it the new rows are found again
    """
    if not rows:
        return []
    searched: tuple[str, ...] = getattr(model, "__searched__", ())
    whole = [with_normal_forms(model, {**row, "created_by_id": actor.user_id}) for row in rows]
    if searched:
        for row in whole:
            row["search_text"] = search_text(row.get(name) for name in searched)
    table = model.__table__
    insert_many(session, table, whole)
    # Asking for keys while inserting would cost a statement per row on SQLite.
    found = sa.select(table.c[by], table.c.id).where(table.c[by].in_([row[by] for row in whole]))
    key_of = {value: key for value, key in session.execute(found)}
    keys = [key_of[row[by]] for row in whole]
    record_many(session, model, keys, "create", actor)
    if searched:
        records = [
            SimpleNamespace(id=key, search_text=row["search_text"]) for key, row in zip(keys, whole, strict=True)
        ]
        index_many(session, model, records)
    return keys


def insert_many(session: Session, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert plain rows, all with the same columns, as fast as the database takes them."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        session.execute(sa.insert(table), list(rows))
        return
    # PostgreSQL takes a row of COPY ten times faster than one of INSERT; defaults and types are then ours to apply.
    rows = with_digests(table, rows)
    columns = [c for c in table.columns if c.key in rows[0] or c.default is not None]
    ready = [(c.key, _default_of(c), _sent_as(c, connection)) for c in columns]
    names = ", ".join(f'"{column.name}"' for column in columns)
    statement = f'COPY "{table.name}" ({names}) FROM STDIN'
    driver = connection.dialect.loaded_dbapi.Error
    try:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([sent(row[key] if key in row else default()) for key, default, sent in ready])
    except driver as error:
        # The error is raised as SQLAlchemy would raise it, so that a broken rule becomes a sentence here too.
        raise sa.exc.DBAPIError.instance(statement, None, error, driver, dialect=connection.dialect) from error


def _default_of(column: sa.Column[Any]) -> Callable[[], Any]:
    default = column.default
    if default is None:
        return lambda: None
    if default.is_callable:
        return lambda: default.arg(None)  # type: ignore[attr-defined]
    return lambda: default.arg  # type: ignore[attr-defined]


def _sent_as(column: sa.Column[Any], connection: sa.Connection) -> Callable[[Any], Any]:
    """Return the value as the database holds it: 1.50 yuan as 150, a code as its name."""
    dialect = connection.dialect
    processor = column.type.dialect_impl(dialect).bind_processor(dialect)
    return processor if processor is not None else lambda value: value


def record_many(session: Session, model: type[Any], keys: Sequence[int], action: str, actor: Actor) -> None:
    """Write one line of history for each of many records."""
    same = {
        "at": utc_now(),
        "user_id": actor.user_id,
        "role": actor.active_role,
        "model": model_name(model),
        "action": action,
        "changes": {},
    }
    insert_many(session, AuditEntry.__table__, [{**same, "record_id": key} for key in keys])
