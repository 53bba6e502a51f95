"""库存列表 What is available, what is low, and whose document moved it. Manual 11.7, 11.10."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.base import models_by_name
from app.models.product import Product
from app.models.stock import StockBalance, StockLedgerEntry
from app.security.visibility import VISIBILITY, visible


def available_of(session: Session, balance_ids: Iterable[int]) -> dict[int, Decimal]:
    """Key of a balance the actor was shown → on hand − reserved, in the product's unit; may be negative."""
    balance = StockBalance
    query = sa.select(balance.id, balance.on_hand - balance.reserved).where(balance.id.in_(list(balance_ids)))
    return {key: value for key, value in session.execute(query)}


def is_short(actor: Actor) -> Any:
    """Condition: more is promised than there is; the gap is to be bought."""
    return StockBalance.on_hand < StockBalance.reserved


def is_below_minimum(actor: Actor) -> Any:
    """Condition: less on hand than the product's lower limit. Manual 10.7."""
    low = sa.exists().where(Product.id == StockBalance.product_id, StockBalance.on_hand < Product.stock_minimum)
    return sa.and_(low, sa.true())


def is_above_maximum(actor: Actor) -> Any:
    """Condition: more on hand than the product's upper limit. Manual 10.7."""
    high = sa.exists().where(Product.id == StockBalance.product_id, StockBalance.on_hand > Product.stock_maximum)
    return sa.and_(high, sa.true())


def moves_on_hand(actor: Actor) -> Any:
    """Condition: goods came or went; reservations are left out."""
    return StockLedgerEntry.on_hand_change != 0


def document_of(session: Session, entry: StockLedgerEntry, actor: Actor) -> Any:
    """The document behind a ledger entry, where this person may read it; else None. Manual 11.10."""
    model = models_by_name().get(entry.document_model)
    if model is None or model not in VISIBILITY or not actor.may("read", model):
        return None
    query = visible(sa.select(model).where(model.id == entry.document_id), model, actor)
    return session.scalars(query).first()
