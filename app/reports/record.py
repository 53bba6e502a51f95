"""What hangs on one record: how many of each, and what happened lately to it and to them. Asked by its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.audit import AuditEntry
from app.core.base import model_name
from app.core.files import Attachment
from app.core.types import Fixed
from app.models.user import AppUser
from app.reports.listing import display_columns
from app.security.visibility import visible

COUNTED_TO = 99  # more is told as 99+
RECENT_ROWS = 200  # of each kind that hangs on a record, the youngest: acts on older ones stand in their own log


def belonging(model: type[Any], relation: str, key: int, actor: Actor) -> sa.Select[Any]:
    """Ids of the rows this actor may see whose relation leads to one record."""
    return visible(sa.select(model.id).where(_column(model, relation) == key), model, actor)  # type: ignore[no-any-return]


def line_keys(model: type[Any], relation: Any, key: int) -> sa.Select[Any]:
    """Ids of the lines of a document; who calls this has checked that the document is visible."""
    column = next(iter(relation.remote_side))
    return sa.select(model.id).where(column == key)


def _column(model: type[Any], relation: str) -> Any:
    local = next(iter(sa.inspect(model).relationships[relation].local_columns))
    return getattr(model, str(sa.inspect(model).get_property_by_column(local).key))


def files_of(record: Any) -> sa.Select[Any]:
    """Ids of the files of a record the actor sees."""
    return sa.select(Attachment.id).where(Attachment.model == model_name(record), Attachment.record_id == record.id)


def counts_of(session: Session, queries: Mapping[str, sa.Select[Any]]) -> dict[str, int]:
    """How many rows each query finds, counted to one above `COUNTED_TO`; one statement for all of them."""
    if not queries:
        return {}
    columns = [
        sa.select(sa.func.count()).select_from(query.limit(COUNTED_TO + 1).subquery()).scalar_subquery()
        for query in queries.values()
    ]
    return dict(zip(queries, session.execute(sa.select(*columns)).one(), strict=True))


@dataclass(frozen=True)
class Strand:
    """Rows of one model whose acts are told on a record's page.

    keys    a SELECT of their ids, or the ids
    amount  the column of yuan that is told with them
    """

    model: type[Any]
    keys: Any
    amount: str = ""


def acts_on(session: Session, record: Any, strands: Sequence[Strand], limit: int) -> list[sa.Row[Any]]:
    """The latest acts on a visible record and on its strands, newest first, each with what its row is called.

    One statement: every strand is read by the index of the log and cut off by itself.
    """
    own = sa.select(AuditEntry.id, _nothing(sa.String()).label("title"), _no_amount().label("amount")).where(
        AuditEntry.model == model_name(record), AuditEntry.record_id == record.id
    )
    parts = [own, *(_strand_acts(strand) for strand in strands)]
    cut = [sa.select(part.order_by(AuditEntry.id.desc()).limit(limit).subquery()) for part in parts]
    found = sa.union_all(*cut).subquery()
    query = (
        sa.select(
            AuditEntry.id, AuditEntry.at, AuditEntry.user_id, AuditEntry.model, AuditEntry.record_id,
            AuditEntry.action, AuditEntry.changes, AuditEntry.note, found.c.title, found.c.amount,
            AppUser.name, AppUser.has_left,
        )
        .join(found, found.c.id == AuditEntry.id)
        .outerjoin(AppUser, AppUser.id == AuditEntry.user_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )  # fmt: skip
    return list(session.execute(query))


def _strand_acts(strand: Strand) -> sa.Select[Any]:
    model = strand.model
    title = (
        sa.cast(getattr(model, display_columns(model)[0]), sa.String) if _has_title(model) else _nothing(sa.String())
    )
    amount = sa.type_coerce(getattr(model, strand.amount), Fixed(2)) if strand.amount else _no_amount()
    keys = strand.keys
    if isinstance(keys, sa.Select):
        keys = sa.select(keys.order_by(model.id.desc()).limit(RECENT_ROWS).subquery())
    return (
        sa.select(AuditEntry.id, title.label("title"), amount.label("amount"))
        .join(model, model.id == AuditEntry.record_id)
        .where(AuditEntry.model == model_name(model), AuditEntry.record_id.in_(keys))
    )


def _has_title(model: type[Any]) -> bool:
    return display_columns(model)[0] in sa.inspect(model).column_attrs


def _nothing(kind: Any) -> Any:
    return sa.cast(sa.null(), kind)


def _no_amount() -> Any:
    return sa.type_coerce(_nothing(sa.BigInteger()), Fixed(2))
