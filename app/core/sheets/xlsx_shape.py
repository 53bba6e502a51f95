"""A sheet of a workbook is walked through before its reader allocates anything for it: its reach, texts and formulas.

A reader may take a row from the row or from the address of a cell, skip an address it does not understand, and count on
instead. So rows and cells must come in their order, and the address of a cell must name its row: then every way to read
the sheet stays within what was counted here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.parsers import expat

from app.core.sheets.limits import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_FORMULAS,
    MOST_REPEATED,
    MOST_ROWS,
    damaged,
    too_many_cells,
    too_many_columns,
    too_many_rows,
)

_ROW = re.compile(r"[1-9][0-9]{0,6}")
_LETTERS = re.compile(r"[A-Z]{1,3}")


def _new_parser() -> Any:
    """Return a parser of XML that is UTF-8 whatever it says of itself, as the reader of cells takes it."""
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    return parser


def _parse(parser: Any, chunks: Iterable[bytes]) -> None:
    """Read XML through.

    errors  BadFile when it is no plain XML
    """
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise damaged() from error


def _refuse_doctype(*_declaration: Any) -> None:
    raise damaged()


def local(tag: str) -> str:
    """Return the name of an element without the mark of its namespace."""
    return tag.rpartition(":")[2] if ":" in tag else tag


class Shape:
    """A shape tells how far the filled cells of a sheet reach, and keeps the text of its formulas.

    formulas  (row from 1, column from 0) → "=…"
    repeated  cells whose texts stand in the list of texts
    """

    def __init__(self) -> None:
        self.formulas: dict[tuple[int, int], str] = {}
        self.last_row = self.repeated = 0
        self._first_row = self._first_column = 10**9
        self._last_column = self._row = 0
        self._column = -1
        self._row_text = ""
        self._shared: dict[str, str] = {}
        self._formula: list[str] | None = None
        self._shared_key: str | None = None
        self._columns: dict[str, int] = {}
        self._is_cell = False
        self._parser = _new_parser()

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read the sheet through.

        errors  BadFile beyond the limits, or when it is no plain XML
        """
        self._parser.StartElementHandler = self._begin
        _parse(self._parser, chunks)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = local(tag)
        if tag == "c":
            self._place(attributes.get("r"))
            self._is_cell = True
            if attributes.get("t") == "s":
                self.repeated += 1
        elif tag == "v" or tag == "is":
            self._filled()
        elif tag == "row":
            self._begin_row(attributes.get("r"))
        elif tag != "f":
            self._is_cell = False
        elif self._is_cell:  # Rules of validation below the rows have elements of this name, too.
            self._formula = []
            self._shared_key = attributes.get("si") if attributes.get("t") == "shared" else None
            self._filled()
            # Ends and texts are handled within formulas only, because a large sheet has millions of others.
            self._parser.EndElementHandler = self._end
            self._parser.CharacterDataHandler = self._text

    def _begin_row(self, number: str | None) -> None:
        row = self._row + 1 if number is None else int(number) if _ROW.fullmatch(number) else 0
        if row <= self._row:
            raise damaged()
        self._row, self._column, self._row_text = row, -1, str(row)

    def _place(self, address: str | None) -> None:
        """Go to a cell such as AB12; one without address stands beside the one before."""
        if address is None:
            self._column += 1
            return
        letters = address.removesuffix(self._row_text)
        column = self._columns.get(letters, -1) if len(letters) < len(address) else -1
        if column < 0:
            column = self._new_column(address, letters)
        if column <= self._column:
            raise damaged()
        self._column = column

    def _new_column(self, address: str, letters: str) -> int:
        if not _LETTERS.fullmatch(letters) or letters + self._row_text != address:
            raise damaged()
        found = 0
        for letter in letters:
            found = found * 26 + ord(letter) - 64
        if found > MOST_COLUMNS:
            raise too_many_columns()
        self._columns[letters] = found - 1
        return found - 1

    def _filled(self) -> None:
        row, column = self._row, self._column
        if row > self.last_row:
            self.last_row = row
            if row > MOST_ROWS + 1:
                raise too_many_rows()
        if row < self._first_row:
            self._first_row = row
        if column > self._last_column:
            self._last_column = column
        if column < self._first_column:
            self._first_column = column
        if column >= MOST_COLUMNS:
            raise too_many_columns()
        if (row - self._first_row + 1) * (self._last_column - self._first_column + 1) > MOST_CELLS:
            raise too_many_cells()

    def _text(self, text: str) -> None:
        if self._formula is not None:
            self._formula.append(text)

    def _end(self, tag: str) -> None:
        if self._formula is not None and local(tag) == "f":
            self._keep_formula("".join(self._formula))
            self._formula = None
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    def _keep_formula(self, text: str) -> None:
        if self._shared_key is not None:
            text = text or self._shared.get(self._shared_key, "")
            self._shared[self._shared_key] = text
        self.formulas[self._row, self._column] = f"={text}"
        if len(self.formulas) > MOST_FORMULAS:
            raise too_many_cells()


def require_texts(texts: Iterable[bytes], sheet: Callable[[], Iterable[bytes]], cells: int) -> None:
    """Refuse a list of texts that says it is longer than any, and cells that would hold far more than their file.

    Each cell that refers to a text gets one of its own.
    errors  BadFile
    """
    lengths = _Lengths()
    _walk(texts, lengths)
    if max(lengths.found, default=0) * cells > MOST_REPEATED:
        _walk(sheet(), _Used(lengths.found))


def _walk(chunks: Iterable[bytes], through: _Lengths | _Used) -> None:
    parser = _new_parser()
    parser.StartElementHandler, parser.EndElementHandler = through.begin, through.end
    parser.CharacterDataHandler = through.text
    _parse(parser, chunks)


class _Lengths:
    """This measures each text of the list of texts, in bytes and not below what a reader makes of it.

    A reader makes room for as many texts as the list says it has.
    """

    def __init__(self) -> None:
        self.found: list[int] = []
        self._length = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si" or local(tag) == "si":
            self._length = 0
        elif "uniqueCount" in attributes or "count" in attributes:
            for said in (attributes.get("uniqueCount", "0"), attributes.get("count", "0")):
                if not (said.isascii() and said.isdigit() and len(said) < 9 and int(said) <= MOST_CELLS):
                    raise too_many_cells()

    def text(self, text: str) -> None:
        self._length += len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))

    def end(self, tag: str) -> None:
        if tag == "si" or local(tag) == "si":
            self.found.append(self._length)


class _Used:
    """This adds up the text of all cells that refer to the list of texts."""

    def __init__(self, lengths: list[int]) -> None:
        self._lengths = lengths
        self._is_key = False
        self._key = ""
        self._used = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c" or local(tag) == "c":
            self._is_key = attributes.get("t") == "s"
            self._key = ""

    def text(self, text: str) -> None:
        if self._is_key:
            self._key += text[:12]

    def end(self, tag: str) -> None:
        if self._is_key and (tag == "v" or local(tag) == "v"):
            key = self._key.strip()
            place = (
                int(key) if key.isascii() and key.isdigit() else 0
            )  # A reader takes the first for what it cannot read.
            self._used += self._lengths[place] if place < len(self._lengths) else 0
            self._key = ""
            if self._used > MOST_REPEATED:
                raise too_many_cells()
