"""Rows are sealed once they are committed, by whoever looks next; no posting waits for it, and it waits for none.

On PostgreSQL rows are not committed in the order of their keys. A seal covers every row that is there; keys in
between that have no row yet stay open, and are looked for again until every transaction that ran when they were first
missed has ended. Rows are read in a transaction that only reads, and the seal is added in one of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.core.chain.key import key_id
from app.core.chain.memory import ChainMemory
from app.core.chain.row_texts import columns_of, hash_of_rows, marks_of, row_hash, rows_in
from app.core.chain.rows import chained_tables, is_genuine
from app.core.chain.runs import Run, joined, read_runs, runs_of, without, written
from app.core.chain.seals import TABLE, ChainHead, Seal, head_of, insert_seal, last_seal
from app.core.clock import utc_now
from app.core.db.unit_of_work import reading, writing

MOST = 20_000  # rows of one seal
LARGEST = 2**63 - 1
# Between taking its key and getting its number a transaction is not seen among those that run.
SETTLED_AFTER = dt.timedelta(minutes=10)
_RUNNING = sa.text(
    "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint FROM pg_current_snapshot() AS now"
)
_NOTHING: dict[str, Any] = {"last": 0, "open": [], "refused": ""}


class ChainBroken(Exception):
    """The chain is not what it was: it is not continued before somebody has looked."""


class Look(NamedTuple):
    """When rows are looked at, and which transactions run then: the oldest, and the next one to come."""

    at: dt.datetime
    oldest: int | None
    next: int | None


def seal_new_rows(engine: Engine, memory: ChainMemory) -> Seal | None:
    """Seal what was committed since the last seal, at most `MOST` rows; None when there is nothing to do.

    errors  ChainBroken
    """
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with reading(), engine.connect().execution_options(**options) as connection:
        last = last_seal(connection)
        require_continuing(connection, last, memory.head())
        made = next_seal(connection, last)
        connection.rollback()
    if made is None:
        return None
    token = writing.set(True)
    try:
        with engine.begin() as connection:
            insert_seal(connection, made)
    except sa.exc.IntegrityError:
        return None  # Another process has sealed the same rows meanwhile.
    finally:
        writing.reset(token)
    memory.remember(head_of(made))
    return made


def require_continuing(connection: Connection, last: Seal | None, known: ChainHead | None) -> None:
    """See that the chain ends as this process would have made it, and goes on from what this machine remembers.

    errors  ChainBroken
    """
    if last is not None and last.key_id != key_id():
        raise ChainBroken(f"seal {last.number} was made with the key {last.key_id}, the one at hand is {key_id()}")
    if last is not None and last.hash != last.computed_hash():
        raise ChainBroken(f"seal {last.number} was altered")
    if known is None:
        return
    if last is None or last.number < known.number:
        raise ChainBroken(f"the chain ends before seal {known.number}, which this machine remembers")
    there = connection.scalar(sa.select(TABLE.c.hash).where(TABLE.c.number == known.number))
    if there != known.hash:
        raise ChainBroken(f"seal {known.number} is not the one that this machine remembers")


def seal_anew(connection: Connection, note: str) -> Seal | None:
    """Begin another generation: seal all rows as they are, whoever wrote them; the caller commits.

    note     says why, in the first of its seals
    returns  the last seal; None when there is no row
    """
    last = last_seal(connection)
    generation = last.generation + 1 if last is not None else 1
    made = next_seal(connection, last, generation=generation, note=note, as_they_are=True)
    while made is not None:
        insert_seal(connection, made)
        last = made
        made = next_seal(connection, last, as_they_are=True)
    return last


def next_seal(
    connection: Connection, last: Seal | None, *, generation: int = 0, note: str = "", as_they_are: bool = False
) -> Seal | None:
    """Return the seal that comes after the last one; None when no row has come since.

    generation   a number of its own begins with all rows there are; 0 goes on as the last seal does
    as_they_are  rows are taken whoever wrote them
    """
    look = _look(connection)
    before = last.state if last is not None and not generation else {}
    parts: dict[str, dict[str, Any]] = {}
    state = dict(before)
    room = MOST
    for table in chained_tables():
        part, after = _part(connection, table, before.get(table, _NOTHING), look, room, as_they_are=as_they_are)
        if part:
            parts[table] = part
            room -= part["count"]
        if part or after["refused"] != before.get(table, _NOTHING)["refused"]:
            state[table] = after
        if room <= 0:
            break
    if not parts and state == before:
        return None
    return Seal(
        number=last.number + 1 if last is not None else 1,
        at=look.at,
        generation=generation or (last.generation if last is not None else 1),
        note=note,
        parts=parts,
        state=state,
        previous=last.hash if last is not None else "",
    ).sealed()


def _look(connection: Connection) -> Look:
    if connection.dialect.name != "postgresql":
        return Look(utc_now(), None, None)  # SQLite has one writer: keys come in their order.
    oldest, following = connection.execute(_RUNNING).one()
    return Look(utc_now(), oldest, following)


def _part(
    connection: Connection, table: str, before: Mapping[str, Any], look: Look, room: int, *, as_they_are: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a seal covers of a table, and what is known of it afterwards."""
    columns = columns_of(connection, table)
    if not columns:
        return {}, dict(before)
    names = sorted(columns)
    last = before["last"]
    wanted = [*joined(run for text, *_rest in before["open"] for run in read_runs(text)), (last + 1, LARGEST)]
    keys, hashes, refused = [], [], []
    for row in rows_in(connection, table, columns, wanted, room):
        if as_they_are or is_genuine(row):
            keys.append(row["id"])
            hashes.append(row_hash(row, names))
        else:
            refused.append(row["id"])
    seen = runs_of(sorted([*keys, *refused]))
    is_whole = len(keys) + len(refused) < room
    after = {
        "last": max(last, seen[-1][1] if seen else 0),
        "open": _still_open(before, seen, look, is_whole=is_whole),
        "refused": written(joined([*read_runs(before["refused"]), *runs_of(refused)])),
    }
    if not keys:
        return {}, after
    told = {"columns": names, "rows": written(runs_of(keys)), "count": len(keys)}
    return {**told, "hash": hash_of_rows(hashes), "marks": marks_of(hashes)}, after


def _still_open(before: Mapping[str, Any], seen: list[Run], look: Look, *, is_whole: bool) -> list[list[Any]]:
    """Return the keys without a row that a running transaction may still bring, with when they were first missed."""
    if look.next is None:
        return []
    still = []
    for text, following, at in before["open"]:
        left = without(read_runs(text), seen)
        settled = following is None or (look.oldest is not None and look.oldest >= following)
        is_old = look.at - dt.datetime.fromisoformat(at) > SETTLED_AFTER
        if left and not (is_whole and settled and is_old):
            still.append([written(left), following, at])
    last = before["last"]
    if seen and seen[-1][1] > last:
        missed = without([(last + 1, seen[-1][1])], seen)
        if missed:
            still.append([written(missed), look.next, look.at.isoformat()])
    return still
