"""An importer is one kind of import: its columns and what it makes of a row. All kinds are registered here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.base import model_name
from app.core.errors import NotAllowed
from app.core.files.child_process import bad_file
from app.core.jobs.jobs import JobProgress
from app.core.record.fields import fields_of
from app.core.sheets.columns import FAULT_HEADING, Draft, SheetColumn
from app.core.sheets.workbook import Sheet, SheetRow, same_heading
from app.models.system.import_batch import ImportBatch


@dataclass(frozen=True)
class Made:
    """A record that was made of a row, and the version it had then."""

    row: int
    model: str
    record_id: int
    version: int = 1


class Importer:
    """One run of one kind of import; a domain subclasses it in `imports/<domain>.py`.

    chosen_model   model of a row that people choose beside the file, if any
    exact          no heading but the declared ones, in their order
    in_one_piece   everything is written at the end, by `finish`, in one transaction
    joins_rows     several rows make one record; see `begins`
    kept_in_use    models whose rows a revert leaves alone when others use them by now
    """

    kind: ClassVar[str]
    label: ClassVar[Any]
    model: ClassVar[type[Any]]
    columns: ClassVar[tuple[SheetColumn, ...]]
    sheet_name: ClassVar[str]
    usual_login: ClassVar[str]
    chosen_model: ClassVar[type[Any] | None] = None
    exact: ClassVar[bool] = False
    in_one_piece: ClassVar[bool] = False
    joins_rows: ClassVar[bool] = False
    kept_in_use: ClassVar[frozenset[str]] = frozenset()
    advice: ClassVar[Any] = ""

    def __init_subclass__(cls) -> None:
        if hasattr(cls, "model"):
            if cls.kind in IMPORTERS:
                raise ValueError(f"the import {cls.kind} is declared twice")
            IMPORTERS[cls.kind] = cls

    def __init__(self, session: Session, actor: Actor, options: dict[str, Any], *, warn: bool = False) -> None:
        self.session = session
        self.actor = actor
        self.options = options
        self.warn = warn
        self.seen: set[Any] = set()  # values that earlier rows have taken and the database does not know yet

    # Methods that a domain may override

    def require_right(self) -> None:
        """Refuse a person without the right to import.

        errors  NotAllowed
        """
        if not self.actor.may("import", self.model):
            raise NotAllowed("not_allowed", _("You do not have the right to import this."))

    @classmethod
    def offered(cls, session: Session, actor: Actor) -> Sequence[Any]:
        """Return rows of the `chosen_model` that this person may choose."""
        return ()

    @classmethod
    def chosen(cls, session: Session, options: Mapping[str, Any]) -> Any:
        """Return the row that was chosen; None for none."""
        key = options.get(model_name(cls.chosen_model)) if cls.chosen_model is not None else None
        return session.get(cls.chosen_model, key) if cls.chosen_model is not None and isinstance(key, int) else None

    @classmethod
    def options_named(cls, session: Session, warehouse: str | None) -> dict[str, Any]:
        """Return what is chosen beside the file, as the batch keeps it, from how it is named on the command line.

        errors  Refused when nothing is called so
        """
        return {}

    def begins(self, row: SheetRow, places: Sequence[int]) -> bool:
        """Return whether a record begins with this row; each row is asked about in its order, before it is checked."""
        return True

    def prepare(self) -> None:
        """Read once what every row is held against; called again when a chunk has to be repeated."""

    def check(self, drafts: list[Draft]) -> None:
        """Hold rows whose cells could be read against the rules, in a number of statements that does not grow."""

    def write(self, drafts: list[Draft]) -> list[Made]:
        """Make the records of rows without fault."""
        raise NotImplementedError

    def settled(self, drafts: list[Draft], *, written: bool) -> None:
        """Remember of the final rows of a chunk what later rows are checked against."""

    def finish(self) -> list[Made]:
        """Return whatever is made of all rows together."""
        return []

    def take_back(self, batch: ImportBatch, pulse: JobProgress) -> int:
        """Undo a batch; returns how many records are gone."""
        from app.imports.engine.revert import revert  # it needs the tables of this module

        return revert(self.session, batch, self.kept_in_use, pulse, self.actor)

    def template_rows(self) -> Iterable[Sequence[Any]]:
        """Return rows the template is filled with; none for most."""
        return ()

    def heading_of(self, field_name: str) -> str:
        return next(column.heading for column in self.columns if column.field == field_name)

    # Reading

    def drafts(self, rows: Sequence[SheetRow], places: Sequence[int]) -> list[Draft]:
        """Return the rows of a chunk, each cell read by its column."""
        lengths = [self._longest(column) for column in self.columns]
        found = []
        for row in rows:
            draft = Draft(row.number)
            for column, longest, place in zip(self.columns, lengths, places, strict=True):
                draft.parse(column, longest, row.values[place] if place < len(row.values) else "")
            found.append(draft)
        return found

    def _longest(self, column: SheetColumn) -> int | None:
        known = fields_of(self.model).get(column.field)
        return column.length or (known.kind.length if known else None)


IMPORTERS: dict[str, type[Importer]] = {}


def column_places(importer: type[Importer], sheet: Sheet) -> tuple[list[int], list[str]]:
    """Return where each declared column stands, and the headings that are not read.

    errors  Refused "bad_file" naming the headings that are missing, or, for an exact workbook, too many or moved
    """
    places: list[int] = []
    missing = []
    for column in importer.columns:
        found = [i for i, heading in enumerate(sheet.headings) if same_heading(heading, column.heading)]
        if found:
            places.append(found[0])
        else:
            missing.append(column.heading)
    if missing:
        raise bad_file(_("These columns are missing: %(names)s", names="、".join(missing)))
    own = {FAULT_HEADING, *(sheet.headings[place] for place in places)}
    unread = [heading for heading in sheet.headings if heading and heading not in own]
    if importer.exact and (unread or places != sorted(places)):
        names = "、".join(column.heading for column in importer.columns)
        raise bad_file(_("The columns must be exactly these, in this order: %(names)s", names=names))
    return places, [heading[:60] for heading in unread[:20]]


def importer_of(kind: str) -> type[Importer]:
    return IMPORTERS[kind]
