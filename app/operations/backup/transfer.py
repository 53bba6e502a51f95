"""搬到另一种数据库 All a firm has, from one database into another of either kind: SQLite grows onto PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from app.core.appbuilder import Model
from app.core.db import suspended_constraints as bulk_parts
from app.core.db.bulk import insert_many
from app.core.db.unit_of_work import reading
from app.core.search import index as search
from app.operations.backup.back_up import revision_of
from app.operations.backup.digest import TableDigest, digests, table_names
from app.operations.errors import NotDone

AT_ONCE = 5_000  # rows


def transfer(
    source: Engine, target: Engine, make_schema: Callable[[], None], tell: Callable[[str], None]
) -> dict[str, TableDigest]:
    """Copy every row of the source, as of one moment, into an empty target, and prove by digests that it is the same.

    make_schema  gives the target its tables
    returns      the digests, alike on both sides
    errors       NotDone; but for its empty tables the target is then as it was
    """
    with target.connect() as connection:
        if there := table_names(connection):
            raise NotDone(f"the target is not empty: it has {len(there)} tables, {there[0]} among them")
    with _snapshot(source) as origin:
        make_schema()
        with target.begin() as destination:
            _require_same_schema(origin, destination)
            _copy(origin, destination, tell)
            tell("comparing")
            found = digests(origin)
            now = digests(destination)
            wrong = sorted(name for name in found.keys() | now.keys() if found.get(name) != now.get(name))
            if wrong:
                raise NotDone(f"copied, but not the same, so nothing was kept: {', '.join(wrong)}")
            tell("search index")
            search.rebuild(Session(destination))
    return found


@contextmanager
def _snapshot(source: Engine) -> Iterator[Connection]:
    """A connection that sees one moment, whatever others write meanwhile."""
    options = {"isolation_level": "REPEATABLE READ"} if source.dialect.name == "postgresql" else {}
    with source.connect().execution_options(**options) as connection:
        with reading():
            revision_of(connection)  # the first statement begins the transaction and fixes the moment
        yield connection
        connection.rollback()


def _require_same_schema(origin: Connection, destination: Connection) -> None:
    old, new = revision_of(origin), revision_of(destination)
    if old != new:
        raise NotDone(f"the source's schema is {old or 'none'}, this program's is {new}: run `crm init` on it first")
    unknown = set(table_names(origin)) - set(Model.metadata.tables) - {"alembic_version"}
    if unknown:
        raise NotDone(f"the source has tables this program does not know: {', '.join(sorted(unknown))}")


def _copy(origin: Connection, destination: Connection, tell: Callable[[str], None]) -> None:
    """Indexes and foreign keys come after the rows: rows refer to others that are still to come."""
    tables = [table for table in Model.metadata.sorted_tables if table.name in set(table_names(origin))]
    names = [table.name for table in tables]
    if destination.dialect.name == "sqlite":
        destination.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    parts = bulk_parts.objects_of(destination, names)
    bulk_parts.drop_objects(destination, parts)
    session = Session(destination)
    for table in tables:
        tell(table.name)
        rows = origin.execute(sa.select(table).execution_options(yield_per=AT_ONCE))
        keys = [column.key for column in table.columns]
        for block in rows.partitions():
            insert_many(session, table, [dict(zip(keys, row, strict=True)) for row in block])
    bulk_parts.recreate_objects(destination, parts, names, tell)
    bulk_parts.set_sequences(destination, [table.name for table in tables if "id" in table.columns])
