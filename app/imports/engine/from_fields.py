"""导入 Any model that people may create can be imported; columns and rules are read from the model.

Headings are the fields' Chinese names. Every row goes through the model's `Entry`, as if it were typed into the form:
the check makes the rows and takes them back, so that a rule refuses the same row with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.db.base import model_name
from app.core.errors import AppError, refusal_of
from app.core.kinds.kind import Kind
from app.core.money import plain
from app.core.record.entry import ENTRIES, Entry
from app.core.record.fields import Field, fields_of, title_column, unique_fields
from app.core.record.naming import display_columns
from app.core.record.numbering import whole_number
from app.core.search.normal_forms import NormalForm, comparable, kept_form
from app.core.sheets.columns import Draft, SheetColumn
from app.core.sheets.workbook import cell_text
from app.core.text import narrow, normalised
from app.imports.engine.importer import Importer, Made
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.security.dictionaries import items, rates_of
from app.security.policy import may_name, visible
from app.workflows.from_fields import duplicate

_NUMBERS = ("number", "code", "username")  # columns whose values name one row alone
MOST_OFFERED = 500  # names in the template's list; other names are typed


class FieldsImport(Importer):
    """Imports one model; `derived.py` makes the class. `columns` are read from the model when first asked for."""

    advice = _l("Headings in red must be filled in. Customers, people and other records are named as lists show them.")

    def __init_subclass__(cls) -> None:
        cls.columns = _Columns()  # type: ignore[assignment]  # a tuple to whoever asks
        super().__init_subclass__()

    @classmethod
    def columns_read(cls) -> Iterator[SheetColumn]:
        """Return the columns of the sheet, in their order."""
        return columns_of(cls.model)

    @property
    def entry(self) -> Entry:
        return ENTRIES[self.model]

    def prepare(self) -> None:
        self._items: dict[str, dict[str, int]] = {}
        self._rates: dict[str, list[Decimal]] = {}

    # What one record is made of

    def together(self, drafts: list[Draft]) -> list[list[Draft]]:
        """Return the rows in groups, each of which makes one record."""
        return [[draft] for draft in drafts]

    def values_of(self, rows: list[Draft]) -> dict[str, Any]:
        """Return what the entry is given for the record of these rows."""
        return self.read(rows[0], self.columns, self.model)

    def must_have(self, rows: list[Draft]) -> Iterator[tuple[Draft, SheetColumn]]:
        """Yield the cells that must be filled in."""
        for draft in rows:
            yield from ((draft, column) for column in self.columns if column.required)

    def blame(self, rows: list[Draft], refusal: AppError) -> None:
        """Note a refusal of the record at the cell that it is about."""
        rows[0].blame(self.heading_for(refusal.field), refusal.code, refusal.message)

    def made_of(self, rows: list[Draft], record: Any) -> list[Made]:
        """Return the records that came of these rows."""
        return [Made(rows[0].number, model_name(self.model), record.id, record.version)]

    # Rules

    def check(self, drafts: list[Draft]) -> None:
        groups = self.together(drafts)
        for rows in groups:
            for draft, column in self.must_have(rows):
                if draft.values.get(column.field) is None and not _is_blamed(draft, column):
                    text = _("Please fill in “%(field)s”.", field=column.heading)
                    draft.blame(column.heading, "missing", text)
        taken = self.seen | self._on_file(drafts)
        trial, made = self.session.begin_nested(), []  # The row is held, so that the session can expunge it.
        try:
            for rows in groups:
                values = self.values_of(rows)
                self._find_taken(rows[0], taken)
                if not any(draft.faults for draft in rows):
                    made.append(self._try(rows, values))
        finally:
            trial.rollback()

    def _try(self, rows: list[Draft], values: dict[str, Any]) -> Any:
        """Make the record as the form would; what refuses it is a fault of its rows."""
        try:
            with self.session.begin_nested():
                return self.entry.create(self.session, values, self.actor)
        except AppError as refusal:
            for reason in refusal.reasons:
                self.blame(rows, reason)
        except (sa.exc.StatementError, OverflowError) as error:
            told = refusal_of(error)
            if told is None:
                raise
            self.blame(rows, told)
        return None

    def heading_for(self, field: str | None) -> str:
        return next((c.heading for c in self.columns if c.field == field), self.columns[0].heading)

    def _on_file(self, drafts: list[Draft]) -> set[tuple[str, Any]]:
        """Return (field, value) of the numbers and names of these rows that exist already.

        Each such field is one query.
        """
        found: set[tuple[str, Any]] = set()
        for described in unique_fields(self.model):
            column, form = comparable(self.model, described.name)
            given = (draft.values.get(described.name) for draft in drafts)
            values = {form(value) for value in given if value is not None}
            query = sa.select(column).where(column.in_(values))
            found |= {(described.name, value) for value in self.session.scalars(query)}
        return found

    def _find_taken(self, draft: Draft, taken: set[tuple[str, Any]]) -> None:
        """Find a number that exists, or that an earlier row of the file has taken."""
        for described in unique_fields(self.model):
            value = draft.values.get(described.name)
            form = comparable(self.model, described.name)[1]
            if value is not None and (described.name, form(value)) in taken:
                refusal = duplicate(described, value)
                draft.blame(self.heading_for(described.name), refusal.code, refusal.message)

    def settled(self, drafts: list[Draft], *, written: bool) -> None:
        if not written:
            forms = {field.name: comparable(self.model, field.name)[1] for field in unique_fields(self.model)}
            given = ((name, draft.values.get(name)) for draft in drafts for name in forms)
            self.seen.update((name, forms[name](value)) for name, value in given if value is not None)

    def write(self, drafts: list[Draft]) -> list[Made]:
        given = ((rows, self.values_of(rows)) for rows in self.together(drafts))
        records = [(rows, self.entry.create(self.session, values, self.actor)) for rows, values in given]
        self.session.flush()
        return [made for rows, record in records for made in self.made_of(rows, record)]

    # Names become rows

    def read(self, draft: Draft, columns: Sequence[SheetColumn], model: type[Any]) -> dict[str, Any]:
        """Return the cells that say something, by the fields of the model, rows in place of names.

        Looked up anew each time: a row of the file may name one further up, and what the check made is gone by then.
        """
        fields = fields_of(model)
        found = {}
        for column in columns:
            name = column.field.rpartition(".")[2]
            value = draft.values.get(column.field)
            if value is not None and fields[name].kind.rates:
                value = self.rate_listed(draft, column, str(fields[name].kind.rates), value)
            elif value is not None:
                value = fields[name].kind.resolved(value, _NamedRows(self, draft, column))
            if value is not None:
                found[name] = value
        return found

    def rate_listed(self, draft: Draft, column: SheetColumn, dictionary: str, rate: Decimal) -> Decimal | None:
        """Return the rate that a cell says, when its dictionary has it."""
        if dictionary not in self._rates:
            self._rates[dictionary] = rates_of(self.session, dictionary)
        if rate in self._rates[dictionary]:
            return rate
        draft.blame(column.heading, "unknown_choice", _not_listed(f"{plain(rate * 100)}%"))
        return None

    def item_named(self, draft: Draft, column: SheetColumn, dictionary: str, label: str) -> Any:
        if dictionary not in self._items:
            self._items[dictionary] = {normalised(i.label): i.id for i in items(self.session, dictionary)}
        key = self._items[dictionary].get(normalised(label))
        if key is None:
            draft.blame(column.heading, "unknown_choice", _not_listed(label))
            return None
        return self.session.get(DictionaryItem, key)

    def row_named(self, draft: Draft, column: SheetColumn, target: type[Any], name: str) -> Any:
        found = self.session.execute(self._rows_of(column.field, target, name).limit(2)).all()
        if len(found) == 1 or (found and found[0].rank < found[-1].rank):
            return found[0][0]
        if found:
            text = _("Several records are called “%(name)s”; give the number instead.", name=name[:60])
            draft.blame(column.heading, "ambiguous_row", text)
        else:
            text = _("There is no “%(name)s”, or you may not see it.", name=name[:60])
            draft.blame(column.heading, "unknown_row", text)
        return None

    def _rows_of(self, field: str, target: type[Any], name: str) -> sa.Select[Any]:
        """Return rows of this name or number that this person may name, with their ranks; of people those still here.

        A number goes before the whole name that lists show, and that before a part of it.
        """
        ways: list[tuple[Any, int]] = [(sa.false(), 3)]
        for column in names_of(target):
            compared, form = comparable(target, column)
            ways.append((compared == form(_written(target, column, name)), 0 if column in _NUMBERS else 2))
        whole = _whole_name(target)
        if whole is not None:
            ways.append((whole == normalised(name), 1))
        rank = sa.case(*((way, place) for way, place in sorted(ways, key=itemgetter(1))), else_=3).label("rank")
        query = sa.select(target, rank).where(sa.or_(*(way for way, _rank in ways)))
        if not may_name(self.model, field, self.actor):
            query = visible(query, target, self.actor)
        if target is AppUser:
            query = query.where(~AppUser.has_left)
        narrowed: sa.Select[Any] = query.order_by(rank, target.id)
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
    wanted = dict.fromkeys((title_column(target), *_NUMBERS, "name", "path"))
    return [name for name in wanted if name in fields and fields[name].kind.is_line]


def _whole_name(target: type[Any]) -> Any:
    """Return the normal form of what lists call a row, where several of its columns make it up; else None."""
    columns = [fields_of(target).get(name) for name in display_columns(target)]
    if len(columns) < 2 or not all(column is not None and column.kind.is_line for column in columns):
        return None
    first, *others = (_form_of(target, name) for name in display_columns(target))
    return sum(others, first)


def _form_of(target: type[Any], name: str) -> Any:
    kept = kept_form(target, name)
    return NormalForm(sa.func.coalesce(getattr(target, name), "")) if kept is None else getattr(target, kept.key)


def _written(target: type[Any], column: str, name: str) -> str:
    """Return what a cell says as the system writes it: a document's number in capitals and narrow letters."""
    number = whole_number(target, normalised(name)) if column == "number" else None
    return number or narrow(name).strip()


