"""Indexes and constraints make many rows slow, so they are dropped before and made again after, word for word.

Everything is read from the database's own catalogue, so there is no second list to forget. Primary keys and CHECKs
stay, and so do the append-only triggers: they watch changes and deletions, and there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

# A unique constraint that a foreign key needs cannot be dropped before it.
_CONSTRAINTS = sa.text(
    "SELECT c.conrelid::regclass::text AS place, quote_ident(c.conname) AS name, c.contype::text AS kind, "
    "pg_get_constraintdef(c.oid) AS said FROM pg_constraint c "
    "WHERE c.conrelid::regclass::text = ANY(:tables) AND (c.contype = 'f' OR c.contype = 'u' AND NOT EXISTS ("
    "SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)) ORDER BY c.oid"
)
_INDEXES = sa.text(
    "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS said FROM pg_index i "
    "WHERE i.indrelid::regclass::text = ANY(:tables) AND NOT i.indisprimary "
    "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid) ORDER BY i.indexrelid"
)
_SQLITE_INDEXES = sa.text(
    "SELECT tbl_name AS place, name, sql AS said FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
    "ORDER BY rowid"
)
MEMORY = "512MB"  # for one index at a time
TOLD = Callable[[str], None]


@dataclass(frozen=True)
class SuspendedObject:
    """An index or a constraint, with the statement that drops it and the one that makes it again as it was."""

    name: str
    off: str
    on: str


def objects_of(connection: Connection, tables: Sequence[str]) -> list[SuspendedObject]:
    """Return the unique constraints, then the indexes, then the foreign keys that need them."""
    if connection.dialect.name != "postgresql":
        found = connection.execute(_SQLITE_INDEXES).all()
        return [SuspendedObject(r.name, f'DROP INDEX "{r.name}"', r.said) for r in found if r.place in tables]
    given = {"tables": list(tables)}
    constraints = [
        (r.kind, SuspendedObject(r.name, f"ALTER TABLE {r.place} DROP CONSTRAINT {r.name}",
                      f"ALTER TABLE {r.place} ADD CONSTRAINT {r.name} {r.said}"))
        for r in connection.execute(_CONSTRAINTS, given)
    ]  # fmt: skip
    indexes = [SuspendedObject(r.name, f"DROP INDEX {r.name}", r.said) for r in connection.execute(_INDEXES, given)]
    unique = [part for kind, part in constraints if kind == "u"]
    return [*unique, *indexes, *(part for kind, part in constraints if kind == "f")]


def drop_objects(connection: Connection, parts: Sequence[SuspendedObject]) -> None:
    for part in reversed(parts):
        connection.exec_driver_sql(part.off)


def recreate_objects(
    connection: Connection, parts: Sequence[SuspendedObject], tables: Sequence[str], tell: TOLD
) -> None:
    """Make every index and constraint again; the database checks each foreign key of each row."""
    on_postgresql = connection.dialect.name == "postgresql"
    if on_postgresql:
        connection.exec_driver_sql(f"SET LOCAL maintenance_work_mem = '{MEMORY}'")
        tell("statistics")  # With statistics the planner joins well when foreign keys are checked.
        for table in tables:
            connection.exec_driver_sql(f"ANALYZE {table}")
    for number, part in enumerate(parts, 1):
        tell(f"index or constraint {number} of {len(parts)}: {part.name}")
        connection.exec_driver_sql(part.on)
    if on_postgresql:
        return
    tell("foreign keys")
    wrong = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if wrong is not None:
        raise AssertionError(f"{wrong[0]} row {wrong[1]} refers to a {wrong[2]} that is missing")


def set_sequences(connection: Connection, tables: Sequence[str]) -> None:
    """Let the next row made by a person get the next key. SQLite goes on after the highest key by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        named = f"pg_get_serial_sequence('{table}', 'id')"
        highest = f"(SELECT max(id) FROM {table})"  # noqa: S608 - our own tables
        connection.exec_driver_sql(f"SELECT setval({named}, {highest}) WHERE {highest} IS NOT NULL")
