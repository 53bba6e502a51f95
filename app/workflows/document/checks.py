"""`crm verify` checks of every document that its totals follow from its lines. Manual 8.4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.appbuilder import Model
from app.core.db.base import model_name
from app.core.db.types import ZERO
from app.core.ledger.verify import batches, check, differences
from app.models.document import Priced, line_model
from app.workflows.document.lines import lowest_discount_of


@check
def totals_follow_their_lines(session: Session) -> Iterator[str]:
    """Yield each difference of total, tax and lowest discount of every document with prices, in batches by key."""
    for mapper in Model.registry.mappers:
        if issubclass(mapper.class_, Priced):
            yield from _totals_of(session, mapper.class_)


def _totals_of(session: Session, document: Any) -> Iterator[str]:
    line = line_model(document)
    key = getattr(line, f"{line.__frozen_with__}_id")
    sums = (sa.func.sum(line.amount), sa.func.sum(line.tax))
    for keys in batches(session, document.id):
        query = (
            sa.select(document.id, document.number, document.total, document.tax_total, document.lowest_discount, *sums)
            .outerjoin(line, key == document.id)
            .where(document.id.between(*keys))
            .group_by(document.id, document.number, document.total, document.tax_total, document.lowest_discount)
            .order_by(document.id)
        )
        prices: dict[int, list[tuple[Decimal, Decimal]]] = defaultdict(list)
        for owner, *paid in session.execute(sa.select(key, line.unit_price, line.list_price).where(key.between(*keys))):
            prices[owner].append((paid[0], paid[1]))
        for row_id, number, total, tax_total, lowest, amount, tax in session.execute(query):
            name = f"{model_name(document)} {number}"
            yield from differences(name, "total", total, amount or ZERO)
            yield from differences(name, "tax_total", tax_total, tax or ZERO)
            yield from differences(name, "lowest_discount", lowest, lowest_discount_of(prices[row_id]))
