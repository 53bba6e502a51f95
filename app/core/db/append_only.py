"""Triggers let the database itself refuse to change or delete ledger rows, on SQLite and PostgreSQL.

SQLite's batch migrations rebuild a table and lose its triggers, so migrations reinstall all of them at the end.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.appbuilder import Model

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def append_only_tables() -> list[str]:
    return sorted(
        mapper.class_.__tablename__
        for mapper in Model.registry.mappers
        if getattr(mapper.class_, "__append_only__", False)
    )


def _triggers(table: str) -> Iterable[tuple[str, str]]:
    for event in ("update", "delete"):
        yield f"{table}_no_{event}", event.upper()


def install(connection: Connection, tables: Iterable[str]) -> None:
    """Put the triggers on every listed table that exists; repeatable."""
    existing = set(sa.inspect(connection).get_table_names())
    wanted = [table for table in tables if table in existing]
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(_FUNCTION))
        for table in wanted:
            for name, event in _triggers(table):
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name} ON {table}"))
                connection.execute(
                    sa.text(
                        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                    )
                )
        return
    for table in wanted:
        for name, event in _triggers(table):
            connection.execute(
                sa.text(
                    f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'append-only table {table}'); END"
                )
            )


def remove(connection: Connection, tables: Iterable[str]) -> None:
    """Take the triggers off; only for tests that plant faults, and for dropping tables."""
    for table in tables:
        for name, _event in _triggers(table):
            suffix = f" ON {table}" if connection.dialect.name == "postgresql" else ""
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}{suffix}"))


def missing(connection: Connection) -> list[str]:
    """Return names of triggers that should be there and are not."""
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    present = set(connection.execute(sa.text(query)).scalars())
    return [name for table in append_only_tables() for name, _event in _triggers(table) if name not in present]
