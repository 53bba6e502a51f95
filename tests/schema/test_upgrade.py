"""A firm that works with the release before is upgraded, rows and all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import Script, ScriptDirectory
from flask import Flask, current_app
from flask_babel import force_locale
from flask_migrate import upgrade

from app.core.chain.seals import last_seal
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.ledger.verify import mismatches
from app.core.search import index as search
from app.security.seed import seed
from tests.schema.test_migrations import differences_from_models
from tests.support.everything import VIEWS
from tests.support.pages import Browser

pytestmark = pytest.mark.committed

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def _releases() -> list[Script]:
    """The migrations, latest first."""
    directory = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    return list(directory.walk_revisions())


def _tables() -> sa.MetaData:
    """The tables that are there, whatever the models say."""
    found = sa.MetaData()
    found.reflect(db.engine, only=lambda name, _found: name != "alembic_version" and not search.is_index_table(name))
    return found


def _rows() -> Rows:
    """The rows of every table, with values as the database holds them."""
    with db.engine.connect() as connection:
        tables = _tables().sorted_tables
        found = {table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()] for table in tables}
        connection.rollback()
    return found


@contextmanager
def _unwatched() -> Iterator[sa.Connection]:
    """A connection that takes rows in any order: references are not looked at."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Inside a transaction SQLite passes over this pragma.
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.commit()
        connection.close()
    db.engine.dispose()


def _value(column: sa.Column[Any], row: Row) -> Any:
    """What the row has there; where the column has gone since, anything it would take."""
    if column.name in row:
        return row[column.name]
    if column.nullable or column.server_default is not None:
        return None
    examples = {int: 0, str: "", bool: False, dt.datetime: dt.datetime.now(dt.UTC), dt.date: dt.date(2026, 1, 1)}
    return examples.get(column.type.python_type, 0)


def _as_before(rows: Rows, releases: list[Script]) -> Rows:
    """The rows as they were before these migrations, whose `RESCALES` say in what finer units figures are kept now."""
    found = {table: [dict(row) for row in there] for table, there in rows.items()}
    for release in releases:
        for name, finer in getattr(release.module, "RESCALES", {}).items():
            table, _point, column = name.partition(".")
            for row in found[table]:
                if row[column] is not None:
                    assert row[column] % finer == 0, f"{name} of the furnished firm has no value in the units of before"
                    row[column] //= finer
    return found


def _put_in(rows: Rows) -> tuple[Rows, bool]:
    """Fill the tables that are there with as many of the rows as fit.

    A row that holds a code of later days is left out, and with it whatever belongs to it.
    returns  the rows that are in, with their columns, and whether those are all
    """
    kept: Rows = {}
    left_out: set[tuple[str, Any]] = set()
    tables = _tables().sorted_tables
    with _unwatched() as connection:
        for table in tables:
            kept[table.name] = []
            for row in rows.get(table.name, []):
                references = [(key.column.table.name, row.get(key.parent.name)) for key in table.foreign_keys]
                values = {column.name: _value(column, row) for column in table.columns}
                if left_out.isdisjoint(references) and _is_taken(connection, table, values):
                    kept[table.name].append(values)
                else:
                    left_out.add((table.name, row.get("id")))
            _count_on(connection, table)
    return kept, not left_out


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """The next row gets the next key."""
    if connection.dialect.name == "postgresql" and "id" in table.columns:
        sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
        connection.exec_driver_sql(f"SELECT setval({sequence}, (SELECT coalesce(max(id), 1) FROM {table.name}))")


def _is_taken(connection: sa.Connection, table: sa.Table, values: Row) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(table.insert().values({name: each for name, each in values.items() if each is not None}))
    except sa.exc.IntegrityError:
        return False
    return True


@pytest.mark.parametrize("back", [1, 2, 3])
def test_a_working_firm_is_upgraded_with_its_rows(
    app: Flask, furnished: dict[str, int], databases: Any, client_as: Any, back: int
) -> None:
    """By the last migrations: no row is lost, and no value but those a migration names in its `REWRITES`.

    A column without a default that may not be empty, for one, is added to an empty table without complaint.
    """
    with app.app_context(), force_locale("zh"):
        rows = _rows()
        db.session.remove()
        db.engine.dispose()
        databases.empty()
        releases = _releases()
        upgrade(revision=releases[back].revision)
        kept, are_all = _put_in(_as_before(rows, releases[:back]))
        assert sum(map(len, kept.values())) > 300
        upgrade()
        assert differences_from_models() == []
        rewritten = {name for release in releases[:back] for name in getattr(release.module, "REWRITES", ())}
        assert _lost(kept, _rows(), rewritten) == []
        in_unit_of_work(db.session(), lambda: seed(db.session()))
        assert not are_all or list(mismatches(db.session())) == []
        assert last_seal(db.session.connection()) is not None, "rows of before the chain are sealed as they are"
        db.session.remove()
    boss = Browser(client_as("boss"))
    statuses = {str(view.route_base): boss.open(f"{view.route_base}/list/").status for view in VIEWS.values()}
    assert set(statuses.values()) <= {200, 302, 403}, statuses


def _lost(before: Rows, after: Rows, rewritten: set[str]) -> list[str]:
    """Values that are no longer there, by table and column."""
    lost = []
    for table, rows in before.items():
        here = after.get(table, [])
        columns = [name for name in (here[0] if here else {}) if f"{table}.{name}" not in rewritten]
        known = {tuple(str(row[name]) for name in columns if name in rows[0]) for row in here} if rows else set()
        for row in rows:
            if tuple(str(row[name]) for name in columns if name in row) not in known:
                lost.append(f"{table}: {row}")
    return lost
