"""导入 Any model that people may create can be imported; columns and rules are read from the model.

Headings are the fields' Chinese names. Every row goes through the model's `Entry`, as if it were typed into the form:
the check makes the rows and takes them back, so that a rule refuses the same row with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.db.base import model_name
from app.core.errors import AppError, refusal_of
from app.core.kinds.kind import Kind
from app.core.record.entry import ENTRIES, Entry
from app.core.record.fields import Field, fields_of, title_column, unique_fields
from app.core.sheets.columns import Draft, SheetColumn
from app.core.sheets.workbook import cell_text
from app.core.text import normalised
from app.imports.engine.importer import IMPORTERS, Importer, Made
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.security.dictionaries import items
from app.security.policy import visible
from app.workflows.from_fields import duplicate

MOST_OFFERED = 500  # names in the template's list; other names are typed


class FieldsImport(Importer):
    """The import of one model; `import_of` makes the class. `columns` are read from the model when first asked for."""

    advice = _l("Headings in red must be filled in. Customers, people and other records are named as lists show them.")

    def __init_subclass__(cls) -> None:
        cls.columns = _Columns()  # type: ignore[assignment]  # a tuple to whoever asks
        super().__init_subclass__()

    @property
    def entry(self) -> Entry:
        return ENTRIES[self.model]

    def prepare(self) -> None:
        self._items: dict[str, dict[str, int]] = {}

    # Rules

    def check(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            for column in self.columns:
                if column.required and draft.values.get(column.field) is None and not _is_blamed(draft, column):
                    text = _("Please fill in “%(field)s”.", field=column.heading)
                    draft.blame(column.heading, "missing", text)
        taken = self.seen | self._on_file(drafts)
        trial, made = self.session.begin_nested(), []  # The row is held, so that the session can expunge it.
        try:
            for draft in drafts:
                values = self._values(draft)
                self._find_taken(draft, taken)
                if not draft.faults:
                    made.append(self._try(draft, values))
        finally:
            trial.rollback()

    def _try(self, draft: Draft, values: dict[str, Any]) -> Any:
        """Make the row as the form would; what refuses it is a fault of the row."""
        try:
            with self.session.begin_nested():
                return self.entry.create(self.session, values, self.actor)
        except AppError as refusal:
            for reason in refusal.reasons:
                draft.blame(self._heading(reason.field), reason.code, reason.message)
        except sa.exc.IntegrityError as error:
            told = refusal_of(error)
            if told is None:
                raise
            draft.blame(self._heading(told.field), told.code, told.message)
        return None

    def _heading(self, field: str | None) -> str:
        return next((c.heading for c in self.columns if c.field == field), self.columns[0].heading)

    def _on_file(self, drafts: list[Draft]) -> set[tuple[str, Any]]:
        """Return (field, value) of the numbers and names of these rows that exist already.

        Each such field is one query.
        """
        found: set[tuple[str, Any]] = set()
        for described in unique_fields(self.model):
            column = getattr(self.model, described.name)
            values = {draft.values[described.name] for draft in drafts if draft.values.get(described.name) is not None}
            query = sa.select(column).where(column.in_(values))
            found |= {(described.name, value) for value in self.session.scalars(query)}
        return found

    def _find_taken(self, draft: Draft, taken: set[tuple[str, Any]]) -> None:
        """Find a number that exists, or that an earlier row of the file has taken."""
        for described in unique_fields(self.model):
            value = draft.values.get(described.name)
            if value is not None and (described.name, value) in taken:
                refusal = duplicate(described, value)
                draft.blame(self._heading(described.name), refusal.code, refusal.message)

    def settled(self, drafts: list[Draft], *, written: bool) -> None:
        if not written:
            names = [described.name for described in unique_fields(self.model)]
            self.seen.update((name, draft.values.get(name)) for draft in drafts for name in names)

    def write(self, drafts: list[Draft]) -> list[Made]:
        made = ((draft.number, self._values(draft)) for draft in drafts)
        rows = [(number, self.entry.create(self.session, values, self.actor)) for number, values in made]
        self.session.flush()
        return [Made(number, model_name(self.model), row.id, row.version) for number, row in rows]

    # Names become rows

    def _values(self, draft: Draft) -> dict[str, Any]:
        """Return the cells that say something, rows in place of names.

        Looked up anew each time: a row of the file may name one further up, and what the check made is gone by then.
        """
        fields = fields_of(self.model)
        found = {}
        for column in self.columns:
            value = draft.values.get(column.field)
            if value is not None:
                value = fields[column.field].kind.resolved(value, _NamedRows(self, draft, column))
            if value is not None:
                found[column.field] = value
        return found

    def item_named(self, draft: Draft, column: SheetColumn, dictionary: str, label: str) -> Any:
        if dictionary not in self._items:
            self._items[dictionary] = {normalised(i.label): i.id for i in items(self.session, dictionary)}
        key = self._items[dictionary].get(normalised(label))
        if key is None:
            draft.blame(
                column.heading, "unknown_choice", _("“%(label)s” is not a value of this list.", label=label[:60])
            )
            return None
        return self.session.get(DictionaryItem, key)

    def row_named(self, draft: Draft, column: SheetColumn, target: type[Any], name: str) -> Any:
        found = list(self.session.scalars(self._rows_of(target, name).limit(2)))
        if len(found) == 1:
            return found[0]
        if found:
            text = _("Several records are called “%(name)s”; give the number instead.", name=name[:60])
            draft.blame(column.heading, "ambiguous_row", text)
        else:
            text = _("There is no “%(name)s”, or you may not see it.", name=name[:60])
            draft.blame(column.heading, "unknown_row", text)
        return None

    def _rows_of(self, target: type[Any], name: str) -> sa.Select[Any]:
        """Return rows of this name or number that this person sees; of people those who have not left."""
        conditions = [getattr(target, column) == name for column in names_of(target)]
        query = visible(sa.select(target).where(sa.or_(sa.false(), *conditions)), target, self.actor)
        if target is AppUser:
            query = query.where(~AppUser.has_left)
        narrowed: sa.Select[Any] = query.order_by(target.id)
        return narrowed


@dataclass(frozen=True)
class _NamedRows:
    """Finds the rows that a cell names, as lists show them; a name that finds none is a fault of the cell."""

    importer: FieldsImport
    draft: Draft
    column: SheetColumn

    def row(self, model: type[Any], named: str) -> Any:
        return self.importer.row_named(self.draft, self.column, model, named)

    def several(self, model: type[Any], named: Sequence[str]) -> list[Any]:
        rows = [self.row(model, name) for name in named]
        return [row for row in rows if row is not None]

    def item(self, dictionary: str, named: str) -> Any:
        return self.importer.item_named(self.draft, self.column, dictionary, named)


def names_of(target: type[Any]) -> list[str]:
    """Return columns of a model that a workbook may name its rows by."""
    fields = fields_of(target)
    wanted = dict.fromkeys((title_column(target), "number", "code", "name", "path", "username"))
    return [name for name in wanted if name in fields and fields[name].kind.is_line]


def import_of(model: type[Any], title: Any) -> None:
    """Offer the import of a model, unless its domain has written one. Who may use it is a right."""
    if any(importer.model is model for importer in IMPORTERS.values()):
        return
    said = {"kind": model_name(model), "label": title, "model": model, "sheet_name": "数据", "usual_login": "admin"}
    type(f"{model.__name__}Import", (FieldsImport,), said)  # Making the class registers it.


# Columns


class _Columns:
    """The columns of a class, made when they are first asked for: what fields are called needs the application."""

    def __init__(self) -> None:
        self.made: tuple[SheetColumn, ...] | None = None

    def __get__(self, _instance: Any, importer: type[FieldsImport]) -> tuple[SheetColumn, ...]:
        if self.made is None:
            with force_locale("zh"):  # headings are part of the file, not of the screen
                self.made = tuple(columns_of(importer.model))
        return self.made


def columns_of(model: type[Any]) -> Iterator[SheetColumn]:
    entry = ENTRIES[model]
    required = {described.name for described in entry.required()}
    for name in entry.writable:
        described = fields_of(model)[name]
        kind = described.kind
        if kind.is_lines:
            continue
        yield SheetColumn(
            described.label, name, partial(_read, kind), kind.note_for(is_unique=described in unique_fields(model)),
            required=name in required, choices=_offered(described), length=kind.length, is_number=kind.is_exact,
            width=kind.width(),
        )  # fmt: skip


def _offered(described: Field) -> Callable[[Session], Sequence[str]] | None:
    """Return what a cell's list offers: codes, items, people; of other records there are too many."""
    kind = described.kind
    choices = kind.cell_choices()
    if choices is not None:
        return lambda session: choices
    if kind.dictionary is not None:
        return lambda session: [item.label for item in items(session, str(kind.dictionary))]
    if kind.is_relation and kind.target is AppUser:
        query = sa.select(AppUser.name).where(~AppUser.has_left, AppUser.name != "").order_by(AppUser.id)
        return lambda session: list(session.scalars(query.limit(MOST_OFFERED)))
    return None


def _read(kind: Kind, cell: Any) -> Any:
    """Return the value of a cell; names of rows stay text until all rows of a chunk are looked up."""
    text = cell_text(cell)
    return kind.read_cell(text) if text else text


def _is_blamed(draft: Draft, column: SheetColumn) -> bool:
    return any(fault.heading == column.heading for fault in draft.faults)
