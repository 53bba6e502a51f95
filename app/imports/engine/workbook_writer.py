"""Workbooks are written in constant memory: the template of an import, and the rows it refused.

No text becomes a formula or a link, whatever it begins with. quality.md R12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.sheets.columns import FAULT_HEADING, SheetColumn
from app.core.sheets.workbook import MOST_ROWS, Sheet, SheetRow, cell_text, column_letters
from app.imports.engine.importer import Importer

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
LONGEST_CELL = 32_000


def write_template(target: BinaryIO, importer: Importer, session: Session) -> None:
    """Write the headings to fill in, the notes below them, and the lists to choose from."""
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        sheet = book.add_worksheet(importer.sheet_name)
        notes = book.add_worksheet(_("How to fill in"))
        lists = book.add_worksheet(_("Choices"))
        look = {"bold": True, "bg_color": "#E5EDFF", "border": 1, "border_color": "#C9D3E3"}
        bold, must = book.add_format(look), book.add_format({**look, "font_color": "#B3261E"})
        text = book.add_format({"num_format": "@"})
        open_number = book.add_format({"num_format": "0.####", "locked": False})
        for place, column in enumerate(importer.columns):
            sheet.set_column(place, place, column.width, open_number if column.is_number else text)
        for place, column in enumerate(importer.columns):  # what must be filled in stands in red
            sheet.write_string(0, place, column.heading, must if column.required else bold)
        _offer_choices(sheet, lists, importer.columns, session)
        for line, row in enumerate(importer.template_rows(), 1):
            _write_row(sheet, line, row)
        sheet.freeze_panes(1, 0)
        if importer.exact:
            sheet.protect("", {"format_columns": True, "sort": True, "autofilter": True})
        _write_notes(notes, importer, bold)


def _write_notes(sheet: Any, importer: Importer, bold: Any) -> None:
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 2, 60)
    sheet.write_string(0, 0, str(importer.advice))
    _write_row(sheet, 1, [_("Column"), _("Required"), _("What to enter")], bold)
    for line, column in enumerate(importer.columns, 2):
        _write_row(sheet, line, [column.heading, _("Yes") if column.required else "", str(column.note)])


def _offer_choices(sheet: Any, lists: Any, columns: Sequence[SheetColumn], session: Session) -> None:
    """Write a list for each column that has one and bind the column to it; a value outside is only warned about."""
    offered = [(i, column.heading, column.choices(session)) for i, column in enumerate(columns) if column.choices]
    if not offered:
        lists.hide()
        return
    longest = max(len(choices) for _place, _heading, choices in offered)
    _write_row(lists, 0, [heading for _place, heading, _choices in offered])
    for line in range(longest):
        _write_row(lists, line + 1, [choices[line] if line < len(choices) else None for _p, _h, choices in offered])
    for at, (place, heading, choices) in enumerate(offered):
        letters = column_letters(at)
        source = f"='{lists.get_name()}'!${letters}$2:${letters}${len(choices) + 1}"
        told = {"error_title": heading, "error_message": _("Please choose from the list."), "error_type": "warning"}
        sheet.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": source, **told})


def write_refused(
    target: BinaryIO, sheet: Sheet, faults: Iterable[tuple[int, str]], sheet_name: str, *, every_row: bool
) -> None:
    """Write the rows of a file that were refused, as they were, with one more column that says why.

    faults     (sheet row, text), in the order of the sheet
    every_row  the rows that came in too: for files that are only taken whole
    """
    kept = [place for place, heading in enumerate(sheet.headings) if heading and heading != FAULT_HEADING]
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        written = book.add_worksheet(sheet_name)
        bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "#B3261E"})
        written.set_column(0, len(kept), 16)
        written.set_column(len(kept), len(kept), 60, red)
        _write_row(written, 0, [*(sheet.headings[place] for place in kept), FAULT_HEADING], bold)
        line = 0
        for row, texts in _joined(sheet.rows(), faults):
            if texts or every_row:
                line += 1
                cells = [row.values[place] if place < len(row.values) else "" for place in kept]
                _write_row(written, line, [*cells, "；".join(texts)])
        written.freeze_panes(1, 0)


def _joined(rows: Iterator[SheetRow], faults: Iterable[tuple[int, str]]) -> Iterator[tuple[SheetRow, list[str]]]:
    """Yield each row with its faults; both come in the order of the sheet, so neither is held in memory."""
    waiting = iter(faults)
    fault = next(waiting, None)
    for row in rows:
        texts = []
        while fault is not None and fault[0] <= row.number:
            texts.append(fault[1])
            fault = next(waiting, None)
        yield row, texts


def _write_row(sheet: Any, line: int, cells: Iterable[Any], style: Any = None) -> None:
    for place, value in enumerate(cells):
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            sheet.write_number(line, place, value, style)
        elif text := cell_text(value):
            sheet.write_string(line, place, text[:LONGEST_CELL], style)
