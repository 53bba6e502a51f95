"""A sheet may be so large and no larger: every reader of a file of rows keeps to these limits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from app.core.files.bad_file import BadFile
from app.core.files.bad_file import to_translate as _l

MOST_ROWS = 200_000
LAST_ROW = 1_048_576  # of a spreadsheet, rows without a value among them
MOST_COLUMNS = 100
# The reader holds all of each at once, at a hundred bytes apiece; a single file may not fill the memory of a server.
MOST_CELLS = 2_000_000
MOST_TAGS = 5_000_000  # in any part but the sheet: four to a text
MOST_FORMULAS = 100_000  # No import needs them, and each is held as text.
MOST_REPEATED = 100_000_000  # bytes of all cells whose texts stand in the list of texts, each as often as it is used
LONGEST_TEXT = 200_000  # bytes between two tags: Excel's 32,767 letters in their longest encoding
LARGEST_INDEX = 1024 * 1024


def damaged() -> BadFile:
    return BadFile(_l("The file is damaged or is not an Excel workbook (.xlsx)."))


def too_many_rows() -> BadFile:
    return BadFile(_l("The sheet has more than %(n)s rows. Split it into several files."), n=MOST_ROWS)


def too_many_columns() -> BadFile:
    return BadFile(_l("The sheet has more than %(n)s columns."), n=MOST_COLUMNS)


def too_many_cells() -> BadFile:
    return BadFile(_l("The sheet has too many cells. Split it into several files."))


def tell_rows(out: BinaryIO, last_row: int, rows: Iterable[tuple[int, list[Any]]]) -> None:
    """Write rows as `sheet_told` reads them: how far the sheet goes, then each row with its number, a line of JSON."""
    out.write(b"%d\n" % last_row)
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)
    for row in rows:
        out.write(encoder.encode(row).encode("utf-8", "surrogatepass") + b"\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return {"at": value.isoformat()}
    return {"on": value.isoformat()} if isinstance(value, dt.date) else str(value)
