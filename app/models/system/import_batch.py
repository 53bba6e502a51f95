"""导入 Imports: what a kind of import declares, and the batches people make. quality.md B8; manual 11.2.

A batch keeps its file, its faults and the key of every row it made, so that it can be gone on with after a crash,
explained, and taken back. How it is run stands in `import_run.py`, how it is taken back in `import_revert.py`.
"""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.clock import utc_now
from app.core.db.base import KEPT_BY_SYSTEM, Row, link_to
from app.core.db.types import UtcDateTime, choice_type
from app.core.record.fields import label_codes, label_fields
from app.core.record.tones import tone_codes


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
    __plural__ = _l("Imports")
    __display_columns__ = ("file_name",)
    __table_args__ = (sa.UniqueConstraint("created_by_id", "form_key", info=dict(KEPT_BY_SYSTEM)),)

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


label_codes(
    BatchState,
    checking=_l("Being checked"), checked=_l("Checked"), importing=_l("Being imported"), done=_l("Imported"),
    interrupted=_l("Broken off"), reverting=_l("Being taken back"), reverted=_l("Taken back"), failed=_l("Failed"),
)  # fmt: skip
tone_codes(
    BatchState, done="ok", checked="go", failed="stop", interrupted="stop", checking="wait", importing="wait",
    reverting="wait",
)  # fmt: skip
label_fields(
    ImportBatch,
    kind=_l("Kind of import"), file_name=_l("File"), rows=_l("Rows"), accepted=_l("Accepted"),
    refused=_l("Refused rows"), finished_at=_l("Finished at"), all_or_nothing=_l("All or nothing"),
)  # fmt: skip
