"""The page of a record asks how many rows are linked to it, and what happened lately to it and to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.core.db.base import model_name, models_by_name
from app.core.db.types import Fixed
from app.core.ledger.ledger import LedgerRow
from app.core.record.audit import AuditEntry
from app.models.system.user import AppUser
from app.query.naming import display_columns
from app.security.policy import VISIBILITY, actor_placeholder, bind_actor, visible

COUNTED_TO = 99  # more is told as 99+
RECENT_ROWS = 200  # of each kind of linked rows the latest; acts on older ones stand in their own log


# The record is a parameter: statements are made once for a set of roles, and executed for one record.
RECORD: Any = sa.bindparam("record_id", type_=sa.Integer)


@dataclass(frozen=True)
class LinkedRows:
    """Rows of another model that are linked to a record.

    via       the relation of theirs that leads to it; files have none, they name it
    amount    the column of yuan that is told with them
    is_lines  they are its lines: `via` is the record's own relation, and whoever sees it sees them
    """

    model: type[Any]
    via: str = ""
    amount: str = ""
    is_lines: bool = False

    def keys(self, record: type[Any], actor: Actor) -> sa.Select[Any]:
        """Return ids of those this actor may see."""
        if self.is_lines:
            return line_keys(self.model, sa.inspect(record).relationships[self.via], RECORD)
        if self.via:
            own = sa.select(self.model.id).where(_column(self.model, self.via) == RECORD)
            narrowed: sa.Select[Any] = visible(own, self.model, actor)
            return narrowed
        return sa.select(self.model.id).where(self.model.model == model_name(record), self.model.record_id == RECORD)


def line_keys(model: type[Any], relation: Any, key: Any) -> sa.Select[Any]:
    """Return the ids of the lines of a document; the caller has checked that the document is visible."""
    column = next(iter(relation.remote_side))
    return sa.select(model.id).where(column == key)


def _column(model: type[Any], relation: str) -> Any:
    local = next(iter(sa.inspect(model).relationships[relation].local_columns))
    return getattr(model, str(sa.inspect(model).get_property_by_column(local).key))


def counts_of(session: Session, record: Any, linked: Sequence[LinkedRows], actor: Actor) -> list[int]:
    """Return how many rows of each kind are linked to a visible record, counted to one above `COUNTED_TO`.

    All are counted in one statement.
    """
    if not linked:
        return []
    statement = _counting(type(record), tuple(linked), actor.roles)
    return list(session.execute(statement, bind_actor(actor, record_id=record.id)).one())


@cached_per_process()
def _counting(record: type[Any], linked: tuple[LinkedRows, ...], roles: frozenset[str]) -> sa.Select[Any]:
    queries = [each.keys(record, actor_placeholder(roles)).limit(COUNTED_TO + 1).subquery() for each in linked]
    return sa.select(*(sa.select(sa.func.count()).select_from(query).scalar_subquery() for query in queries))


def acts_on(
    session: Session, record: Any, linked: Sequence[LinkedRows], limit: int, actor: Actor
) -> Sequence[sa.Row[Any]]:
    """Return the latest acts on a visible record and its linked rows, newest first, each with the name of its row."""
    statement = _telling(type(record), tuple(linked), actor.roles)
    return session.execute(statement, bind_actor(actor, record_id=record.id, most=limit)).all()


@cached_per_process()
def _telling(record: type[Any], linked: tuple[LinkedRows, ...], roles: frozenset[str]) -> sa.Select[Any]:
    """Return one statement that reads each kind of rows by the index of the log and limits it by itself."""
    most = sa.bindparam("most", type_=sa.Integer)
    own = sa.select(AuditEntry.id, _nothing(sa.String()).label("title"), _no_amount().label("amount")).where(
        AuditEntry.model == model_name(record), AuditEntry.record_id == RECORD
    )
    parts = [own, *(_acts_of(each, each.keys(record, actor_placeholder(roles))) for each in linked)]
    cut = [sa.select(part.order_by(AuditEntry.id.desc()).limit(most).subquery()) for part in parts]
    found = sa.union_all(*cut).subquery()
    return (
        sa.select(
            AuditEntry.id, AuditEntry.at, AuditEntry.user_id, AuditEntry.model, AuditEntry.record_id,
            AuditEntry.action, AuditEntry.changes, AuditEntry.note, found.c.title, found.c.amount,
            AppUser.name, AppUser.has_left,
        )
        .join(found, found.c.id == AuditEntry.id)
        .outerjoin(AppUser, AppUser.id == AuditEntry.user_id)
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )  # fmt: skip


def _acts_of(rows: LinkedRows, keys: sa.Select[Any]) -> sa.Select[Any]:
    model = rows.model
    title = (
        sa.cast(getattr(model, display_columns(model)[0]), sa.String) if _has_title(model) else _nothing(sa.String())
    )
    amount = sa.type_coerce(getattr(model, rows.amount), Fixed(2)) if rows.amount else _no_amount()
    latest = sa.select(keys.order_by(model.id.desc()).limit(RECENT_ROWS).subquery())
    return (
        sa.select(AuditEntry.id, title.label("title"), amount.label("amount"))
        .join(model, model.id == AuditEntry.record_id)
        .where(AuditEntry.model == model_name(model), AuditEntry.record_id.in_(latest))
    )


def _has_title(model: type[Any]) -> bool:
    return display_columns(model)[0] in sa.inspect(model).column_attrs


def _nothing(kind: Any) -> Any:
    return sa.cast(sa.null(), kind)


def _no_amount() -> Any:
    return sa.type_coerce(_nothing(sa.BigInteger()), Fixed(2))


def document_of(session: Session, entry: LedgerRow, actor: Actor) -> Any:
    """Return the document behind a ledger entry, where this person may read it; else None. Manual 8.14, 11.10."""
    model = models_by_name().get(entry.document_model)
    if model is None or model not in VISIBILITY or not actor.may("read", model):
        return None
    query = visible(sa.select(model).where(model.id == entry.document_id), model, actor)
    return session.scalars(query).first()
