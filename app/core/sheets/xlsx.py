"""Excel workbooks are read as rows, safely whoever sent them. quality.md R12.

Values come from calamine. Before it may open a file, every part is inflated and the sheet is walked through once, so
that nothing larger than the limits reaches it; that walk also keeps formulas as the text they are. Two readers may
understand one file differently, so calamine never sees the file: it is given another one, with an index made here and
with those parts alone which were examined.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from app.core.files.archive import Archive
from app.core.files.bad_file import BadFile
from app.core.files.bad_file import to_translate as _l
from app.core.sheets.limits import LONGEST_TEXT, MOST_TAGS, damaged, tell_rows, too_many_cells
from app.core.sheets.xlsx_book import SHEET, STYLES, TEXTS, Book, book_of, index_of
from app.core.sheets.xlsx_shape import Shape, require_texts


def read_workbook(content: bytes, out: BinaryIO) -> None:
    """Write the rows of the first visible sheet to `out`; a task of `child_process.py`.

    errors  BadFile: not an .xlsx workbook, larger than the limits, with macros, or with external entities
    """
    archive = Archive(content)
    book = book_of(archive)
    shape = _examined(archive, book)
    kept = {name: part for name, part in ((SHEET, book.sheet), (TEXTS, book.texts), (STYLES, book.styles)) if part}
    try:
        alone = archive.only(kept, index_of(kept, is_1904=book.is_1904))
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(alone)).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError) as error:
        raise damaged() from error
    tell_rows(out, shape.last_row, _rows(sheet, shape.formulas))


def _rows(sheet: Any, formulas: dict[tuple[int, int], str]) -> Iterator[tuple[int, list[Any]]]:
    """Yield the number and the cells of each row, formulas as the text they are."""
    if sheet.start is None and not formulas:
        return
    offset = sheet.start[1] if sheet.start else 0
    formula_rows: dict[int, list[int]] = {}
    for row, column in formulas:
        formula_rows.setdefault(row, []).append(column)
    number = 0
    for number, found in enumerate(sheet.iter_rows() if sheet.start else (), 1):
        values = [""] * offset + found if offset else found
        for column in formula_rows.pop(number, ()):
            _put(values, column, formulas[number, column])
        yield number, values
    for row in sorted(formula_rows):  # Below the last value there may be formulas that have none.
        values = []
        for column in formula_rows[row]:
            _put(values, column, formulas[row, column])
        yield row, values


def _put(values: list[Any], column: int, text: str) -> None:
    values.extend([""] * (column + 1 - len(values)))
    values[column] = text


# The file is examined before it is opened.


def _examined(archive: Archive, book: Book) -> Shape:
    """Return the shape of the sheet, once every part of the file has been examined."""
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in archive.parts):
        raise BadFile(_l("Workbooks with macros are not taken. Save it as .xlsx without macros."))
    shape = Shape()
    for name in archive.parts:
        if name == book.sheet:
            shape.read(_short_texts(archive.read(name)))
        else:
            _require_plain(name, archive.read(name))
    if book.texts:
        require_texts(archive.read(book.texts), lambda: archive.read(book.sheet), shape.repeated)
    return shape


def _short_texts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same pieces, while no text within is longer than any cell's: the reader would hold it twice."""
    length = 0
    for chunk in chunks:
        begin = chunk.rfind(b"<")
        length = length + len(chunk) if begin < 0 else len(chunk) - begin
        if length > LONGEST_TEXT:
            raise BadFile(_l("The sheet has a cell with far too much text."))
        yield chunk


def _require_plain(name: str, chunks: Iterable[bytes]) -> None:
    is_xml = name.endswith((".xml", ".rels", ".vml"))
    tags, tail = 0, b""
    for chunk in _short_texts(chunks) if is_xml else chunks:
        tags += chunk.count(b"<")
        text = tail + chunk.replace(b"\0", b"").upper()
        if tags > MOST_TAGS:
            raise too_many_cells()
        if is_xml and (b"<!DOCTYPE" in text or b"<!ENTITY" in text):
            raise damaged()
        tail = text[-16:]
