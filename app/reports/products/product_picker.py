"""产品选择 What the line grid knows of a product: stock, prices, what this customer paid. Manual 8.5."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.types import ZERO
from app.core.search.index import LONGEST_QUERY, holds, matches
from app.core.text import normalised
from app.models.customers.customer import Customer
from app.models.document import ApprovalState
from app.models.products.product import Product, ProductPrice
from app.models.sales.sales_order import SalesOrder, SalesOrderLine
from app.models.stock.stock import StockBalance
from app.models.system.setting import DictionaryItem
from app.security.policy import visible

FOUND = 20
MOST_NAMED = 500


@dataclass
class Offered:
    """A product as it is offered on a line; prices are yuan per unit, tax included.

    available  on hand − reserved in the chosen warehouse, may be negative; None where the product counts no stock
    tiers      (tier, price) in the dictionary's order; the customer's own tier is named by `tier`
    price      what is filled in: the price of the customer's tier, else the list price
    """

    id: int
    number: str
    name: str
    model: str
    unit: str
    list_price: Decimal
    counts_stock: bool
    discontinued: bool
    available: Decimal | None = None
    tiers: list[tuple[str, Decimal]] = field(default_factory=list)
    tier: str = ""
    price: Decimal = ZERO
    last_price: Decimal | None = None
    last_on: dt.date | None = None


@dataclass(frozen=True)
class Circumstances:
    """For whom and from where the goods would go. A customer this person does not see adds nothing."""

    customer_id: int | None = None
    warehouse_id: int | None = None


def products_found(session: Session, query: str, circumstances: Circumstances, actor: Actor) -> list[Offered]:
    """At most twenty products on sale by number, name, model or pinyin; a matching number stands first. Manual 10.9.

    With nothing typed: what this customer bought last, else the first products. Cost is never among the facts.
    """
    ids = _bought_last(session, circumstances, actor) if not query.strip() else []
    if not ids:
        word = normalised(query)[:LONGEST_QUERY]
        number = sa.func.lower(Product.number)
        # The searched text has one form per line: number, name, its initials …
        begins = holds(Product.search_text, f"\n{word}")
        rank = sa.case((number == word, 0), (number.startswith(word, autoescape=True), 1), (begins, 2), else_=3)
        found = sa.select(Product.id).where(~Product.discontinued, matches(Product, query))
        ids = list(session.scalars(visible(found, Product, actor).order_by(rank, Product.id).limit(FOUND)))
    offered = offered_products(session, ids, circumstances, actor)
    return [offered[key] for key in ids if key in offered]


def _bought_last(session: Session, circumstances: Circumstances, actor: Actor) -> list[int]:
    """Ids of the products this customer bought, latest first; one query."""
    latest = sa.func.max(SalesOrderLine.id)
    query = (
        sa.select(SalesOrderLine.product_id)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .where(SalesOrder.customer_id == circumstances.customer_id, ~Product.discontinued)
        .group_by(SalesOrderLine.product_id)
        .order_by(latest.desc())
        .limit(FOUND)
    )
    return list(session.scalars(visible(query, SalesOrder, actor))) if circumstances.customer_id else []


def offered_products(
    session: Session, ids: Iterable[int], circumstances: Circumstances, actor: Actor
) -> dict[int, Offered]:
    """Product id → its facts, discontinued ones too: lines written earlier keep them. Four queries, however many."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = (
        sa.select(
            Product.id, Product.number, Product.name, Product.model, DictionaryItem.label.label("unit"),
            Product.list_price, Product.counts_stock, Product.discontinued,
        )
        .join(DictionaryItem, DictionaryItem.id == Product.unit_id)
        .where(Product.id.in_(wanted))
    )  # fmt: skip
    found = {row.id: Offered(**row._mapping) for row in session.execute(visible(query, Product, actor))}
    _put_stock(session, found, circumstances.warehouse_id)
    _put_tiers(session, found, circumstances.customer_id, actor)
    _put_last_prices(session, found, circumstances.customer_id, actor)
    return found


def _put_stock(session: Session, found: dict[int, Offered], warehouse_id: int | None) -> None:
    available = available_in(session, warehouse_id, found)
    for key, offered in found.items():
        if offered.counts_stock and warehouse_id is not None:
            offered.available = available.get(key, ZERO)


def available_in(session: Session, warehouse_id: int | None, product_ids: Iterable[int]) -> dict[int, Decimal]:
    """Product id → on hand − reserved in one warehouse, in the product's unit; no balance, no entry."""
    balance = StockBalance
    query = sa.select(balance.product_id, balance.on_hand - balance.reserved).where(
        balance.warehouse_id == warehouse_id, balance.product_id.in_(list(product_ids))
    )
    return {key: value for key, value in session.execute(query)}


