"""Triggers let the database itself refuse to change or delete ledger rows, on SQLite and PostgreSQL.

SQLite's batch migrations rebuild a table and lose its triggers, so migrations reinstall all of them at the end. Who
owns the database can take a trigger away, or put an empty one of its name in its place: `crm verify` compares what the
triggers do, and the chain of `core/chain` shows what was changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.appbuilder import Model

# Tables that are no mapped class and are only ever added to as well.
BARE_TABLES: set[str] = set()

_BODY = """
BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END """
_FUNCTION = f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"
# What a trigger is made of in the catalogue of PostgreSQL. `tgtype` is the sum of its moments: 2 before, 1 each row,
# 16 update, 8 delete, 32 truncate.
_CATALOGUE = sa.text(
    "SELECT t.tgname AS name, c.relname AS place, t.tgtype AS moments, t.tgenabled::text AS enabled, "
    "t.tgqual IS NULL AND t.tgattr::text = '' AS always, p.proname AS calls, p.prosrc AS body, l.lanname AS language, "
    "p.proconfig IS NULL AS plainly FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
)
_MOMENTS = {"UPDATE": 2 + 1 + 16, "DELETE": 2 + 1 + 8, "TRUNCATE": 2 + 32}


def append_only_tables() -> list[str]:
    mapped = {
        mapper.class_.__tablename__
        for mapper in Model.registry.mappers
        if getattr(mapper.class_, "__append_only__", False)
    }
    return sorted(mapped | BARE_TABLES)


def _triggers(table: str, dialect: str) -> Iterable[tuple[str, str]]:
    for event in ("update", "delete", "truncate") if dialect == "postgresql" else ("update", "delete"):
        yield f"{table}_no_{event}", event.upper()


def _definition(name: str, event: str, table: str, dialect: str) -> str:
    if dialect == "postgresql":
        each = "STATEMENT" if event == "TRUNCATE" else "ROW"
        return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()"
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only table {table}'); END"
    )


def install(connection: Connection, tables: Iterable[str]) -> None:
    """Put the triggers on every listed table that exists, in place of any of their names; repeatable."""
    dialect = connection.dialect.name
    existing = set(sa.inspect(connection).get_table_names())
    wanted = [table for table in tables if table in existing]
    if dialect == "postgresql":
        connection.execute(sa.text(_FUNCTION))
    remove(connection, wanted)
    for table in wanted:
        for name, event in _triggers(table, dialect):
            connection.execute(sa.text(_definition(name, event, table, dialect)))


def remove(connection: Connection, tables: Iterable[str]) -> None:
    """Take the triggers off."""
    dialect = connection.dialect.name
    for table in tables:
        for name, _event in _triggers(table, dialect):
            suffix = f" ON {table}" if dialect == "postgresql" else ""
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}{suffix}"))


def faults(connection: Connection) -> Iterator[str]:
    """Yield a line per trigger that is missing, or does not do what it should."""
    dialect = connection.dialect.name
    present = _present_on_postgresql(connection) if dialect == "postgresql" else _present_on_sqlite(connection)
    for table in append_only_tables():
        for name, event in _triggers(table, dialect):
            wanted: Any = _definition(name, event, table, dialect)
            if dialect == "postgresql":
                wanted = (table, _MOMENTS[event], "O", True, "refuse_change", _BODY.strip(), "plpgsql", True)
            if name not in present:
                yield f"trigger {name} is missing"
            elif present[name] != wanted:
                yield f"trigger {name} is not what it was: it may let rows be changed"


def _present_on_sqlite(connection: Connection) -> dict[str, Any]:
    found = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {name: made.replace('"', "") for name, made in found}


def _present_on_postgresql(connection: Connection) -> dict[str, Any]:
    found = {}
    for row in connection.execute(_CATALOGUE):
        name, place, moments, enabled, always, calls, body, language, plainly = row
        found[name] = (place, moments, enabled, always, calls, body.strip(), language, plainly)
    return found
