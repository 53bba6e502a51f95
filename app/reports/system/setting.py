"""数据字典 What stands in the dictionaries, retired values too. spec.md §2."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models.system.setting import DictionaryItem, ItemState


def dictionary_rows(session: Session, dictionary: str) -> list[DictionaryItem]:
    """All values of one list in order."""
    query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == dictionary)
    return list(session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id)))


def dictionary_counts(session: Session) -> dict[str, int]:
    """List → how many values can be chosen."""
    query = (
        sa.select(DictionaryItem.dictionary, sa.func.count())
        .where(DictionaryItem.state == ItemState.enabled)
        .group_by(DictionaryItem.dictionary)
    )
    return {row[0]: row[1] for row in session.execute(query)}
