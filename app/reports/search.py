"""全局搜索 One question over everything a person may see: customers, contacts, products, orders. design.md §8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.models.customer import Contact, Customer
from app.models.product import Product
from app.models.sales_order import SalesOrder
from app.reports.listing import Column, Listing, Sort

SHOWN = 8
# model → paths of the columns told beside each other, what a row is called first
FOUND: dict[type[Any], tuple[str, ...]] = {
    Customer: ("name", "number", "phone", "mobile", "owner"),
    Contact: ("name", "customer", "duty", "mobile", "phone"),
    Product: ("name", "model", "number", "list_price"),
    SalesOrder: ("number", "customer", "subject", "total", "state", "signed_on"),
}


@dataclass(frozen=True)
class Hits:
    """The latest rows of one model that were found, and whether there are more than are shown."""

    model: type[Any]
    columns: Sequence[Column]
    rows: Sequence[sa.Row[Any]]
    has_more: bool


def found(session: Session, query: str, actor: Actor) -> list[Hits]:
    """The hits of each readable model that has any."""
    results = []
    for model, paths in FOUND.items():
        if not actor.may("read", model):
            continue
        listing = Listing(model)
        listing.search((), query)
        for path in paths:
            listing.add(path)
        rows, more = listing.page(session, actor, sort=Sort("id", True), mark=None, size=SHOWN)
        if rows:
            results.append(Hits(model, listing.columns, rows, more))
    return results