def _put_tiers(session: Session, found: dict[int, Offered], customer_id: int | None, actor: Actor) -> None:
    tier_query = visible(sa.select(Customer.price_tier_id).where(Customer.id == customer_id), Customer, actor)
    own_tier = session.execute(tier_query).scalar() if customer_id else None
    query = (
        sa.select(ProductPrice.product_id, ProductPrice.tier_id, DictionaryItem.label, ProductPrice.price)
        .join(DictionaryItem, DictionaryItem.id == ProductPrice.tier_id)
        .where(ProductPrice.product_id.in_(found))
        .order_by(DictionaryItem.position, DictionaryItem.id)
    )
    for offered in found.values():
        offered.price = offered.list_price
    for product_id, tier_id, label, price in session.execute(query):
        found[product_id].tiers.append((label, price))
        if tier_id == own_tier:
            found[product_id].tier, found[product_id].price = label, price


def _put_last_prices(session: Session, found: dict[int, Offered], customer_id: int | None, actor: Actor) -> None:
    """What this customer paid for each product on its latest approved order. Manual 8.5."""
    if not customer_id:
        return
    place = sa.func.row_number().over(
        partition_by=SalesOrderLine.product_id,
        order_by=(SalesOrder.signed_on.desc(), SalesOrder.id.desc(), SalesOrderLine.id.desc()),
    )
    lines = (
        sa.select(SalesOrderLine.product_id, SalesOrderLine.unit_price, SalesOrder.signed_on, place.label("place"))
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .where(
            SalesOrder.customer_id == customer_id,
            SalesOrder.state == ApprovalState.approved,
            SalesOrderLine.product_id.in_(found),
        )
    )
    ranked = visible(lines, SalesOrder, actor).subquery()
    query = sa.select(ranked.c.product_id, ranked.c.unit_price, ranked.c.signed_on).where(ranked.c.place == 1)
    for product_id, price, day in session.execute(query):
        found[product_id].last_price, found[product_id].last_on = price, day


def products_named(session: Session, names: Sequence[str], actor: Actor) -> dict[str, list[int]]:
    """Pasted text → ids of the products on sale it stands for: by number, by name with model, else by name alone.

    Several ids mean that the text says too little. Two queries, however many names.
    """
    wanted = {text: normalised(text) for text in names[:MOST_NAMED] if text.strip()}
    keys = list(set(wanted.values()))
    on_sale = visible(sa.select(Product.id, Product.number, Product.name, Product.model), Product, actor)
    number, name = sa.func.lower(Product.number), sa.func.lower(Product.name)
    whole = sa.func.lower(Product.name + Product.model)
    spaced = {text: " ".join(text.casefold().split()) for text in wanted}
    rows = session.execute(
        on_sale.where(
            ~Product.discontinued,
            sa.or_(number.in_(keys), name.in_(keys), whole.in_(keys), name.in_(list(spaced.values()))),
        ).limit(MOST_NAMED * 4)
    )
    by_text: dict[str, dict[int, None]] = {}
    for product_id, *texts in rows:
        for rank, text in enumerate((texts[0], texts[1] + texts[2], texts[1])):
            by_text.setdefault(f"{rank}{normalised(text)}", {})[product_id] = None
    return {
        text: next((list(by_text[f"{rank}{key}"]) for rank in range(3) if f"{rank}{key}" in by_text), [])
        for text, key in wanted.items()
    }


def as_json(offered: Offered) -> dict[str, Any]:
    """The facts as the grid takes them: exact numbers as text."""
    return {
        "id": offered.id, "number": offered.number, "name": offered.name, "model": offered.model,
        "unit": offered.unit, "list_price": str(offered.list_price), "price": str(offered.price),
        "tier": offered.tier, "tiers": [[label, str(price)] for label, price in offered.tiers],
        "available": None if offered.available is None else str(offered.available),
        "last_price": None if offered.last_price is None else str(offered.last_price),
        "last_on": offered.last_on.isoformat() if offered.last_on else None,
        "discontinued": offered.discontinued,
    }  # fmt: skip


def products_by_id(session: Session, ids: Iterable[int], actor: Actor) -> dict[int, Product]:
    """The mapped products behind the lines of a document; one query."""
    wanted = [key for key in set(ids) if 0 < key < 2**31]
    query = sa.select(Product).where(Product.id.in_(wanted))
    return {product.id: product for product in session.scalars(visible(query, Product, actor))}
