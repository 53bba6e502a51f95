"""Checks of `crm verify` that every document has: its totals follow from its lines. Manual 8.4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.appbuilder import Model
from app.core.db.base import model_name
from app.core.db.types import ZERO
from app.core.ledger.verify import batches, check, differences
from app.models.document import Priced, line_model


@check
def totals_follow_their_lines(session: Session) -> Iterator[str]:
    """Total and tax of every document with prices, in batches by key."""
    for mapper in Model.registry.mappers:
        if issubclass(mapper.class_, Priced):
            yield from _totals_of(session, mapper.class_)


def _totals_of(session: Session, document: Any) -> Iterator[str]:
    line = line_model(document)
    key = getattr(line, f"{line.__frozen_with__}_id")
    sums = (sa.func.sum(line.amount), sa.func.sum(line.tax))
    for keys in batches(session, document.id):
        query = (
            sa.select(document.number, document.total, document.tax_total, *sums)
            .outerjoin(line, key == document.id)
            .where(document.id.between(*keys))
            .group_by(document.id, document.number, document.total, document.tax_total)
            .order_by(document.id)
        )
        for number, total, tax_total, amount, tax in session.execute(query):
            name = f"{model_name(document)} {number}"
            yield from differences(name, "total", total, amount or ZERO)
            yield from differences(name, "tax_total", tax_total, tax or ZERO)
