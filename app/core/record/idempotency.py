"""A request that is sent twice is done once: by `Idempotency-Key` on the API, by form token on pages. design.md §7."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.actor import Actor
from app.core.appbuilder import Model
from app.core.clock import utc_now
from app.core.db.base import KEPT_BY_SYSTEM, Row
from app.core.db.engine import insert_into
from app.core.db.types import UtcDateTime
from app.core.errors import Refused

KEPT_FOR = dt.timedelta(hours=24)
LONGEST_KEY = 120


class StoredAnswer(Row, Model):
    """The answer of a request with a key; it is kept for a day, in the transaction of what was done."""

    __tablename__ = "stored_answer"
    __table_args__ = (sa.UniqueConstraint("user_id", "key", info=dict(KEPT_BY_SYSTEM)),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id"))
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    path: Mapped[str] = mapped_column(sa.String(300))
    body_digest: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), default=utc_now, index=True)
    status: Mapped[int | None]
    answer: Mapped[Any] = mapped_column(sa.JSON, nullable=True)


def body_digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def claim(session: Session, key: str, path: str, body: Any, actor: Actor) -> StoredAnswer:
    """Return the row of this key: fresh (status None) when nobody used it, else with the answer given then.

    A second request with the same key waits here for the first one's transaction.
    errors  Refused "key_reused" when the key was used for another path or body; "invalid" when it is too long, or
            holds what no database keeps
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Refused("invalid", _("The idempotency key must have 1 to %(n)s characters.", n=LONGEST_KEY))
    digest = body_digest(body)
    session.execute(
        sa.delete(StoredAnswer.__table__).where(
            StoredAnswer.user_id == actor.user_id, StoredAnswer.key == key, StoredAnswer.at < utc_now() - KEPT_FOR
        )
    )
    values = {"user_id": actor.user_id, "key": key, "path": path[:300], "body_digest": digest, "at": utc_now()}
    session.execute(
        insert_into(session, StoredAnswer).values(**values).on_conflict_do_nothing(index_elements=["user_id", "key"])
    )
    row = session.scalars(
        sa.select(StoredAnswer).where(StoredAnswer.user_id == actor.user_id, StoredAnswer.key == key)
    ).one()
    if row.path != path[:300] or row.body_digest != digest:
        raise Refused("key_reused", _("This key was already used for another request."))
    return row


def keep(row: StoredAnswer, status: int, answer: Any) -> None:
    row.status = status
    row.answer = answer