def _not_listed(label: str) -> Any:
    return _("“%(label)s” is not a value of this list.", label=label[:60])


# Columns


class _Columns:
    """The columns of a class, made when they are first asked for: what fields are called needs the application."""

    def __init__(self) -> None:
        self.made: tuple[SheetColumn, ...] | None = None

    def __get__(self, _instance: Any, importer: type[FieldsImport]) -> tuple[SheetColumn, ...]:
        if self.made is None:
            with force_locale("zh"):  # headings are part of the file, not of the screen
                self.made = tuple(importer.columns_read())
        return self.made


def columns_of(model: type[Any]) -> Iterator[SheetColumn]:
    """Yield a column for each field of the model that people may set, but for its lines."""
    entry = ENTRIES[model]
    required = {described.name for described in entry.required()}
    for name in entry.writable:
        described = fields_of(model)[name]
        if not described.kind.is_lines:
            yield column_of(described, name, described.label, required=name in required)


def column_of(described: Field, name: str, heading: str, *, required: bool) -> SheetColumn:
    """Return the column that a field is read from."""
    kind = described.kind
    return SheetColumn(
        heading, name, partial(_read, kind), kind.note_for(is_unique=described in unique_fields(described.model)),
        required=required, choices=_offered(described), length=kind.length,
        is_number=kind.is_exact and not kind.rates, width=kind.width(),
    )  # fmt: skip


def _offered(described: Field) -> Callable[[Session], Sequence[str]] | None:
    """Return what a cell's list offers: codes, items, people; of other records there are too many."""
    kind = described.kind
    choices = kind.cell_choices()
    if choices is not None:
        return lambda session: choices
    listed = kind.dictionary or kind.rates
    if listed is not None:
        return lambda session: [item.label for item in items(session, listed)]
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
