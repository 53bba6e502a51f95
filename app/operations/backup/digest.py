"""Digest of what is in the database: per table, whatever the order of rows, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.core.db.plain_values import plain_text, plain_value
from app.core.db.unit_of_work import reading
from app.core.search.index import is_index_table

ROWS_AT_ONCE = 2000
_ROOM = 2**256


@dataclass(frozen=True)
class TableDigest:
    """How many rows a table has, and what they are."""

    rows: int
    digest: str


def table_names(connection: Connection) -> list[str]:
    """Every table but the search index, which is derived and kept differently by each database."""
    return sorted(name for name in sa.inspect(connection).get_table_names() if not is_index_table(name))


def digests(connection: Connection) -> dict[str, TableDigest]:
    """One digest per table. Read in the transaction of the connection: the caller sees to it that it is a snapshot.

    Columns are asked of the database, not of the models, so that an older schema can be read too.
    """
    return {name: _digest_of(connection, name) for name in table_names(connection)}


def current_digests(engine: Engine) -> dict[str, TableDigest]:
    """The same of the database as it is now, in a snapshot of its own while others go on writing."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with reading(), engine.connect().execution_options(**options) as connection:
        found = digests(connection)
        connection.rollback()
    return found


def total_of(tables: dict[str, TableDigest]) -> str:
    """One digest for all tables."""
    lines = [f"{name} {found.rows} {found.digest}" for name, found in sorted(tables.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _digest_of(connection: Connection, name: str) -> TableDigest:
    described = sorted(sa.inspect(connection).get_columns(name), key=lambda column: column["name"])
    columns: list[Any] = [sa.column(column["name"], column["type"]) for column in described]
    query = sa.select(*columns).select_from(sa.table(name)).execution_options(yield_per=ROWS_AT_ONCE)
    # Hashes are added up, so that rows may come in any order and two equal rows do not cancel out.
    rows = total = 0
    for row in connection.execute(query):
        text = plain_text([plain_value(value) for value in row])
        total = (total + int.from_bytes(hashlib.sha256(text.encode()).digest())) % _ROOM
        rows += 1
    told = json.dumps([[column["name"] for column in described], rows, f"{total:064x}"])
    return TableDigest(rows, hashlib.sha256(told.encode()).hexdigest())
