"""消息 Message: what a person is told by the system or by somebody else, and whether they have read it. Manual 3.2."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import Record, link_to
from app.core.db.types import RecordKey, RecordReference, UtcDateTime
from app.core.errors import explain_constraint
from app.core.record.fields import label_fields
from app.models.document import COMPUTED
from app.models.system.user import AppUser

LONGEST = 1000


class Message(Record, Model):
    """One sentence or a few for one person; who caused it stands in `created_by`.

    about  the record it is about, which the person may be unable to open
    """

    __tablename__ = "message"
    __singular__, __plural__ = _l("message"), _l("Messages")
    __display_columns__ = ("text",)
    __table_args__ = (
        sa.CheckConstraint("length(text) > 0", name="text_given"),
        sa.Index("ix_message_unread", "to_id", postgresql_where=sa.text("read_at IS NULL"),
                 sqlite_where=sa.text("read_at IS NULL")),
    )  # fmt: skip

    to_id: Mapped[int] = link_to("ab_user.id")
    text: Mapped[str] = mapped_column(sa.String(LONGEST))
    about: Mapped[RecordReference | None] = mapped_column(RecordKey())
    read_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime(), info=COMPUTED)

    to: Mapped[AppUser] = relationship(foreign_keys=[to_id])
    created_by: Mapped[AppUser | None] = relationship(foreign_keys="Message.created_by_id")


explain_constraint("ck_message_text_given", "invalid", _l("Please write what the message says."), "text")
label_fields(
    Message,
    to=_l("Recipient"), text=_l("Message"), about=_l("About"), read_at=_l("Read at"), created_by=_l("Sender"),
    created_at=_l("Sent at"),
)  # fmt: skip
