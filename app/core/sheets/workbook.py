"""Excel workbooks are read as a stream of rows, safely whoever sent them.

Values come from calamine. Before it may open the file, every part is inflated and the sheet is walked through once, so
that nothing larger than the limits reaches it; that walk also keeps formulas as the text they are. quality.md R12.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element
from xml.parsers import expat

import defusedxml.ElementTree as DefusedTree  # noqa: N812  # the module has the name of a class
from defusedxml import DefusedXmlException
from flask_babel import lazy_gettext as _l
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.core.files.archive import Archive, bad_file
from app.core.text import normalised

MOST_ROWS = 200_000
MOST_COLUMNS = 100
# The reader holds all of each at once, at a hundred bytes apiece; a single file may not fill the memory of a server.
MOST_CELLS = 2_000_000
MOST_TAGS = 5_000_000  # in any part but the sheet: four to a text
MOST_FORMULAS = 100_000  # No import needs them, and each is held as text.
LONGEST_TEXT = 200_000  # bytes between two tags: Excel's 32,767 letters in their longest encoding
LARGEST_INDEX = 1024 * 1024
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True)
class SheetRow:
    """One row as it stands in the sheet; `number` is the one the spreadsheet shows at its left edge."""

    number: int
    values: Sequence[Any]


@dataclass
class Sheet:
    """A sheet is what an import reads, whatever file it came in. `headings` are its first row that is not empty.

    size  rows below the headings, empty ones included
    """

    headings: list[str]
    heading_row: int
    size: int
    _read: Callable[[int], Iterator[SheetRow]] = field(repr=False)  # all rows, at least so many columns wide

    def rows(self, after: int = 0) -> Iterator[SheetRow]:
        """Yield the rows below the headings and beyond row `after`; empty ones are left out."""
        for row in self._read(len(self.headings)):
            if row.number > max(after, self.heading_row) and any(value != "" for value in row.values):
                yield row


def sheet_of(read: Callable[[int], Iterator[SheetRow]], last_row: int) -> Sheet:
    """Return the sheet.

    errors  Refused "bad_file" without headings, or with one heading twice
    """
    for row in read(0):
        if any(value != "" for value in row.values):
            headings = [cell_text(value) for value in row.values]
            _require_distinct(headings)
            return Sheet(headings, row.number, max(last_row - row.number, 0), read)
    raise bad_file(_l("The sheet is empty: its first row must hold the headings."))


def open_workbook(content: bytes) -> Sheet:
    """Return the first visible sheet.

    errors  Refused "bad_file": not an .xlsx workbook, larger than the limits, with macros, external entities, without
            headings, or with one heading twice
    """
    shape = _examined(Archive(content))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = workbook.get_sheet_by_name(_sheet_name(workbook))
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged() from error
    return sheet_of(partial(_rows, sheet, shape.formulas), shape.last_row)


def cell_text(value: Any) -> str:
    """Return a cell as a person reads it: 15028820188.0 → "15028820188", spaces around it taken off."""
    if isinstance(value, str):
        return _CONTROL.sub(" ", value).strip() if value else ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Fifteen digits are what Excel itself shows; what follows is the tail of a binary fraction.
        return f"{Decimal(format(value, '.15g')):f}"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return "" if value is None else str(value)


def column_letters(index: int) -> str:
    """Return the letters of a column: 0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def same_heading(one: str, other: str) -> bool:
    """Return whether two headings are the same to a person: width, case and spaces do not count."""
    return normalised(one) == normalised(other)


def _damaged() -> Exception:
    return bad_file(_l("The file is damaged or is not an Excel workbook (.xlsx)."))


def too_many_rows() -> Exception:
    return bad_file(_l("The sheet has more than %(n)s rows. Split it into several files.", n=MOST_ROWS))


def too_many_columns() -> Exception:
    return bad_file(_l("The sheet has more than %(n)s columns.", n=MOST_COLUMNS))


def too_many_cells() -> Exception:
    return bad_file(_l("The sheet has too many cells. Split it into several files."))


def _require_distinct(headings: list[str]) -> None:
    seen: set[str] = set()
    for heading in headings:
        if heading and normalised(heading) in seen:
            raise bad_file(_l("The heading “%(heading)s” stands there twice.", heading=heading[:60]))
        seen.add(normalised(heading))


def _sheet_name(workbook: Any) -> str:
    for sheet in workbook.sheets_metadata:
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return str(sheet.name)
    raise bad_file(_l("The workbook has no visible sheet."))


def _rows(sheet: Any, formulas: dict[tuple[int, int], str], width: int) -> Iterator[SheetRow]:
    if sheet.start is None:
        return
    offset = sheet.start[1]
    formula_rows = {row for row, _column in formulas}
    for number, found in enumerate(sheet.iter_rows(), 1):
        values = [""] * offset + found if offset else found
        if len(values) < width:
            values = values + [""] * (width - len(values))
        if number in formula_rows:
            for column in range(max(len(values), width)):
                if (number, column) in formulas:
                    values[column : column + 1] = [formulas[number, column]]
        yield SheetRow(number, values)


# The file is examined before it is opened.


def _examined(archive: Archive) -> _Shape:
    """Return the shape of the first sheet, once every part of the file has been examined."""
    if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in archive.parts):
        raise bad_file(_l("Workbooks with macros are not taken. Save it as .xlsx without macros."))
    sheet = _sheet_part(archive)
    shape = _Shape()
    for name in archive.parts:
        if name == sheet:
            shape.read(_short_texts(archive.read(name)))
        else:
            _require_plain(name, archive.read(name))
    return shape


