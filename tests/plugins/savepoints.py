"""Transactions of a test as savepoints of one that is rolled back at its end: on PostgreSQL cheaper than a new copy.

The application sees ordinary connections. All of them stand on one, so that its rows are there for each of them;
whoever connects by other means, another process for one, sees nothing of it. A test that needs more says so by
`pytest.mark.committed`; one that needs it and does not say so fails, even when it catches the error.
"""

from __future__ import annotations

import threading
from typing import Any

import psycopg


class NeedsCommitted(Exception):
    """The test does what one connection cannot do."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}: mark the test with `pytest.mark.committed`, so that it gets a database of its own")


class OuterTransaction:
    """The one transaction of a test, in a database that is never changed for good."""

    def __init__(self, real: psycopg.Connection[Any]) -> None:
        self.real = real
        self.open: list[SavepointConnection] = []
        self.named = 0
        self.thread = 0
        self.refused: NeedsCommitted | None = None
        self._reset = self._reset_of_sequences()

    def execute(self, statement: str) -> Any:
        return self.real.execute(statement)  # type: ignore[arg-type]

    def _reset_of_sequences(self) -> str:
        """The statement that puts every sequence back to where it stands now: a rollback does not."""
        names = "SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'"
        calls = []
        for (name,) in self.execute(names).fetchall():
            last, is_called = self.execute(f"SELECT last_value, is_called FROM {name}").fetchone()
            calls.append(f"setval('{name}', {last}, {is_called})")
        self.real.rollback()
        return f"SELECT {', '.join(calls)}"

    def begin(self) -> None:
        """Begin the next test: nothing of the last one is there, and keys count from where they began."""
        self.open.clear()
        self.thread, self.refused = threading.get_ident(), None
        self.real.rollback()
        self.execute(self._reset)

    def refusal(self, why: str) -> NeedsCommitted:
        """What to raise now; `end` raises it once more."""
        self.refused = NeedsCommitted(why)
        return self.refused

    def end(self) -> None:
        """Undo the test at once: the next one does not wait for its locks.

        errors  NeedsCommitted when the test has met it before
        """
        self.real.rollback()
        if self.refused is not None:
            raise self.refused


class SavepointConnection:
    """Stands for a connection of the driver; each of its transactions is a savepoint."""

    closed = False
    autocommit = True  # read when a connection is made; the outer transaction stays open whatever it says

    def __init__(self, outer: OuterTransaction) -> None:
        self.outer = outer
        self.savepoint = ""
        self.only_reads = False
        self.others_committed = False  # since the transaction began

    def __getattr__(self, name: str) -> Any:
        return getattr(self.outer.real, name)

    @property
    def isolation_level(self) -> Any:
        return self.outer.real.isolation_level

    @isolation_level.setter
    def isolation_level(self, _value: Any) -> None:
        """One connection has one snapshot."""

    @property
    def read_only(self) -> bool:
        return self.only_reads

    @read_only.setter
    def read_only(self, value: bool) -> None:
        """Begin a transaction: app/core/db/engine.py sets this before the first statement."""
        assert not self.savepoint, "the transaction before has not ended"
        if threading.get_ident() != self.outer.thread:
            raise self.outer.refusal("another thread has begun a transaction")
        self.outer.named += 1
        self.savepoint, self.only_reads, self.others_committed = f"transaction_{self.outer.named}", value, False
        self.outer.open.append(self)
        self.outer.execute(f"SAVEPOINT {self.savepoint}")
        if value:
            self.outer.execute("SET TRANSACTION READ ONLY")

    def commit(self) -> None:
        self._end("RELEASE SAVEPOINT {0}")
        for other in self.outer.open:
            other.others_committed = True

    def rollback(self) -> None:
        self._end("ROLLBACK TO SAVEPOINT {0}; RELEASE SAVEPOINT {0}", undoes_others=True)

    def _end(self, statements: str, *, undoes_others: bool = False) -> None:
        if self.savepoint and self in self.outer.open:
            if self.outer.open[-1] is not self or (self.others_committed and undoes_others):
                raise self.outer.refusal("a transaction ends while a later one is open or after it was committed")
            self.outer.open.pop()
            self.outer.execute(statements.format(self.savepoint))
        self.savepoint = ""

    def close(self) -> None:
        self.rollback()
