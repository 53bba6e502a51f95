"""全局搜索 One question over all a person may see: customers, contacts, products, orders, parcels. design.md §8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.record.numbering import whole_number
from app.core.text import normalised
from app.models.customers.customer import Contact, Customer
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import Shipment
from app.query.listing import ListColumn, Listing, Sort
from app.reports.customers.call import LOCAL, LONGEST, core_of, digits_of, spelled

SHOWN = 8
# model → paths of the columns told beside each other, what a row is called first
FOUND: dict[type[Any], tuple[str, ...]] = {
    Customer: ("name", "number", "phone", "mobile", "owner"),
    Contact: ("name", "customer", "duty", "mobile", "phone"),
    Product: ("name", "model", "number", "list_price"),
    SalesOrder: ("number", "customer", "subject", "total", "state", "signed_on"),
    Shipment: ("number", "tracking_number", "carrier", "order.customer", "order", "state", "shipped_on"),
}
# Whose rows are found by how one of these columns begins, where they are in no index of words.
_BEGINS: dict[type[Any], tuple[str, ...]] = {Shipment: ("number", "tracking_number")}
_SHORTEST_NUMBER = 4
_PHONES = (Customer, Contact)


@dataclass(frozen=True)
class Hits:
    """The latest rows of one model that were found, and whether there are more than are shown."""

    model: type[Any]
    columns: Sequence[ListColumn]
    rows: Sequence[sa.Row[Any]]
    has_more: bool


def found(session: Session, query: str, actor: Actor) -> list[Hits]:
    """The hits of each readable model that has any; where there are none, whose telephone number it may be."""
    results = []
    for model in FOUND:
        if model in _BEGINS and not _may_begin_a_number(model, query):
            continue
        listing = Listing(model)
        listing.search(_BEGINS.get(model, ()), query)
        results += _hits(session, listing, actor)
    return results or _by_phone(session, query, actor)


def _hits(session: Session, listing: Listing, actor: Actor) -> list[Hits]:
    model = listing.model
    if not actor.may("read", model):
        return []
    for path in FOUND[model]:
        listing.add(path)
    rows, more = listing.page(session, actor, sort=Sort("id", True), size=SHOWN)
    return [Hits(model, listing.columns, rows, more)] if rows else []


def _may_begin_a_number(model: type[Any], query: str) -> bool:
    """Whether it is worth looking: all rows are read for it, in no index. The whole number of another kind is not."""
    text = normalised(query)
    if any(whole_number(other, text) for other in FOUND if other is not model):
        return False
    return len(text) >= _SHORTEST_NUMBER and text.isascii() and any(map(str.isdigit, text))


def is_phone(query: str) -> bool:
    """Whether it reads as a whole telephone number, however its digits are set apart."""
    return LOCAL <= len(digits_of(query)) <= LONGEST and not set(normalised(query)) - set("+-()0123456789")


def _by_phone(session: Session, query: str, actor: Actor) -> list[Hits]:
    """Written with dashes, without, or with the country before it: it is the same number. Manual 3.2."""
    results: list[Hits] = []
    for model in _PHONES if is_phone(query) else ():
        listing = Listing(model)
        listing.conditions.append(spelled(model, core_of(digits_of(query))))
        results += _hits(session, listing, actor)
    return results
