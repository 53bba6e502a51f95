"""Rows, and groups of rows that a rule speaks of, are held until the transaction ends, and read as they are then.

Whoever holds several takes them in one order, so that nobody waits for somebody who waits for them: first the rows
that a document belongs to, then the document, then balances in the order of their keys (`core/ledger`), then whom the
balances are of. Groups come when a row is written, in the order of their numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

Group = tuple[Any, ...]  # the name of a rule, and what the rows it judges together have in common


def hold(session: Session, row: Any) -> None:
    """Hold a row and read it and its lines anew: what is computed from it is still true when it is written.

    Rows that refer to it may come meanwhile, for they change nothing of it: the lock is `FOR NO KEY UPDATE`.
    """
    session.flush()
    reread(session, row)


def reread(session: Session, row: Any) -> None:
    """Hold a row and read it anew within a flush, or where what waits to be written is nobody else's to see yet."""
    session.refresh(row, with_for_update={"of": type(row), "key_share": True})


def lock(session: Session, asked: Callable[[], set[Group]]) -> None:
    """Wait until nobody else is judging the groups of rows that are asked for.

    Which groups these are may follow from rows that change while one waits. They are asked for again behind the lock,
    and when there are more of them, all are let go and taken anew in their order. Groups are no rows and may be empty,
    so that the database locks numbers made of their names; SQLite has one writer and needs no lock.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    groups: set[Group] = set()
    more = asked()
    while more:
        groups |= more
        with session.connection().begin_nested() as attempt:
            for number in sorted(map(_number, groups)):
                session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(number, sa.BigInteger))))
            more = asked() - groups
            if more:
                attempt.rollback()  # going back to a savepoint lets go what was locked behind it


def _number(group: Group) -> int:
    return int.from_bytes(hashlib.blake2b(repr(group).encode(), digest_size=8).digest(), signed=True)
