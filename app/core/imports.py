"""导入 Imports: what a kind of import declares, and the batches people make. quality.md B8; manual 11.2.

A batch keeps its file, its faults and the key of every row it made, so that it can be gone on with after a crash,
explained, and taken back. How it is run stands in `import_run.py`, how it is taken back in `import_revert.py`.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_appbuilder import Model
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.core.actor import Actor
from app.core.archive import bad_file
from app.core.base import Row, link_to
from app.core.errors import AppError, NotAllowed
from app.core.fields import fields_of, label_codes, label_fields
from app.core.jobs import Pulse
from app.core.types import UtcDateTime, choice_type, utc_now
from app.core.workbook import Sheet, SheetRow, cell_text, same_heading

# What a spreadsheet makes of a long number it shows or saves as text: the digits behind it are lost.
_SHORTENED = re.compile(r"[+-]?\d(\.\d+)?E[+-]\d{2,3}")
FAULT_HEADING = "错误"  # the column an error file adds; it may stay in a file that is sent again


class BatchState(enum.StrEnum):
    checking = enum.auto()
    checked = enum.auto()
    failed = enum.auto()  # could not be checked
    importing = enum.auto()
    interrupted = enum.auto()  # the import broke off; it goes on behind its checkpoint
    done = enum.auto()
    reverting = enum.auto()
    reverted = enum.auto()


class ImportBatch(Row, Model):
    """One file of one person. After a check `accepted` counts rows that could come in, after an import those that did.

    checkpoint  the last sheet row that is settled: a run that was cut off goes on behind it
    form_key    the upload form it came from: the same form sent twice is one batch
    """

    __tablename__ = "import_batch"
    __table_args__ = (sa.UniqueConstraint("created_by_id", "form_key"),)

    kind: Mapped[str] = mapped_column(sa.String(40))
    file_name: Mapped[str] = mapped_column(sa.String(200))
    stored_name: Mapped[str] = mapped_column(sa.String(80))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    options: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    all_or_nothing: Mapped[bool] = mapped_column(default=False)
    state: Mapped[BatchState] = mapped_column(choice_type(BatchState, "state"), default=BatchState.checking)
    rows: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    checkpoint: Mapped[int] = mapped_column(default=0)
    unread_headings: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    failure: Mapped[str | None] = mapped_column(sa.Text)
    locale: Mapped[str] = mapped_column(sa.String(10), default="zh")
    form_key: Mapped[str] = mapped_column(sa.String(64))
    job_id: Mapped[int | None] = link_to("job.id", optional=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), default=utc_now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)

    created_by: Mapped[Any] = relationship("AppUser", foreign_keys=[created_by_id])

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_busy(self) -> bool:
        return self.state in (BatchState.checking, BatchState.importing, BatchState.reverting)


class ImportBatchRow(Row, Model):
    """A record a batch made, and the version it had then."""

    __tablename__ = "import_batch_row"
    __table_args__ = (sa.Index("ix_import_batch_row_record", "model", "record_id"),)

    batch_id: Mapped[int] = link_to("import_batch.id", ondelete="CASCADE")
    sheet_row: Mapped[int]
    model: Mapped[str] = mapped_column(sa.String(40))
    record_id: Mapped[int]
    record_version: Mapped[int] = mapped_column(default=1)


class ImportFault(Row, Model):
    """What is wrong, or only doubtful, about one cell of one row."""

    __tablename__ = "import_fault"

    batch_id: Mapped[int] = link_to("import_batch.id", ondelete="CASCADE")
    sheet_row: Mapped[int]
    heading: Mapped[str] = mapped_column(sa.String(60))
    code: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.Text)
    is_warning: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Column:
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
    """A row on its way in: what its cells say, and what is wrong with it."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def blame(self, heading: str, code: str, text: Any) -> None:
        self.faults.append(Fault(self.number, heading, code, str(text)))

    def doubt(self, heading: str, code: str, text: Any) -> None:
        self.warnings.append(Fault(self.number, heading, code, str(text)))

    def parse(self, column: Column, longest: int | None, cell: Any) -> None:
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


