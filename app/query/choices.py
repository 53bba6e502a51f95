"""Forms and filters choose from these: rows by their names, items of dictionaries, files of a record, goods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session, make_transient_to_detached

from app.core.actor import Actor
from app.core.cache.per_version import cached_per_version
from app.core.db.base import model_name
from app.core.errors import no_such_row
from app.core.files.files import Attachment
from app.core.search.first_hits import latest_hits
from app.models.system.setting import DictionaryItem, ItemState
from app.models.system.user import AppUser
from app.query.naming import display_columns, display_text, with_display_columns
from app.security.policy import is_visible, row_of, visible

Choices = dict[str, list[tuple[int, str, bool]]]


def dictionary_choices(session: Session, dictionaries: Iterable[str]) -> Choices:
    """Return a mapping of dictionary → its items in order as (key, label, selectable); one query for all of them."""
    wanted = sorted(set(dictionaries))
    found: Choices = {name: [] for name in wanted}
    if wanted:
        for name, key, label, state in cached_per_version(
            session, ("choices", *wanted), lambda: _items(session, wanted)
        ):
            found[name].append((key, label, state is ItemState.enabled))
    return found


def _items(session: Session, wanted: list[str]) -> list[tuple[Any, ...]]:
    item = DictionaryItem
    query = sa.select(item.dictionary, item.id, item.label, item.state).where(item.dictionary.in_(wanted))
    return [tuple(row) for row in session.execute(query.order_by(item.position, item.id))]


def default_items(session: Session, dictionaries: Iterable[str]) -> dict[str, DictionaryItem]:
    """Return a mapping: dictionary → the item a new record begins with, where there is one."""
    wanted = sorted(set(dictionaries))
    if not wanted:
        return {}
    asked = cached_per_version(session, ("default_items", *wanted), lambda: _default_items(session, wanted))
    return {item.dictionary: session.merge(item, load=False) for item in asked}


def _default_items(session: Session, wanted: list[str]) -> list[DictionaryItem]:
    """Return copies that belong to no session, as SQLAlchemy needs for a merge without a query."""
    item = DictionaryItem
    query = sa.select(item.__table__).where(
        item.dictionary.in_(wanted), item.is_default, item.state == ItemState.enabled
    )
    found = [DictionaryItem(**row) for row in session.execute(query.order_by(item.position.desc())).mappings()]
    for copy in found:
        make_transient_to_detached(copy)
    return found


def attachments_of(session: Session, record: Any) -> list[sa.Row[Any]]:
    """Return files of a record the actor sees, newest first: key, name, size, time, by whom."""
    query = (
        sa.select(
            Attachment.id, Attachment.filename, Attachment.size, Attachment.created_at, Attachment.created_by_id,
            Attachment.content_type, AppUser.name, AppUser.has_left,
        )
        .outerjoin(AppUser, AppUser.id == Attachment.created_by_id)
        .where(Attachment.model == model_name(record), Attachment.record_id == record.id)
        .order_by(Attachment.id.desc())
        .limit(200)
    )  # fmt: skip
    return list(session.execute(query))


def attachment_seen(session: Session, key: int, actor: Actor) -> tuple[Attachment, Any]:
    """Return a file and its record.

    errors  NotFound when there is none, or its record is not for these eyes
    """
    attachment = session.get(Attachment, key) if 0 < key < 2**31 else None
    record = row_of(session, attachment) if attachment is not None else None
    if attachment is None or record is None:
        raise no_such_row()
    if not actor.may("read", type(record)) or not is_visible(session, record, actor):
        raise no_such_row()
    return attachment, record


def pickable(
    session: Session, model: type[Any], query: str, actor: Actor, *, hints: Sequence[str] = (),
    conditions: Sequence[Any] = (), searched: Sequence[str] = (), limit: int = 20, seen: bool = True,
) -> list[tuple[int, str, list[str]]]:  # fmt: skip
    """Return (key, name, hints) of rows that may be chosen, for typing ahead.

    seen  False where this person may name rows that they cannot open
    """
    names = display_columns(model)
    statement = with_display_columns(sa.select(model.id), model).where(*conditions)
    statement = statement.add_columns(*(getattr(model, name) for name in hints))
    if seen:
        statement = visible(statement, model, actor)
    found = []
    for row in _picked(session, statement, model, searched or names[:1], query, limit):
        told = [str(value) for value in row[1 + len(names) :] if value not in (None, "")]
        found.append((row[0], display_text(model, row[1 : 1 + len(names)]), told))
    return found


def _picked(
    session: Session, statement: sa.Select[Any], model: type[Any], searched: Sequence[str], query: str, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return the latest rows that the query finds."""
    if query and hasattr(model, "search_text"):
        return latest_hits(session, model, query, statement, limit)
    if query:
        columns = [sa.cast(getattr(model, name), sa.String) for name in searched]  # an instalment is called by number
        statement = statement.where(sa.or_(*(column.icontains(query[:60], autoescape=True) for column in columns)))
    return session.execute(statement.order_by(model.id.desc()).limit(limit)).all()


