"""`crm verify` reads the chain and the rows it covers, and names each row and each seal that is not what it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.chain.key import has_key, key_id
from app.core.chain.row_texts import MARK, columns_of, hash_of_rows, read_marks, row_hash, rows_in
from app.core.chain.rows import DIGEST, chained_tables, is_genuine
from app.core.chain.runs import Run, between, joined, keys_in, read_runs, runs_of, written
from app.core.chain.sealing import LARGEST
from app.core.chain.seals import ChainHead, Seal, has_chain, last_seal, seals_from

_AT_ONCE = 20_000  # rows that are compared together


@dataclass
class ChainCheck:
    """A check says what is asked of the chain.

    heads  ends of the chain that were told outside the database: each must stand in it
    since  the end up to which all was well at an earlier check: rows that were sealed before are not read again
    left_out  nothing is asked, for the key is elsewhere
    """

    heads: Sequence[ChainHead] = ()
    since: ChainHead | None = None
    left_out: bool = False
    _waiting: list[Seal] = field(default_factory=list)
    _doubtful: bool = False  # of a seal that is gone or altered nothing is believed

    def mismatches(self, connection: Connection) -> Iterator[str]:
        """Yield a line for each thing that is wrong; nothing when all is well."""
        if self.left_out or not has_chain(connection):
            return
        last = last_seal(connection)
        if fault := _wrong_key(last):
            yield fault
            return
        generation = last.generation if last is not None else 0
        covered: dict[str, list[Run]] = {}
        self._doubtful = False
        yield from self._wrong_seals(connection, generation, covered)
        state = last.state if last is not None and not self._doubtful else {}
        for table in chained_tables():
            yield from self._wrong_outside(connection, table, covered.get(table, []), state.get(table, {}))
            if self.since is None:
                yield from _copies(connection, table)

    def _wrong_seals(self, connection: Connection, generation: int, covered: dict[str, list[Run]]) -> Iterator[str]:
        """Yield what is wrong with the seals and the rows they cover, and note which rows these are."""
        told = {head.number: head for head in (*self.heads, *([self.since] if self.since else []))}
        first = min(told) if self.since is not None else 1
        expected, previous = first, ""
        for seal in seals_from(connection, first):
            for number in range(expected, seal.number):
                self._doubtful = True
                yield f"seal {number} is missing"
            is_first = seal.number == first and first > 1
            if not is_first and seal.number == expected and seal.previous != previous:
                yield f"seal {seal.number} does not go on from the seal before it"
            is_ours = seal.key_id == key_id()
            is_sound = is_ours and seal.hash == seal.computed_hash()
            if not is_sound and (is_ours or seal.generation == generation):
                self._doubtful = True
                yield f"seal {seal.number} was altered, or made without the key"
            if seal.number in told and told[seal.number].hash != seal.hash:
                origin = told[seal.number].origin
                yield f"seal {seal.number} is not the one that {origin} tells: the chain was made anew since"
            expected, previous = seal.number + 1, seal.hash
            if seal.generation == generation and is_sound:
                yield from self._wrong_parts(connection, seal, covered)
        yield from self._compared(connection)
        for head in told.values():
            if head.number >= expected:
                yield f"the chain ends at seal {expected - 1}, {head.origin} tells seal {head.number}: its end is gone"

    def _wrong_parts(self, connection: Connection, seal: Seal, covered: dict[str, list[Run]]) -> Iterator[str]:
        for table, part in seal.parts.items():
            covered[table] = joined([*covered.get(table, []), *read_runs(part["rows"])])
        if self.since is None or seal.number > self.since.number:
            self._waiting.append(seal)
            if sum(part["count"] for each in self._waiting for part in each.parts.values()) >= _AT_ONCE:
                yield from self._compared(connection)

    def _compared(self, connection: Connection) -> Iterator[str]:
        """Yield what is wrong with the rows of the seals that wait to be compared; many of them are read together."""
        seals, self._waiting = self._waiting, []
        shapes = {(table, tuple(part["columns"])) for seal in seals for table, part in seal.parts.items()}
        for table, names in sorted(shapes):
            parts = [
                (seal.number, seal.parts[table])
                for seal in seals
                if table in seal.parts and tuple(seal.parts[table]["columns"]) == names
            ]
            columns = columns_of(connection, table)
            if gone := [name for name in names if name not in columns]:
                yield f"{table} has no {', '.join(gone)} any more, which seal {parts[0][0]} covers"
                continue
            wanted = {name: columns[name] for name in names}
            runs = joined(run for _number, part in parts for run in read_runs(part["rows"]))
            found = {row["id"]: row_hash(row, names) for row in rows_in(connection, table, wanted, runs)}
            for number, part in parts:
                yield from _wrong_rows(connection, table, number, part, found)

    def _wrong_outside(
        self, connection: Connection, table: str, covered: Sequence[Run], state: dict[str, Any]
    ) -> Iterator[str]:
        """Yield the rows that no seal covers and that should not be there as they are."""
        columns = columns_of(connection, table)
        if not columns:
            return
        last = state.get("last", 0)
        still_open = [run for text, *_rest in state.get("open", []) for run in read_runs(text)]
        refused = read_runs(state.get("refused", ""))
        if refused:
            yield f"{table} {written(refused)}: was not written by a program that has the key, and was not sealed"
        inside = between(covered, last) if self.since is None else joined(still_open)
        may_come = set(keys_in(joined(still_open)))
        told = set(keys_in(refused))
        for row in rows_in(connection, table, columns, [*inside, (last + 1, LARGEST)]):
            key = row["id"]
            if key in told:
                continue
            if not is_genuine(row):
                yield f"{table} {key}: was altered after it was written, or not written by a program that has the key"
            elif key <= last and key not in may_come and not self._doubtful:
                yield f"{table} {key}: was put in among rows that had been sealed before"


def _wrong_key(last: Seal | None) -> str:
    """Return why nothing of the chain can be checked on this machine; nothing when it can."""
    if not has_key():
        return "the key of the chain is not on this machine: nothing of the chain can be checked"
    if last is not None and last.key_id != key_id():
        return f"seal {last.number} was made with the key {last.key_id}, the one at hand is {key_id()}"
    return ""


def _wrong_rows(
    connection: Connection, table: str, number: int, part: dict[str, Any], found: dict[int, bytes]
) -> Iterator[str]:
    """Yield what is wrong with the rows that one seal covers; `found` has the hashes of the rows that are there."""
    keys = list(keys_in(read_runs(part["rows"])))
    missing = [key for key in keys if key not in found]
    there = [found[key] for key in keys if key in found]
    if not missing and hash_of_rows(there) == part["hash"]:
        return
    if missing:
        yield f"{table} {written(runs_of(missing))}: is missing, seal {number} covers it"
    marks = dict(zip(keys, read_marks(part["marks"]), strict=False))
    other = runs_of(key for key in keys if key in found and found[key][:MARK] != marks.get(key))
    rows = rows_in(connection, table, columns_of(connection, table), other)
    genuine = {row["id"]: is_genuine(row) for row in rows}
    moved = [key for key, is_so in genuine.items() if is_so]
    altered = [key for key, is_so in genuine.items() if not is_so]
    if altered:
        yield f"{table} {written(runs_of(altered))}: was altered after seal {number} was made"
    if moved:
        yield f"{table} {written(runs_of(moved))}: is another row than the one seal {number} covers: rows were moved"
    if not other and not missing:
        yield f"{table} {part['rows']}: is not what seal {number} covers"


def _copies(connection: Connection, table: str) -> Iterator[str]:
    """Yield the rows that have the digest of another one: no program makes one twice."""
    if DIGEST not in columns_of(connection, table):
        return
    digest: Any = sa.column(DIGEST)
    query: Any = (
        sa.select(sa.func.min(sa.column("id")), sa.func.max(sa.column("id")))
        .select_from(sa.table(table))
        .where(digest != "")
        .group_by(digest)
        .having(sa.func.count() > 1)
    )
    for first, last in connection.execute(query):
        yield f"{table} {last}: is a copy of the row {first}"


def generations_since(connection: Connection, heads: Iterable[ChainHead]) -> list[str]:
    """Return a line per generation that was begun after a head was told: its seals vouch for rows as they were then."""
    numbers = {head.number for head in heads}
    if not numbers or not has_chain(connection):
        return []
    found, known = [], 0
    for seal in seals_from(connection, min(numbers)):
        if known and seal.generation != known:
            found.append(f"seal {seal.number} of {seal.at:%Y-%m-%d} began anew with all rows as they were: {seal.note}")
        known = seal.generation
    return found
