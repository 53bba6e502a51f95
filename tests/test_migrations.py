"""Migrations: from nothing to the models, no difference left, down and up again, triggers in place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_babel import force_locale
from flask_migrate import downgrade, upgrade

from app.core.appbuilder import Model
from app.core.db import append_only
from app.core.db.base import db
from app.core.search import index as search
from app.models.stock.stock import Warehouse


def _differences() -> list[Any]:
    with db.engine.connect() as connection:
        options = {"compare_type": True, "include_name": _is_of_the_models}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Model.metadata))


def _is_of_the_models(name: str | None, kind: str, _parents: Any) -> bool:
    return not (kind == "table" and search.is_index_table(name))


def test_the_migrations_build_exactly_the_models(app: Flask) -> None:
    """The template of every test was built by migration alone; nothing differs from the mapped tables."""
    with app.app_context():
        assert _differences() == []


def test_the_last_migration_goes_down_and_up_again_with_its_triggers(app: Flask) -> None:
    """What was taken back is the same when it returns, append-only triggers included."""
    with app.app_context(), force_locale("zh"):
        db.session.remove()
        downgrade()
        upgrade()
        assert _differences() == []
        with db.engine.connect() as connection:
            assert append_only.missing(connection) == []


def test_no_key_is_used_twice(app: Flask) -> None:
    """Log and attachments know a record by its key. PostgreSQL counts on by itself; SQLite does when it is told to."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            found = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            tables = {row.name: row.sql for row in db.session.execute(found)}
            with_key = [t.name for t in Model.metadata.tables.values() if [c.name for c in t.primary_key] == ["id"]]
            assert len(with_key) > 20
            assert [name for name in with_key if "AUTOINCREMENT" not in tables[name]] == []
        keys = []
        for _twice in range(2):
            warehouse = Warehouse(code="GONE", name="就要没了")
            db.session.add(warehouse)
            db.session.flush()
            keys.append(warehouse.id)
            db.session.delete(warehouse)
            db.session.flush()
        db.session.rollback()
        assert keys[0] < keys[1]


def test_every_foreign_key_has_an_index() -> None:
    """A join or a refused deletion never scans a table of ours."""
    bare = []
    for table in Model.metadata.tables.values():
        if table.name.startswith("ab_") and table.name != "ab_user":
            continue
        leading = {next(iter(index.columns)).name for index in table.indexes}
        leading |= {
            next(iter(c.columns)).name
            for c in table.constraints
            if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint) and len(c.columns)
        }
        bare += [
            f"{table.name}.{column.name}"
            for column in table.columns
            if column.foreign_keys and column.name not in leading and not _of_the_framework(table.name, column.name)
        ]
    assert bare == [], f"give these columns an index: {bare}"


def _of_the_framework(table: str, column: str) -> bool:
    return table == "ab_user" and column.endswith("_fk")


def test_every_constraint_of_ours_has_a_name() -> None:
    """SQLite and Alembic can only change what has a name; a refusal is told by it."""
    nameless = [
        f"{table.name}: {type(constraint).__name__}"
        for table in Model.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert nameless == []
