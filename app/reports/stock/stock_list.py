"""库存列表 What is available, what is low, and whose document moved it. Manual 11.7, 11.10."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.models.products.product import Product
from app.models.stock.stock import StockBalance, StockLedgerEntry
from app.models.system.setting import DictionaryItem


@dataclass(frozen=True)
class Standing:
    """How a balance stands: available is on hand − reserved, in the product's unit, and may be negative."""

    available: Decimal
    unit: str
    is_short: bool
    is_low: bool
    is_high: bool


def standing_of(session: Session, balance_ids: Iterable[int], actor: Actor) -> dict[int, Standing]:
    """Key of a balance the actor was shown → how it stands."""
    balance, product = StockBalance, aliased(Product)  # the conditions ask for the product themselves
    conditions = (is_short(actor), is_below_minimum(actor), is_above_maximum(actor))
    query = (
        sa.select(
            balance.id, balance.on_hand - balance.reserved, DictionaryItem.label,
            *(sa.type_coerce(condition, sa.Boolean) for condition in conditions),
        )
        .join(product, product.id == balance.product_id)
        .join(DictionaryItem, DictionaryItem.id == product.unit_id)
    )  # fmt: skip
    rows = session.execute(query.where(balance.id.in_(list(balance_ids))))
    return {key: Standing(available, unit, *told) for key, available, unit, *told in rows}


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
