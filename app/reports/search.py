"""全局搜索 One question over everything a person may see: customers, contacts, products, orders. design.md §8."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.search import matches
from app.models.customer import Contact, Customer
from app.models.product import Product
from app.models.sales_order import SalesOrder
from app.security.visibility import visible

SHOWN = 8
# model → columns told beside each other
FOUND: dict[type[Any], tuple[str, ...]] = {
    Customer: ("name", "number", "phone", "mobile"),
    Contact: ("name", "duty", "mobile", "phone"),
    Product: ("name", "model", "number"),
    SalesOrder: ("number", "subject", "signed_on"),
}


def found(session: Session, query: str, actor: Actor) -> list[tuple[type[Any], list[sa.Row[Any]]]]:
    """(model, rows) of each readable model with hits: key and told columns, one row more than shown if there are."""
    results = []
    for model, names in FOUND.items():
        if not actor.may("read", model):
            continue
        columns = [getattr(model, name) for name in names]
        statement = sa.select(model.id, *columns).where(matches(model, query)).order_by(model.id.desc())
        rows = list(session.execute(visible(statement, model, actor).limit(SHOWN + 1)))
        if rows:
            results.append((model, rows))
    return results
