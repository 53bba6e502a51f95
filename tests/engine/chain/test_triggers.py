"""`crm verify` looks at what the triggers do, not only at their names."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db import append_only
from app.core.db.base import db

HOLLOW = {
    "sqlite": {
        "an empty body": ["CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT 1; END"],
        "never": [
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry WHEN 0 "
            "BEGIN SELECT RAISE(ABORT, 'append-only table audit_entry'); END"
        ],
        "another table": [
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON customer "
            "BEGIN SELECT RAISE(ABORT, 'append-only table audit_entry'); END"
        ],
    },
    "postgresql": {
        "an empty body": [
            "CREATE FUNCTION hollow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION hollow()",
        ],
        "never": [
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry FOR EACH ROW WHEN (false) "
            "EXECUTE FUNCTION refuse_change()"
        ],
        "one column": [
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE OF note ON audit_entry FOR EACH ROW "
            "EXECUTE FUNCTION refuse_change()"
        ],
        "afterwards": [
            "CREATE TRIGGER audit_entry_no_update AFTER UPDATE ON audit_entry FOR EACH STATEMENT "
            "EXECUTE FUNCTION refuse_change()"
        ],
        "another table": [
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON customer FOR EACH ROW "
            "EXECUTE FUNCTION refuse_change()"
        ],
        "switched off": [
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry FOR EACH ROW "
            "EXECUTE FUNCTION refuse_change()",
            "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_no_update",
        ],
    },
}


def test_a_trigger_that_was_put_in_the_place_of_ours_is_named(office: Any) -> None:
    """fault F10: the name is the same, and it refuses nothing; the next upgrade puts ours in its place."""
    kind = db.engine.dialect.name
    drop = "DROP TRIGGER audit_entry_no_update" + (" ON audit_entry" if kind == "postgresql" else "")
    with db.engine.connect() as connection:
        assert list(append_only.faults(connection)) == []
        for how, statements in HOLLOW[kind].items():
            with connection.begin_nested() as undone:
                for statement in (drop, *statements):
                    connection.exec_driver_sql(statement)
                told = ["trigger audit_entry_no_update is not what it was: it may let rows be changed"]
                assert list(append_only.faults(connection)) == told, how
                undone.rollback()
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql(HOLLOW[kind]["never"][0])
        append_only.install(connection, ["audit_entry"])
        assert list(append_only.faults(connection)) == []
        connection.rollback()


@pytest.mark.postgresql
def test_a_function_whose_body_was_emptied_is_named_for_every_trigger(office: Any) -> None:
    """fault F10: all triggers of PostgreSQL call one function."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
        )
        assert len(list(append_only.faults(connection))) == 3 * len(append_only.append_only_tables())
        connection.rollback()


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["audit_entry", "chain_seal"])
def test_a_table_is_not_emptied_at_one_stroke(office: Any, table: str) -> None:
    """fault F10: triggers for each row say nothing to TRUNCATE."""
    with db.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.exec_driver_sql(f"TRUNCATE {table}")
