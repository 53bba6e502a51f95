"""A large table is read into a file first, so that no transaction is open while a child process writes its workbook."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

from sqlalchemy.orm import Session

from app.core.jobs.children import LATER, Told
from app.core.sheets.table_workbook import Table


def workbook_later(session: Session, table: Table, rows: Iterable[Sequence[Any]], told: Told) -> bytes:
    """Return the workbook of a table; the transaction ends as soon as its rows are read.

    told    is called for rows that are written, of how many there are
    errors  WorkStopped; OSError when there is no room for the rows
    """
    with tempfile.NamedTemporaryFile(prefix="zhanggui-rows-") as spool:
        count = _written(rows, spool)
        session.rollback()
        content: bytes = LATER.run(
            "app.core.sheets.table_workbook:spooled_workbook", spool.name, table, count, told=told
        )
        return content


def _written(rows: Iterable[Sequence[Any]], spool: IO[bytes]) -> int:
    """Write rows for `spooled_workbook`, and return how many there are."""
    count = 0
    for row in rows:
        pickle.dump(row, spool)
        count += 1
    spool.flush()
    return count
