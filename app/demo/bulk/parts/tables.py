"""Rows on their way into tables: gathered per table, sent in blocks by COPY or executemany.

On PostgreSQL a thread of its own sends, so that one processor makes rows while the other takes them in.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.appbuilder import Model
from app.core.chain.rows import DIGEST
from app.core.search.index import INDEX, index_row

BLOCK = 4_000  # rows; of the search index fewer, for its rows are long
WAITING = 12  # blocks
Row = tuple[Any, ...]


class BulkTable:
    """One table: the columns that are given, and what every row has in those that are not."""

    def __init__(self, connection: Connection, name: str, columns: Sequence[str]) -> None:
        table = Model.metadata.tables[name]
        given = set(columns)
        if unknown := given - set(table.columns.keys()):
            raise KeyError(f"{name} has no {unknown}")
        constant = {
            column.name: column.default.arg
            for column in table.columns
            if column.name not in given and isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar
        }
        if DIGEST in table.c:
            constant[DIGEST] = ""  # the rows are sealed as they are once all of them are in
        self.name = name
        self.columns = (*columns, *constant)
        dialect = connection.dialect
        self.constants = tuple(_held(table.c[key].type, value, dialect) for key, value in constant.items())
        self.rows: list[Row] = []
        self.add = self.rows.append
        self.block = BLOCK
        highest = connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
        self.last_id = int(highest or 0)
        self.written = 0

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id


class SearchTable(BulkTable):
    """The records of one model in the search index."""

    def __init__(self, connection: Connection, model: str) -> None:
        self.on_postgresql = connection.dialect.name == "postgresql"
        self.name = INDEX
        self.model = model
        self.columns = ("id" if self.on_postgresql else "rowid", "pieces")
        self.constants = ()
        self.rows = []
        self.add = self.rows.append
        # FTS5 writes out what it has whenever a smaller key follows: the longer a block of one model, the better.
        self.block = 1_000 if self.on_postgresql else 20_000
        self.last_id = 0
        self.written = 0

    def index(self, key: int, text: str) -> None:
        number, words = index_row(self.model, key, text)
        self.add((number, "{" + words.replace(" ", ",") + "}" if self.on_postgresql else words))


def _held(kind: Any, value: Any, dialect: Any) -> Any:
    """A default as the database holds it."""
    processor = kind.dialect_impl(dialect).bind_processor(dialect)
    held = processor(value) if processor is not None else value
    return int(held) if isinstance(held, bool) else held


class Sender:
    """Takes the blocks of all tables; `pump` sends those that are full."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.tables: list[BulkTable] = []
        self.on_postgresql = connection.dialect.name == "postgresql"
        self.driver: Any = connection.connection.dbapi_connection
        self.blocks: queue.Queue[tuple[BulkTable, list[Row]] | None] = queue.Queue(WAITING)
        self.failed: BaseException | None = None
        self.thread = threading.Thread(target=self._work, name="bulk", daemon=True) if self.on_postgresql else None
        if self.thread is not None:
            self.thread.start()

    def table(self, name: str, columns: str) -> BulkTable:
        """`columns` are names with spaces between."""
        return self._take(BulkTable(self.connection, name, columns.split()))

    def search(self, model: str) -> SearchTable:
        found = SearchTable(self.connection, model)
        self._take(found)
        return found

    def _take(self, table: BulkTable) -> BulkTable:
        self.tables.append(table)
        return table

    @property
    def written(self) -> int:
        return sum(table.written for table in self.tables)

    def pump(self, least: int | None = None) -> None:
        """Send what has grown to a block; with `least` 1 everything."""
        for table in self.tables:
            if len(table.rows) >= (least or table.block):
                rows, table.rows = table.rows, []
                table.add = table.rows.append
                table.written += len(rows)
                self._send(table, rows)

    def _send(self, table: BulkTable, rows: list[Row]) -> None:
        if self.thread is None:
            self._insert(table, rows)
            return
        self._require_sound()
        self.blocks.put((table, rows))

    def close(self) -> None:
        """Wait until everything is in the database.

        errors  whatever the database refused
        """
        self.pump(1)
        self.stop()
        self._require_sound()

    def stop(self) -> None:
        """End the thread; nobody else may use the connection before."""
        if self.thread is not None and self.thread.is_alive():
            self.blocks.put(None)
            self.thread.join()

    def _require_sound(self) -> None:
        if self.failed is not None:
            raise self.failed

    def _work(self) -> None:
        while (block := self.blocks.get()) is not None:
            if self.failed is None:  # else the maker of rows must not wait for ever
                try:
                    self._copy(*block)
                except BaseException as error:  # noqa: BLE001 - raised again by who waits
                    self.failed = error

    def _copy(self, table: BulkTable, rows: list[Row]) -> None:
        ending = "".join(f"\t{_text(value)}" for value in table.constants) + "\n"
        lines = ["\t".join(["\\N" if v is None else v if v.__class__ is str else str(v) for v in row]) for row in rows]
        # Of the characters COPY minds only the line break of search texts occurs in what is made up here.
        whole = ending.join(line.replace("\n", "\\n") for line in lines) + ending
        names = ", ".join(f'"{name}"' for name in table.columns)
        with self.driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            copy.write(whole.encode())

    def _insert(self, table: BulkTable, rows: list[Row]) -> None:
        names = ", ".join(f'"{name}"' for name in table.columns)
        given = len(table.columns) - len(table.constants)
        marks = ", ".join(["?"] * given + [_quoted(value) for value in table.constants])
        self.driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)  # noqa: S608


def _text(value: Any) -> str:
    return "\\N" if value is None else str(value)


def _quoted(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
