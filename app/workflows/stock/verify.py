"""Checks of `crm verify`: what is reserved is what open orders are promised. Manual 11.5."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db.types import ZERO
from app.core.ledger.verify import check, differences
from app.models.stock.promise import promises
from app.models.stock.stock import StockBalance


@check
def reservations_are_what_open_orders_are_promised(session: Session) -> Iterator[str]:
    """Per warehouse and product: reserved is what orders that go on have not issued, where they asked for it.

    spec.md §11
    """
    held, balance = promises(), StockBalance
    promised = sa.select(held.c.warehouse_id, held.c.product_id, sa.func.sum(held.c.quantity))
    promised = promised.group_by(held.c.warehouse_id, held.c.product_id)
    wanted = {(place, product): quantity for place, product, quantity in session.execute(promised)}
    kept = sa.select(balance.warehouse_id, balance.product_id, balance.reserved).where(balance.reserved != ZERO)
    reserved = {(place, product): quantity for place, product, quantity in session.execute(kept)}
    for place, product in sorted({*wanted, *reserved}):
        yield from differences(
            f"stock_balance warehouse_id={place} product_id={product}", "reserved",
            reserved.get((place, product), ZERO), wanted.get((place, product), ZERO),
        )  # fmt: skip
