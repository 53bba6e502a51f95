"""Transactions of a test as savepoints of one that is rolled back at its end: on PostgreSQL cheaper than a new database.

The application sees ordinary connections. All of them stand on one, so that its rows are there for each of them; whoever
connects by other means, another process for one, sees nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg


class Interleaved(Exception):
    """Two transactions that are open at the same time do not end in the order in which savepoints can."""


class Nest:
    """One transaction of the database, and the savepoints that stand for the transactions of a test."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self.real = connect()
        self.open: list[Nested] = []
        self.named = 0
        self.counters = self._counters()

    def _counters(self) -> list[tuple[Any, ...]]:
        """Name, last number and whether it was given, of every sequence: a rollback does not put them back."""
        names = "SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'"
        found = []
        for (name,) in self.real.execute(names).fetchall():  # type: ignore[arg-type]
            row = self.real.execute(f"SELECT '{name}', last_value, is_called FROM {name}").fetchone()  # type: ignore[arg-type]
            assert row is not None
            found.append(tuple(row))
        self.real.rollback()
        return found

    def begin_anew(self) -> None:
        """Whatever was done since the last time has never happened; keys count from where they began."""
        self.open.clear()
        self.real.rollback()
        calls = ", ".join(f"setval('{name}', {value}, {called})" for name, value, called in self.counters)
        self.real.execute(f"SELECT {calls}")  # type: ignore[arg-type]

    def close(self) -> None:
        self.real.close()


class Nested:
    """What the driver's connection is to the application."""

    closed = False
    autocommit = True  # it is never to be set: the transaction below stays open

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.savepoint = ""
        self.only_reads = False
        self.holds_others = False  # another transaction has been committed since this one began

    def __getattr__(self, name: str) -> Any:
        return getattr(self.nest.real, name)

    @property
    def isolation_level(self) -> Any:
        return self.nest.real.isolation_level

    @isolation_level.setter
    def isolation_level(self, _value: Any) -> None:
        """One connection has one snapshot."""

    @property
    def read_only(self) -> bool:
        return self.only_reads

    @read_only.setter
    def read_only(self, value: bool) -> None:
        """How the application begins a transaction: app/core/db/engine.py sets this before the first statement."""
        assert not self.savepoint, "the transaction before has not ended"
        self.nest.named += 1
        self.savepoint, self.only_reads, self.holds_others = f"transaction_{self.nest.named}", value, False
        self.nest.open.append(self)
        self.nest.real.execute(f"SAVEPOINT {self.savepoint}")  # type: ignore[arg-type]
        if value:
            self.nest.real.execute("SET TRANSACTION READ ONLY")

    def commit(self) -> None:
        self._end("RELEASE SAVEPOINT {0}")
        for other in self.nest.open:
            other.holds_others = True

    def rollback(self) -> None:
        self._end("ROLLBACK TO SAVEPOINT {0}; RELEASE SAVEPOINT {0}", keeps_others=False)

    def _end(self, statements: str, *, keeps_others: bool = True) -> None:
        if self.savepoint and self in self.nest.open:
            if self.nest.open[-1] is not self or (self.holds_others and not keeps_others):
                raise Interleaved("mark the test with `pytest.mark.committed`: it needs a database of its own")
            self.nest.open.pop()
            self.nest.real.execute(statements.format(self.savepoint))  # type: ignore[arg-type]
        self.savepoint = ""

    def close(self) -> None:
        self.rollback()