@dataclass(frozen=True)
class Made:
    """A record that came of a row, and the version it had then."""

    row: int
    model: str
    record_id: int
    version: int = 1


class Importer:
    """One run of one kind of import; a domain subclasses it in `imports/<domain>.py`.

    exact          no heading but the declared ones, in their order
    in_one_piece   everything is written at the end, by `finish`, in one transaction
    kept_in_use    models whose rows a revert leaves alone when others use them by now
    """

    kind: ClassVar[str]
    label: ClassVar[Any]
    model: ClassVar[type[Any]]
    columns: ClassVar[tuple[Column, ...]]
    sheet_name: ClassVar[str]
    usual_login: ClassVar[str]
    needs_warehouse: ClassVar[bool] = False
    exact: ClassVar[bool] = False
    in_one_piece: ClassVar[bool] = False
    kept_in_use: ClassVar[frozenset[str]] = frozenset()
    advice: ClassVar[Any] = ""

    def __init_subclass__(cls) -> None:
        if hasattr(cls, "model"):
            IMPORTERS[cls.kind] = cls

    def __init__(self, session: Session, actor: Actor, options: dict[str, Any], *, warn: bool = False) -> None:
        self.session = session
        self.actor = actor
        self.options = options
        self.warn = warn
        self.seen: set[Any] = set()  # what rows before this chunk have taken and the database does not know

    # What a domain says

    def require_right(self) -> None:
        """errors  NotAllowed without the right to import"""
        if not self.actor.may("import", self.model):
            raise NotAllowed("not_allowed", _("You do not have the right to import this."))

    def prepare(self) -> None:
        """Read once what every row is held against; called again when a chunk has to be repeated."""

    def check(self, drafts: list[Draft]) -> None:
        """Hold rows whose cells could be read against the rules, in a number of statements that does not grow."""

    def write(self, drafts: list[Draft]) -> list[Made]:
        """Make the records of rows without fault."""
        raise NotImplementedError

    def settled(self, drafts: list[Draft], *, written: bool) -> None:
        """The rows of a chunk are final: remember what later rows are held against."""

    def finish(self) -> list[Made]:
        """Whatever is made of all rows together."""
        return []

    def take_back(self, batch: ImportBatch, pulse: Pulse) -> int:
        """Undo a batch; returns how many records are gone."""
        from app.core.import_revert import revert  # it needs the tables of this module

        return revert(self.session, batch, self.kept_in_use, pulse, self.actor)

    def template_rows(self) -> Iterable[Sequence[Any]]:
        """Rows the template is filled with; none for most."""
        return ()

    def heading_of(self, field_name: str) -> str:
        return next(column.heading for column in self.columns if column.field == field_name)

    # Reading

    def drafts(self, rows: Sequence[SheetRow], places: Sequence[int]) -> list[Draft]:
        """The rows of a chunk, each cell read by its column."""
        lengths = [self._longest(column) for column in self.columns]
        found = []
        for row in rows:
            draft = Draft(row.number)
            for column, longest, place in zip(self.columns, lengths, places, strict=True):
                draft.parse(column, longest, row.values[place] if place < len(row.values) else "")
            found.append(draft)
        return found

    def _longest(self, column: Column) -> int | None:
        known = fields_of(self.model).get(column.field)
        return column.length or (known.length if known else None)


IMPORTERS: dict[str, type[Importer]] = {}


def column_places(importer: type[Importer], sheet: Sheet) -> tuple[list[int], list[str]]:
    """Where each declared column stands, and headings nobody reads.

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


label_codes(
    BatchState,
    checking=_l("Being checked"), checked=_l("Checked"), importing=_l("Being imported"), done=_l("Imported"),
    interrupted=_l("Broken off"), reverting=_l("Being taken back"), reverted=_l("Taken back"), failed=_l("Failed"),
)  # fmt: skip
label_fields(
    ImportBatch,
    kind=_l("Kind of import"), file_name=_l("File"), rows=_l("Rows"), accepted=_l("Accepted"),
    refused=_l("Refused rows"), finished_at=_l("Finished at"), all_or_nothing=_l("All or nothing"),
)  # fmt: skip
