"""数据字典 Items of dictionaries are found, and those of a new firm are listed. spec.md §2; manual 10.6."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.cache.per_process import cached_per_process
from app.core.errors import Refused
from app.core.money import rate_of
from app.models.system.setting import DICTIONARIES, DictionaryItem, ItemState


def seeded_items() -> list[dict[str, Any]]:
    """Return every item of a new firm as column values."""
    return [item for dictionary in DICTIONARIES.values() for item in dictionary.items()]


def dictionary_label(name: str) -> str:
    """Return what a dictionary is called."""
    return str(DICTIONARIES[name].label) if name in DICTIONARIES else name


def items(session: Session, dictionary: str) -> list[DictionaryItem]:
    """Return the items that can be chosen, in order."""
    query = (
        sa.select(DictionaryItem)
        .where(DictionaryItem.dictionary == dictionary, DictionaryItem.state == ItemState.enabled)
        .order_by(DictionaryItem.position, DictionaryItem.id)
    )
    return list(session.scalars(query))


def rates_of(session: Session, dictionary: str) -> list[Decimal]:
    """Return the rates that can be chosen, in order; an item that the administrator wrote in words says none."""
    found = []
    for item in items(session, dictionary):
        with suppress(InvalidOperation):
            found.append(rate_of(item.label))
    return found


def item_named(session: Session, dictionary: str, label: str, field: str | None = None) -> DictionaryItem:
    """Return the item with this label.

    errors  Refused "invalid" when it is unknown or retired
    """
    query = sa.select(DictionaryItem).where(
        DictionaryItem.dictionary == dictionary,
        DictionaryItem.label == label,
        DictionaryItem.state == ItemState.enabled,
    )
    found = session.scalars(query).first()
    if found is None:
        name = dictionary_label(dictionary)
        text = _("“%(label)s” is not in the list “%(list)s”.", label=label[:60], list=name)
        raise Refused("invalid", text, field=field)
    return found


def default_item(session: Session, dictionary: str) -> DictionaryItem | None:
    found: DictionaryItem | None = session.scalars(_default_query(), {"dictionary": dictionary}).first()
    return found


@cached_per_process()
def _default_query() -> sa.Select[Any]:
    query = sa.select(DictionaryItem).where(
        DictionaryItem.dictionary == sa.bindparam("dictionary"),
        DictionaryItem.is_default,
        DictionaryItem.state == ItemState.enabled,
    )
    return query.order_by(DictionaryItem.position)


def required_default(session: Session, dictionary: str) -> DictionaryItem:
    """Return the default item, for fields that must have one.

    errors  Refused "invalid" when the administrator left the list without a default
    """
    found = default_item(session, dictionary)
    if found is None:
        name = dictionary_label(dictionary)
        raise Refused("invalid", _("Please choose a value of “%(list)s”: it has no default.", list=name))
    return found


def coded_item(session: Session, dictionary: str, code: str) -> DictionaryItem | None:
    """Return the item a rule asks for, however it is called by now."""
    query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == dictionary, DictionaryItem.code == code)
    return session.scalars(query).first()