def _short_texts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same pieces, while no text within is longer than any cell's: the reader would hold it twice."""
    length = 0
    for chunk in chunks:
        begin = chunk.rfind(b"<")
        length = length + len(chunk) if begin < 0 else len(chunk) - begin
        if length > LONGEST_TEXT:
            raise bad_file(_l("The sheet has a cell with far too much text."))
        yield chunk


def _require_plain(name: str, chunks: Iterable[bytes]) -> None:
    is_xml = name.lower().endswith((".xml", ".rels", ".vml"))
    tags, tail = 0, b""
    for chunk in _short_texts(chunks) if is_xml else chunks:
        tags += chunk.count(b"<")
        text = tail + chunk.replace(b"\0", b"").upper()
        if tags > MOST_TAGS:
            raise too_many_cells()
        if is_xml and (b"<!DOCTYPE" in text or b"<!ENTITY" in text):
            raise _damaged()
        tail = text[-16:]


def _sheet_part(archive: Archive) -> str:
    """Return the part that holds the first visible sheet, as the workbook's own index says."""
    sheets = [
        element
        for element in _index(archive, "xl/workbook.xml").iter()
        if element.tag.rpartition("}")[2] == "sheet" and element.get("state", "visible") == "visible"
    ]
    targets = {
        element.get("Id"): element.get("Target", "")
        for element in _index(archive, "xl/_rels/workbook.xml.rels").iter()
        if element.get("Type", "").endswith("/worksheet")
    }
    for element in sheets:
        if element.get(_RELATION) in targets:
            target = targets[element.get(_RELATION)]
            name = target[1:] if target.startswith("/") else target if target.startswith("xl/") else f"xl/{target}"
            if name in archive.parts:
                return name
    raise _damaged()


def _index(archive: Archive, name: str) -> Element:
    if name not in archive.parts or archive.parts[name].file_size > LARGEST_INDEX:
        raise _damaged()
    try:
        root: Element = DefusedTree.fromstring(b"".join(archive.read(name)), forbid_dtd=True)
    except (DefusedXmlException, DefusedTree.ParseError) as error:
        raise _damaged() from error
    return root


class _Shape:
    """Walks through a sheet: how far its filled cells reach, and the text of its formulas.

    formulas  (row from 1, column from 0) → "=…"
    """

    def __init__(self) -> None:
        self.formulas: dict[tuple[int, int], str] = {}
        self.last_row = 0
        self._first_row = self._first_column = 10**9
        self._last_column = self._row = self._column = 0
        self._shared: dict[str, str] = {}
        self._formula: list[str] | None = None
        self._shared_key: str | None = None
        self._columns: dict[str, int] = {}
        self._parser: Any = None

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read the sheet through.

        errors  Refused "bad_file" beyond the limits, or when it is no plain XML
        """
        parser = self._parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = self._doctype
        parser.buffer_text = True
        try:
            for chunk in chunks:
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise _damaged() from error

    def _doctype(self, *_declaration: Any) -> None:
        raise _damaged()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            self._column = self._place(attributes.get("r", ""))
        elif tag == "v" or tag == "is":
            self._filled()
        elif tag == "row":
            self._row = self._number(attributes.get("r")) or self._row + 1
            self._column = -1
        elif tag == "f":
            self._formula = []
            self._shared_key = attributes.get("si") if attributes.get("t") == "shared" else None
            self._filled()
            # Ends and texts are handled within formulas only, because a large sheet has millions of others.
            self._parser.EndElementHandler = self._end
            self._parser.CharacterDataHandler = self._text

    def _number(self, text: str | None) -> int:
        return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0

    def _place(self, reference: str) -> int:
        """Return the column of a cell such as AB12; a cell without reference stands beside the one before."""
        letters = reference.rstrip("0123456789")
        if not letters:
            return self._column + 1
        found = self._columns.get(letters)
        if found is None:
            found = 0
            for letter in letters[:4]:
                found = found * 26 + ord(letter) - 64
            found -= 1
            if not 0 <= found < MOST_COLUMNS:
                raise too_many_columns()
            self._columns[letters] = found
        return found

    def _filled(self) -> None:
        row, column = self._row, self._column
        if row > self.last_row:
            self.last_row = row
        if row < self._first_row:
            self._first_row = row
        if column > self._last_column:
            self._last_column = column
        if column < self._first_column:
            self._first_column = column
        if row > MOST_ROWS + 1:
            raise too_many_rows()
        if column >= MOST_COLUMNS:
            raise too_many_columns()
        height, width = row - self._first_row + 1, self._last_column - self._first_column + 1
        if height * width > MOST_CELLS:
            raise too_many_cells()

    def _text(self, text: str) -> None:
        if self._formula is not None:
            self._formula.append(text)

    def _end(self, tag: str) -> None:
        if self._formula is None or not (tag == "f" or tag.endswith(":f")):
            return
        text = "".join(self._formula)
        if self._shared_key is not None:
            text = text or self._shared.get(self._shared_key, "")
            self._shared[self._shared_key] = text
        self.formulas[self._row, self._column] = f"={text}"
        if len(self.formulas) > MOST_FORMULAS:
            raise too_many_cells()
        self._formula = None
        self._parser.EndElementHandler = self._parser.CharacterDataHandler = None
