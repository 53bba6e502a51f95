"""A workbook that is imported has these columns, and its rows have these faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.errors import AppError
from app.core.sheets.workbook import cell_text

# A spreadsheet shows or saves a long number like this; its last digits are lost.
_SHORTENED = re.compile(r"[+-]?\d(\.\d+)?E[+-]\d{2,3}")


FAULT_HEADING = "错误"  # the column an error file adds; it may stay in a file that is sent again


@dataclass(frozen=True)
class SheetColumn:
    """One column of a workbook. Headings are part of the file format, so they are not translated.

    parse    cell → value; raises Refused with the code of the fault
    note     what to enter, for the template
    choices  what may be entered, for the template's lists
    length   longest text; by default that of the model's field
    """

    heading: str
    field: str
    parse: Callable[[Any], Any] = cell_text
    note: Any = ""
    required: bool = False
    choices: Callable[[Session], Sequence[str]] | None = None
    is_number: bool = False
    length: int | None = None
    width: int = 16


@dataclass(frozen=True)
class Fault:
    row: int
    heading: str
    code: str
    text: str


@dataclass
class Draft:
    """A row of a file that is being imported, with its values and its faults."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def blame(self, heading: str, code: str, text: Any) -> None:
        self.faults.append(Fault(self.number, heading, code, str(text)))

    def doubt(self, heading: str, code: str, text: Any) -> None:
        self.warnings.append(Fault(self.number, heading, code, str(text)))

    def parse(self, column: SheetColumn, longest: int | None, cell: Any) -> None:
        """Read one cell; a cell that cannot be read leaves a fault and no value."""
        try:
            value = column.parse(cell)
        except AppError as refusal:
            self.blame(column.heading, refusal.code, refusal.message)
            return
        if isinstance(value, str) and _SHORTENED.fullmatch(value):
            text = _("“%(text)s” is what is left of a longer number. Enter all of its digits as text.", text=value)
            self.blame(column.heading, "digits_lost", text)
            return
        if longest and isinstance(value, str) and len(value) > longest:
            text = _("“%(heading)s” takes at most %(n)s characters.", heading=column.heading, n=longest)
            self.blame(column.heading, "too_long", text)
            return
        self.values[column.field] = None if value == "" else value
