"""封条 A seal covers rows that were committed since the last one, and names that one's hash.

All of a seal stands in its own hash, which only who has the key can make. A seal whose generation is higher than that
of the one before begins anew with all rows there are: after an upgrade that changed sealed rows, or when somebody who
answers for it has decided so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.appbuilder import Model
from app.core.chain.key import key_id, keyed_hash
from app.core.db import append_only
from app.core.db.plain_values import plain_text, plain_value
from app.core.db.types import UtcDateTime

TABLE = sa.Table(
    "chain_seal",
    Model.metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime(), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("note", sa.String(200), nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
append_only.BARE_TABLES.add(TABLE.name)
_AT_ONCE = 200


@dataclass(frozen=True)
class Seal:
    """One link of the chain.

    parts  by table: its columns, the runs of keys that are covered, the hash of their rows, four bytes of each row's
    state  by table: the last key that was looked at, keys before it that may still come, keys that were refused
    """

    number: int
    at: dt.datetime
    generation: int
    note: str
    parts: dict[str, dict[str, Any]]
    state: dict[str, dict[str, Any]]
    previous: str
    key_id: str = ""
    hash: str = ""

    def sealed(self) -> Seal:
        """Return the seal with the hash that the key of this process makes of it."""
        named = replace(self, key_id=key_id())
        return replace(named, hash=named.computed_hash())

    def computed_hash(self) -> str:
        told = {name: plain_value(value) for name, value in asdict(self).items() if name != "hash"}
        return keyed_hash(plain_text(told)).hex()


@dataclass(frozen=True)
class ChainHead:
    """The end of the chain as it is told outside the database: on paper, in a mail, in a file."""

    number: int
    at: str
    hash: str
    origin: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.number} {self.at} {self.hash}"


def head_of(seal: Seal) -> ChainHead:
    return ChainHead(seal.number, seal.at.strftime("%Y-%m-%dT%H:%M:%SZ"), seal.hash)


def read_heads(text: str, origin: str) -> list[ChainHead]:
    """Return the heads of a text, one in each line that holds one.

    errors  ValueError when there is none
    """
    words = [line.split() for line in text.splitlines()]
    found = [
        ChainHead(int(w[0]), w[1], w[2], origin) for w in words if len(w) == 3 and w[0].isdigit() and len(w[2]) == 64
    ]
    if not found:
        raise ValueError(f"{origin} holds no head of a chain: number, time and hash, as `crm audit-head` prints them")
    return found


def has_chain(connection: Connection) -> bool:
    """Return whether the schema has seals at all: that of an earlier release has none."""
    return sa.inspect(connection).has_table(TABLE.name)


def last_seal(connection: Connection) -> Seal | None:
    row = connection.execute(sa.select(TABLE).order_by(TABLE.c.number.desc()).limit(1)).mappings().first()
    return Seal(**row) if row is not None else None


def seals_from(connection: Connection, number: int) -> Iterator[Seal]:
    """Yield the seals from a number on, in their order."""
    while True:
        query = sa.select(TABLE).where(TABLE.c.number >= number).order_by(TABLE.c.number).limit(_AT_ONCE)
        rows = connection.execute(query).mappings().all()
        yield from (Seal(**row) for row in rows)
        if len(rows) < _AT_ONCE:
            return
        number = rows[-1]["number"] + 1


def insert_seal(connection: Connection, seal: Seal) -> None:
    """Add a seal to the chain.

    errors  IntegrityError when another process has sealed meanwhile
    """
    connection.execute(sa.insert(TABLE).values(**asdict(seal)))
