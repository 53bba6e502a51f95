"""Document numbers consist of prefix, day and running number; each prefix and day has a counter row. Manual 8.4."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.appbuilder import Model
from app.core.clock import today
from app.core.db.base import KEPT_BY_SYSTEM, Row
from app.core.db.engine import insert_into


class DocumentCounter(Row, Model):
    """The last running number given out for a prefix on a day."""

    __tablename__ = "document_counter"
    __table_args__ = (sa.UniqueConstraint("prefix", "day", info=dict(KEPT_BY_SYSTEM)),)

    prefix: Mapped[str] = mapped_column(sa.String(8))
    day: Mapped[dt.date]
    last: Mapped[int] = mapped_column(default=0)


def next_numbers(session: Session, prefix: str, count: int = 1, day: dt.date | None = None) -> list[str]:
    """Return `count` numbers nobody has had, in one statement; the transaction holds the counter until it ends.

    returns  e.g. DD202611230001; the running number has four digits and grows past 9999
    """
    day = day or today()
    insert = insert_into(session, DocumentCounter).values(prefix=prefix, day=day, last=count)
    statement = insert.on_conflict_do_update(
        index_elements=["prefix", "day"], set_={"last": DocumentCounter.last + count}
    ).returning(DocumentCounter.last)
    last = session.execute(statement).scalar_one()
    return [f"{prefix}{day:%Y%m%d}{serial:04d}" for serial in range(last - count + 1, last + 1)]


def next_number(session: Session, model: type[Any]) -> str:
    """Return the number of a new document of this kind, which begins with the model's `__number_prefix__`."""
    return next_numbers(session, model.__number_prefix__)[0]


def whole_number(model: type[Any], word: str) -> str | None:
    """Return the word as a number of this kind of document, when it has the shape of a whole one."""
    prefix = getattr(model, "__number_prefix__", None)
    return word.upper() if prefix and re.fullmatch(rf"{prefix}[0-9]{{12,}}", word.upper()) else None
