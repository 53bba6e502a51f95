"""Rows that are only ever added carry a keyed digest of what they say, made when they are written.

A digest is four random bytes and twenty of the keyed hash, as text: no row has the digest of another one, so that a
row that was copied shows. The key of the row is not in it, for it is not known then; its place is what seals hold.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.appbuilder import Model
from app.core.chain.key import keyed_hash
from app.core.db import append_only
from app.core.db.base import Row
from app.core.db.plain_values import plain_text, plain_value, stored_value

DIGEST = "digest"
_SALT, _HASH = 4, 20  # bytes
_LEFT_OUT = {"id", DIGEST}


def row_digest(values: Mapping[str, Any], salt: bytes | None = None) -> str:
    """Return the digest of a row, given as plain values by column; what is empty is left out."""
    salt = secrets.token_bytes(_SALT) if salt is None else salt
    told = {name: value for name, value in values.items() if value is not None and name not in _LEFT_OUT}
    return base64.urlsafe_b64encode(salt + keyed_hash(f"{salt.hex()}{plain_text(told)}")[:_HASH]).decode()


def is_genuine(values: Mapping[str, Any]) -> bool:
    """Return whether a row, as the database gives it, was written by a program that has the key, and never changed."""
    given = str(values.get(DIGEST) or "")
    try:
        salt = base64.urlsafe_b64decode(given)[:_SALT]
    except ValueError:
        return False
    plain = {name: plain_value(value) for name, value in values.items()}
    return hmac.compare_digest(given.encode(), row_digest(plain, salt).encode())


def with_digests(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return rows that are to be inserted as they are, with their digests where the table has them.

    errors  ValueError when a row leaves a column to its default: the digest would not know the value
    """
    if not rows or DIGEST in rows[0] or table.name not in chained_tables():
        return rows
    if left := [c.key for c in table.c if c.default is not None and c.key != DIGEST and c.key not in rows[0]]:
        raise ValueError(f"rows of {table.name} are inserted without {', '.join(left)}")
    return [{**row, DIGEST: row_digest(_stored(table.c, row))} for row in rows]


def _digest_of_new_row(context: Any) -> str:
    """Return the digest of the row that a statement is about to insert; all other defaults are known by now."""
    values = context.get_current_parameters()
    return row_digest(_stored(context.compiled.statement.table.c, values))


def _stored(columns: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: stored_value(columns[name], value) for name, value in values.items() if name in columns}


class AppendOnlyRow(Row):
    """A row that is never changed and never deleted: triggers refuse it, and the chain shows it."""

    __append_only__ = True

    digest: Mapped[str] = mapped_column(sa.String(32), default=_digest_of_new_row, sort_order=200)


def chained_tables() -> list[str]:
    """Return the tables whose rows are sealed: all of rows that are only ever added, but the seals themselves."""
    return [name for name in append_only.append_only_tables() if DIGEST in Model.metadata.tables[name].c]
