"""Alembic's way into the application: its engine, its metadata, and the append-only triggers after every run."""

from __future__ import annotations

from typing import Any

import click
import sqlalchemy as sa
from alembic import context
from flask import current_app

from app.core.appbuilder import Model
from app.core.chain import upgrading
from app.core.db import append_only
from app.core.db.base import db
from app.core.db.types import Fixed, RecordKey, UtcDateTime
from app.core.search import index as search
from migrations import compared_codes  # noqa: F401  # it registers what is compared


def process_revision_directives(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """No empty migration when nothing changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        click.echo("The migrations make what the models describe: there is nothing to write.")


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Migrations stand on their own: our column types are written as what the database holds."""
    if kind == "type" and isinstance(item, Fixed):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, RecordKey):
        return "sa.String(length=60)"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The search index is derived from the records and made by `search.install`, not by migrations."""
    return not (kind == "table" and search.is_index_table(name))


@sa.event.listens_for(sa.Table, "before_create")
def _never_use_a_key_twice(table: sa.Table, _connection: Any, **_options: Any) -> None:
    """SQLite gives a new row the key of the last one deleted unless told otherwise.

    Log and attachments know records by their keys: a new record would have the history of a deleted one.
    """
    keys = list(table.primary_key.columns)
    if [key.name for key in keys] == ["id"]:
        table.dialect_options["sqlite"]["autoincrement"] = True


def _require_whole_references(connection: sa.Connection) -> None:
    """See that no row refers to one that is gone. errors  RuntimeError, and nothing is migrated"""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"rows refer to rows that are gone: {broken[:10]}")


def _driver_of(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection


def run() -> None:
    connectable = db.engine
    with connectable.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # Rebuilding a table drops and renames it; references to it must survive that, and so must the rows that
            # go with its rows. Inside a transaction SQLite passes over this pragma, so it comes before the first one.
            _driver_of(connection).execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            compare_type=True,
            render_as_batch=is_sqlite,
            render_item=render_item,
            include_name=include_name,
            process_revision_directives=process_revision_directives,
        )
        with context.begin_transaction():
            before = context.get_context().get_current_revision()
            head = context.script.get_current_head()
            was_whole = before != head and upgrading.is_whole_before(connection)  # reads all of it: not at every start
            context.run_migrations()
            if is_sqlite:
                _require_whole_references(connection)
            after = context.get_context().get_current_revision()
            if after == head != before:
                upgrading.seal_after(connection, after, was_whole=was_whole)
        connection.commit()
        # A rebuilt table has lost its triggers, so all of them are put back every time.
        append_only.install(connection, append_only.append_only_tables())
        search.install(connection)
        connection.commit()
        if is_sqlite:
            _driver_of(connection).execute("PRAGMA foreign_keys=ON")


assert current_app is not None
run()
