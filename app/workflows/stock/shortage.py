"""缺货提示 An order is approved whatever there is in stock; it is told what is missing and whose goods it would need.

Manual 8.5, 8.7.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.cache.per_transaction import cached_per_transaction
from app.core.db.types import ZERO
from app.core.flow.workflow import Notice, session_of
from app.core.money import plain
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.promise import arrivals
from app.models.stock.stock import in_stock
from app.workflows.stock.promise import Promised, listed, promised_before


def missing_goods(order: SalesOrder) -> list[Notice]:
    """Return a notice for each product of which less is free than an order needs that has reserved nothing yet.

    One query where everything is there, three where something is missing.
    """
    session = session_of(order)
    return cached_per_transaction(session, ("missing goods", order.id), lambda: _missing(session, order))


def _missing(session: Session, order: SalesOrder) -> list[Notice]:
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    products: dict[int, Product] = {}
    for line in order.lines:
        if line.product.counts_stock:
            wanted[line.product_id] += line.quantity - line.issued
            products[line.product_id] = line.product
    there = in_stock(session, order.warehouse_id, list(wanted))
    short = [key for key, needed in wanted.items() if needed > max(_free(there.get(key)), ZERO)]
    if not short:
        return []
    others = promised_before(session, order.warehouse_id, short)
    coming: dict[int, list[tuple[dt.date, Decimal]]] = defaultdict(list)
    for product_id, day, quantity in session.execute(arrivals(order.warehouse_id, short)):
        coming[product_id].append((day, quantity))
    found: list[Notice] = []
    for key in short:
        on_hand, free = (there.get(key) or (ZERO, ZERO))[0], max(_free(there.get(key)), ZERO)
        missing = wanted[key] - free
        text = _told(
            products[key], str(order.warehouse), (wanted[key], on_hand, missing), others.get(key, ()), coming[key]
        )
        code = "promised" if on_hand > free and others.get(key) else "stock.short"
        found.append({"code": code, "message": text, "product": key, "missing": str(missing)})
    return found


def _free(balance: tuple[Decimal, Decimal] | None) -> Decimal:
    return balance[0] - balance[1] if balance is not None else ZERO


def _told(
    product: Product, warehouse: str, figures: tuple[Decimal, Decimal, Decimal], others: Sequence[Promised],
    coming: Sequence[tuple[dt.date, Decimal]],
) -> str:  # fmt: skip
    wanted, on_hand, missing = figures
    parts = [
        _(
            "%(product)s: %(wanted)s %(unit)s are needed, %(warehouse)s has %(on_hand)s, %(missing)s are missing",
            product=product,
            wanted=plain(wanted),
            unit=product.unit,
            warehouse=warehouse,
            on_hand=plain(on_hand),
            missing=plain(missing),
        )  # fmt: skip
    ]
    if others:
        told: Any = listed([f"{one.told} {plain(one.quantity)}" for one in others])
        parts.append(_("promised to %(orders)s", orders=told))
    if coming:
        told = listed([_("%(day)s: %(n)s", day=day, n=plain(quantity)) for day, quantity in coming])
        parts.append(_("purchases bring %(goods)s", goods=told))
    else:
        parts.append(_("no purchase is on its way"))
    text: str = _("%(parts)s.", parts=_("; ").join(parts))
    return text
