"""Rows are read from the database as it holds them, and each is told as one text that is hashed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.chain.runs import Run
from app.core.db.plain_values import plain_text, plain_value

MARK = 4  # bytes of a row's hash that a seal keeps of each row, by which an altered row is named
_RUNS_AT_ONCE = 100
_ROWS_AT_ONCE = 2000


def columns_of(connection: Connection, table: str) -> dict[str, sa.types.TypeEngine[Any]]:
    """Return the columns that a table has in the database, whatever the models say; nothing without the table.

    An older release's rows can be read so, and both databases give the same values.
    """
    inspector = sa.inspect(connection)
    if not inspector.has_table(table):
        return {}
    return {column["name"]: column["type"] for column in inspector.get_columns(table)}


def rows_in(
    connection: Connection,
    table: str,
    columns: Mapping[str, sa.types.TypeEngine[Any]],
    runs: Sequence[Run],
    most: int | None = None,
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows, at most so many, whose keys lie in the runs; the runs, and so the rows, are in their order."""
    key: sa.ColumnClause[int] = sa.column("id", sa.BigInteger)
    wanted: list[Any] = [key if name == "id" else sa.column(name, kind) for name, kind in columns.items()]
    for at in range(0, len(runs), _RUNS_AT_ONCE):
        lies = sa.or_(*(key.between(first, last) for first, last in runs[at : at + _RUNS_AT_ONCE]))
        query = sa.select(*wanted).select_from(sa.table(table)).where(lies).order_by(key).limit(most)
        with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as result:
            for row in result.mappings():
                yield cast("Mapping[str, Any]", row)  # by name, as columns are asked for here
                most = None if most is None else most - 1


def row_hash(row: Mapping[str, Any], columns: Sequence[str]) -> bytes:
    """Return the hash of a row, its key among its values."""
    return hashlib.sha256(plain_text([plain_value(row[name]) for name in columns]).encode()).digest()


def hash_of_rows(hashes: Sequence[bytes]) -> str:
    """Return the hash of rows in their order, each given by its own."""
    return hashlib.sha256(b"".join(hashes)).hexdigest()


def marks_of(hashes: Sequence[bytes]) -> str:
    """Return the first bytes of each hash, as text."""
    return base64.b64encode(b"".join(each[:MARK] for each in hashes)).decode()


def read_marks(text: str) -> list[bytes]:
    together = base64.b64decode(text)
    return [together[at : at + MARK] for at in range(0, len(together), MARK)]
