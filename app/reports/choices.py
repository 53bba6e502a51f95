"""What can be chosen in forms and filters: items of dictionaries, files of a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.base import model_name
from app.core.errors import no_such_row
from app.core.files import Attachment
from app.models.setting import DictionaryItem, ItemState
from app.models.user import AppUser
from app.security.kept import kept
from app.security.visibility import is_visible, row_of

Choices = dict[str, list[tuple[int, str, bool]]]


def dictionary_choices(session: Session, dictionaries: Iterable[str]) -> Choices:
    """Dictionary → its items in order as (key, label, selectable); one query for all of them."""
    wanted = sorted(set(dictionaries))
    found: Choices = {name: [] for name in wanted}
    if wanted:
        for name, key, label, state in kept(session, ("choices", *wanted), lambda: _items(session, wanted)):
            found[name].append((key, label, state is ItemState.enabled))
    return found


def _items(session: Session, wanted: list[str]) -> list[tuple[Any, ...]]:
    item = DictionaryItem
    query = sa.select(item.dictionary, item.id, item.label, item.state).where(item.dictionary.in_(wanted))
    return [tuple(row) for row in session.execute(query.order_by(item.position, item.id))]


def default_items(session: Session, dictionaries: Iterable[str]) -> dict[str, DictionaryItem]:
    """Dictionary → the item a new record begins with, where there is one."""
    wanted = sorted(set(dictionaries))
    if not wanted:
        return {}
    item = DictionaryItem
    query = sa.select(item).where(item.dictionary.in_(wanted), item.is_default, item.state == ItemState.enabled)
    return {found.dictionary: found for found in session.scalars(query.order_by(item.position.desc()))}


def attachments_of(session: Session, record: Any) -> list[sa.Row[Any]]:
    """Files of a record the actor sees, newest first: key, name, size, time, by whom."""
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
    """A file and its record.

    errors  NotFound when there is none, or its record is not for these eyes
    """
    attachment = session.get(Attachment, key) if 0 < key < 2**31 else None
    record = row_of(session, attachment) if attachment is not None else None
    if attachment is None or record is None:
        raise no_such_row()
    if not actor.may("read", type(record)) or not is_visible(session, record, actor):
        raise no_such_row()
    return attachment, record
