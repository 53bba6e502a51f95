"""A value of the database is told in one way, whichever database gives it, so that it can be hashed and compared."""

from __future__ import annotations

import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect()


def plain_value(value: Any) -> Any:
    """Return a value as both databases give it: times in UTC without zone, numbers without trailing noughts."""
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


def plain_text(values: Any) -> str:
    """Return plain values as one text, which is the same for the same values."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def stored_value(column: sa.Column[Any], value: Any) -> Any:
    """Return the plain value that the database will give back for a value that a program writes into a column."""
    kind = column.type
    if value is None:
        return None
    if isinstance(kind, sa.types.TypeDecorator):
        value = kind.process_bind_param(value, _DIALECT)
    if isinstance(kind, sa.JSON):
        value = json.loads(json.dumps(value))
    if isinstance(value, enum.Enum):
        value = value.value
    return plain_value(value)
