"""导入单据 Documents are imported line by line: each row is a line, and rows that belong together make one document.

A document begins with a row of another mark than the row above. Without marks it begins with a row whose head says
something else than that of the document above; cells of the head that are left empty say the same. What one row is
refused for keeps the whole document out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.db.base import model_name
from app.core.errors import AppError
from app.core.record.entry import ENTRIES
from app.core.record.fields import fields_of
from app.core.sheets.columns import Draft, SheetColumn
from app.core.sheets.workbook import SheetRow, cell_text
from app.core.text import normalised
from app.imports.engine.from_fields import FieldsImport, column_of, columns_of
from app.imports.engine.importer import Made
from app.models.document import line_model
from app.workflows.document.lines import MOST_LINES

MARK, LINES = "mark", "lines."
LONGEST_MARK = 40


class DocumentImport(FieldsImport):
    """Reads documents. Its columns are a mark, the fields of the head, and those of a line, as `lines.quantity`."""

    joins_rows = True
    advice = _l(
        "Each row is a line. Rows of one document stand below one another and have the same mark, or, without marks, "
        "the same head; the head needs to be filled in on the first of them only. Headings in red must be filled in."
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._followed = _Followed()

    @classmethod
    def columns_read(cls) -> Iterator[SheetColumn]:
        note = _l("The same for all lines of one document; may be left empty")
        yield SheetColumn(_("Document in the file"), MARK, note=note, length=LONGEST_MARK, width=12)
        head = list(columns_of(cls.model))
        yield from head
        yield from _line_columns(cls, {column.heading for column in head})

    @property
    def head(self) -> tuple[SheetColumn, ...]:
        return tuple(c for c in self.columns if c.field != MARK and not c.field.startswith(LINES))

    @property
    def of_lines(self) -> tuple[SheetColumn, ...]:
        return tuple(column for column in self.columns if column.field.startswith(LINES))

    # Which rows belong together

    def begins(self, row: SheetRow, places: Sequence[int]) -> bool:
        """Return whether another document begins with this row, or one that is too long goes on."""
        mark, *cells = (_plain(row, place) for place in places[: 1 + len(self.head)])
        return self._followed.begins(row.number, mark, cells)

    def together(self, drafts: list[Draft]) -> list[list[Draft]]:
        starts = self._followed.starts
        groups = groupby(drafts, key=lambda draft: bisect_right(starts, draft.number))
        return [list(rows) for _start, rows in groups]

    def check(self, drafts: list[Draft]) -> None:
        for rows in self.together(drafts):
            self._require_one(rows)
        super().check(drafts)
        for rows in self.together(drafts):
            self._keep_out_together(rows)

    def _require_one(self, rows: list[Draft]) -> None:
        """See that the rows stand below one another, are not too many, and say the same of their head."""
        first = rows[0]
        if first.number in self._followed.repeated:
            text = _("The rows of “%(mark)s” do not stand below one another.", mark=first.values.get(MARK))
            first.blame(self.heading_for(MARK), "rows_apart", text)
        if first.number in self._followed.too_long:
            text = _("A document takes at most %(n)s lines.", n=MOST_LINES)
            first.blame(self.heading_for(MARK), "too_many_lines", text)
        for draft in rows[1:]:
            for column in self.head:
                value = draft.values.get(column.field)
                if value is not None and value != first.values.get(column.field):
                    text = _("This differs from row %(n)s, which belongs to the same document.", n=first.number)
                    draft.blame(column.heading, "head_differs", text)

    def _keep_out_together(self, rows: list[Draft]) -> None:
        refused = next((draft for draft in rows if draft.faults), None)
        if refused is None:
            return
        text = _("Row %(n)s of the same document has a fault, so this row does not come in either.", n=refused.number)
        for draft in rows:
            if not draft.faults:
                draft.blame(self.heading_for(MARK), "other_row", text)

    # What one document is made of

    def values_of(self, rows: list[Draft]) -> dict[str, Any]:
        line = line_model(self.model)
        lines = [self.read(draft, self.of_lines, line) for draft in rows]
        return {**self.read(rows[0], self.head, self.model), "lines": lines}

    def must_have(self, rows: list[Draft]) -> Iterator[tuple[Draft, SheetColumn]]:
        """Yield the cells of the head on the first row, and those of the line on each."""
        yield from ((rows[0], column) for column in self.head if column.required)
        yield from ((draft, column) for draft in rows for column in self.of_lines if column.required)

    def blame(self, rows: list[Draft], refusal: AppError) -> None:
        """Note a refusal where it belongs: one of `lines.2.quantity` is about the third row."""
        part, _dot, rest = (refusal.field or "").partition(".")
        position, _dot, name = rest.partition(".")
        if f"{part}." == LINES and position.isdigit() and int(position) < len(rows):
            rows[int(position)].blame(self.heading_for(f"{LINES}{name}"), refusal.code, refusal.message)
        else:
            super().blame(rows, refusal)

    def made_of(self, rows: list[Draft], record: Any) -> list[Made]:
        """Return the document and its lines, which go before it when the import is taken back."""
        line = model_name(line_model(self.model))
        lines = [Made(draft.number, line, made.id) for draft, made in zip(rows, record.lines, strict=True)]
        return [*super().made_of(rows, record), *lines]


class _Followed:
    """Knows which documents the rows asked about so far belong to.

    starts    numbers of the rows with which a document begins
    repeated  of these, the ones whose mark has stood further up
    too_long  of these, the ones with which a document only goes on that has too many lines
    """

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.repeated: set[int] = set()
        self.too_long: set[int] = set()
        self._marks: set[str] = set()
        self._mark = ""
        self._head: list[str] = []
        self._rows = 0

    def begins(self, number: int, mark: str, head: list[str]) -> bool:
        """Return whether a document begins with the row of this number."""
        goes_on = bool(self.starts) and self._goes_on(mark, head)
        self._rows += 1
        if goes_on and self._rows <= MOST_LINES + 1:  # with one line too many it is refused by its entry
            return False
        if goes_on:
            self.too_long.add(number)
        else:
            if mark and mark in self._marks:
                self.repeated.add(number)
            self._marks.add(mark)
            self._mark, self._head = mark, head
        self.starts.append(number)
        self._rows = 1
        return True

    def _goes_on(self, mark: str, head: list[str]) -> bool:
        if mark:
            return mark == self._mark
        return all(not cell or cell == first for cell, first in zip(head, self._head, strict=True))


def _line_columns(importer: type[DocumentImport], taken: set[str]) -> Iterator[SheetColumn]:
    """Yield a column for each field of a line; a heading that the head has already says that it is the line's."""
    line, entry = line_model(importer.model), ENTRIES[importer.model]
    for name in entry.line_fields:
        described = fields_of(line)[name]
        heading = described.label if described.label not in taken else _("Line: %(field)s", field=described.label)
        yield column_of(described, f"{LINES}{name}", heading, required=name in entry.line_required)


def _plain(row: SheetRow, place: int) -> str:
    return normalised(cell_text(row.values[place])) if place < len(row.values) else ""