# Every form of a document asks about goods on its lines, and one domain answers. Manual 8.5, 10.9

Direction = Literal["sell", "buy", "move", "count"]
WITHOUT_PARTY: frozenset[Direction] = frozenset({"move", "count"})


@dataclass(frozen=True)
class Circumstances:
    """The party, the warehouse, the day and the direction for which goods are looked for.

    direction  of the document: what is sold goes to a customer, what is bought comes from a supplier; what is only
               moved or counted has no party and no prices, and of what is counted there may be any number
    day        by which the goods have to be there, where that is known
    """

    direction: Direction = "sell"
    party_id: int | None = None
    warehouse_id: int | None = None
    day: dt.date | None = None


@dataclass(frozen=True)
class GoodsName:
    """The name of the goods in a row of a pasted table; empty where the table has no such column.

    text  what stands in a column that holds a number or a name
    """

    number: str = ""
    name: str = ""
    model: str = ""
    text: str = ""


@dataclass(frozen=True)
class NamedGoods:
    """The ids that such a name stands for.

    `fault` is "unknown", "several" or "discontinued" when there is not exactly one.
    """

    ids: list[int]
    fault: str = ""


class GoodsSource(Protocol):
    """Answers with JSON objects; each has at least `id`, `number`, `name`, `model` and `unit`."""

    model: type[Any]

    def search(
        self, session: Session, query: str, circumstances: Circumstances, actor: Actor
    ) -> Sequence[Mapping[str, Any]]:
        """Return what a search finds, the best hit first; with nothing typed, what this party had last."""

    def named(
        self, session: Session, names: Sequence[GoodsName], circumstances: Circumstances, actor: Actor
    ) -> list[NamedGoods]:
        """Return what each name stands for, in their order."""

    def offered(
        self, session: Session, ids: Iterable[int], circumstances: Circumstances, actor: Actor
    ) -> dict[int, dict[str, Any]]:
        """Return a mapping: id → its facts, also of what is no longer sold: lines written earlier keep it."""

    def paid(
        self, session: Session, ids: Iterable[int], circumstances: Circumstances, actor: Actor, *, but: int = 0
    ) -> dict[int, tuple[Decimal, dt.date]]:
        """Return a mapping: id → price and day of the latest document with this party that counts, in one query.

        The price is in yuan, tax included.

        but  id of a document that is left out
        """


_goods: list[GoodsSource] = []


def use_goods(source: GoodsSource) -> None:
    """Let every document's lines name what this source knows."""
    _goods[:] = [source]


def goods() -> GoodsSource:
    """Return the source that answers about products.

    errors  LookupError when no domain has registered a source
    """
    if not _goods:
        raise LookupError("no domain has called use_goods()")
    return _goods[0]
