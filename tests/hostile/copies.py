"""The same work on two copies of the furnished firm: what it leaves there may not depend on what is sent beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask, has_app_context

from app.core.appbuilder import Model
from app.core.db.base import db
from app.core.db.types import UtcDateTime

# What differs each time, or with what is sent, whatever is done with it: drawn secrets and names, digests, sessions.
DRAWN = {"ab_user.password", "attachment.stored_name", "import_batch.stored_name", "stored_answer.key"}
DIGESTS = {"digest", "body_digest"}
NOT_COMPARED = {"user_session"}
KEPT_VERSION = "kept_version"  # a setting: anew after each change of rights and dictionaries

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+\+00:00")

# (table, key) → column → value
Contents = dict[tuple[str, str], dict[str, Any]]


class Copies:
    """Copies of the furnished firm, one after the other."""

    def __init__(self, app: Flask, databases: Any) -> None:
        self.app = app
        self.databases = databases

    def after(self, work: Callable[[], None]) -> Contents:
        """What a new copy holds after the work."""
        _end_own_transaction()
        with self.app.app_context():
            db.engine.dispose()
        self.databases.renew("furnished", committed=not self.databases.is_shared)
        work()
        return contents(self.app)


def contents(app: Flask) -> Contents:
    """Every row of every table, without moments of time."""
    _end_own_transaction()
    found: Contents = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            found |= _rows(connection, table)
        connection.rollback()
    return {place: row for place, row in found.items() if place[0] not in NOT_COMPARED}


def _end_own_transaction() -> None:
    """What the test itself has read would keep others waiting."""
    if has_app_context():
        db.session.remove()


def _rows(connection: sa.Connection, table: sa.Table) -> Contents:
    kept = [
        column for column in table.columns
        if not isinstance(column.type, UtcDateTime | sa.DateTime) and column.name not in DIGESTS
        and f"{table.name}.{column.name}" not in DRAWN
    ]  # fmt: skip
    found: Contents = {}
    for row in connection.execute(sa.select(*kept).order_by(*table.primary_key)).mappings():
        values = {name: _told(value) for name, value in row.items()}
        if values.get("key") != KEPT_VERSION:
            found[table.name, _place(table, values, found)] = values
    return found


def _place(table: sa.Table, row: dict[str, Any], found: Contents) -> str:
    """The key of a row; in the log, where one moment's acts come in any order, which act on the record it was."""
    if table.name != "audit_entry":
        return ",".join(str(row[column.name]) for column in table.primary_key)
    del row["id"]
    act = f"{row['model']} {row['record_id']} {row['action']}"
    return f"{act} {sum(place.startswith(act + ' ') for _table, place in found)}"


def _told(value: Any) -> Any:
    """A value; where it is JSON, as a text without moments of time."""
    if not isinstance(value, dict | list):
        return value
    return MOMENT.sub("then", json.dumps(value, sort_keys=True, ensure_ascii=False))


def differences(one: Contents, other: Contents, but: tuple[str, ...] = ()) -> list[str]:
    """Whatever differs, in words; apart from columns of these names and tables of these names."""
    found = []
    for table, key in sorted(one.keys() | other.keys()):
        before, after = one.get((table, key), {}), other.get((table, key), {})
        if table not in but:
            found += [
                f"{table} {key}, {name}: {before.get(name)!r}, {after.get(name)!r}"
                for name in before.keys() | after.keys()
                if name not in but and before.get(name) != after.get(name)
            ]
    return found
