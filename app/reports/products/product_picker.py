"""产品选择 What a document's line knows of a product: stock, prices, what this party paid. Manual 8.5, 10.9."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.core.db.base import models_by_name
from app.core.db.types import ZERO
from app.core.kinds.number import PriceKind
from app.core.money import plain
from app.core.search.index import LONGEST_QUERY, holds, matches
from app.core.text import normalised
from app.models.customers.customer import Customer
from app.models.document import ApprovalState, Document, Priced, counted_column, last_word, line_model
from app.models.products.product import Product, ProductPrice
from app.models.stock.promise import arrivals
from app.models.stock.stock import StockBalance, in_stock
from app.models.system.setting import DictionaryItem
from app.query.choices import WITHOUT_PARTY, Circumstances, GoodsName, NamedGoods
from app.query.exact import zero
from app.reports.products.product_names import products_named
from app.security.policy import visible

FOUND = 20
LAST_PRICES = 5


@dataclass(frozen=True)
class PriceHistory:
    """Where it is written what a party paid for a product, or was paid for it.

    link    column of the line that leads to its document
    party   column of the document with the party
    dated   column of the document by which the latest is told
    """

    document: type[Any]
    line: type[Any]
    link: Any
    party: Any
    dated: Any


@cached_per_process()
def _price_histories() -> dict[str, PriceHistory]:
    """Direction → the document with `__prices_paid__` whose goods go that way."""
    found: dict[str, PriceHistory] = {}
    for model in models_by_name().values():
        if issubclass(model, Priced) and issubclass(model, Document) and model.__prices_paid__ is not None:
            party, day = model.__prices_paid__
            line = line_model(model)
            link = getattr(line, f"{last_word(model.__name__)}_id")
            found[model.__direction__] = PriceHistory(
                model, line, link, getattr(model, f"{party}_id"), getattr(model, day)
            )
    return found


@dataclass(frozen=True)
class PaidPrice:
    """One line of an earlier document with this party; the price is yuan per unit, tax included."""

    price: Decimal
    quantity: Decimal
    day: dt.date
    number: str


@dataclass
class Offered:
    """A product as it is offered on a line; prices are yuan per unit, tax included.

    available  on hand − reserved in the chosen warehouse, may be negative; None where the product counts no stock
    available_then  with what approved purchases bring until the day the goods are needed; None where no day is known
    tiers      (tier, price) in the dictionary's order; the customer's own tier is named by `tier`
    price      what is filled in; None where nothing is known
    paid       what this party paid lately, the latest first
    """

    id: int
    number: str
    name: str
    model: str
    unit: str
    list_price: Decimal
    counts_stock: bool
    discontinued: bool
    is_divisible: bool
    on_hand: Decimal | None = None
    available: Decimal | None = None
    available_then: Decimal | None = None
    tiers: list[tuple[str, Decimal]] = field(default_factory=list)
    tier: str = ""
    price: Decimal | None = None
    paid: list[PaidPrice] = field(default_factory=list)


class ProductSource:
    """What documents ask; `query/choices.py` says what each question means. Cost is never among the facts."""

    model = Product

    def search(
        self, session: Session, query: str, circumstances: Circumstances, actor: Actor
    ) -> Sequence[dict[str, Any]]:
        """At most twenty products by number, name, model or pinyin; those in stock first. Manual 10.9."""
        ids = _had_last(session, circumstances, actor) if not query.strip() else []
        ids = ids or _hits(session, query, circumstances, actor)
        offered = self.offered(session, ids, circumstances, actor)
        found = [offered[key] for key in ids if key in offered]
        return found if query.strip() or circumstances.direction == "buy" else sorted(found, key=_is_short)

    def offered(
        self, session: Session, ids: Iterable[int], circumstances: Circumstances, actor: Actor
    ) -> dict[int, dict[str, Any]]:
        """Product id → its facts, discontinued ones too. Four queries, however many."""
        found = offered_products(session, ids, circumstances, actor)
        return {key: _as_json(offered, circumstances) for key, offered in found.items()}

    def named(
        self, session: Session, names: Sequence[GoodsName], circumstances: Circumstances, actor: Actor
    ) -> list[NamedGoods]:
        """The products that rows of a pasted table mean."""
        return products_named(session, names, circumstances, actor)

    def paid(
        self, session: Session, ids: Iterable[int], circumstances: Circumstances, actor: Actor, *, but: int = 0
    ) -> dict[int, tuple[Decimal, dt.date]]:
        """What this party paid last for each product."""
        query = _paid_query(set(ids), circumstances, actor, most=1, but=but)
        rows = session.execute(query) if query is not None else ()
        return {row.product_id: (row.effective_price, row.day) for row in rows}


def _is_short(product: dict[str, Any]) -> bool:
    return product["available"] is not None and Decimal(product["available"]) <= 0


def _hits(session: Session, query: str, circumstances: Circumstances, actor: Actor) -> list[int]:
    """Ids of the first hits: a matching number, then what is in stock, then what begins as typed."""
    word = normalised(query)[:LONGEST_QUERY]
    number = Product.number_key
    # The searched text has one form per line: number, name, its initials …
    begins = holds(Product.search_text, f"\n{word}")
    rank = sa.case((number == word, 0), (number.startswith(word, autoescape=True), 1), (begins, 2), else_=3)
    order = [sa.case((number == word, 0), else_=1), *_in_stock_first(circumstances), rank, Product.id]
    found = sa.select(Product.id).where(matches(Product, query), *_on_offer(circumstances))
    return list(session.scalars(visible(found, Product, actor).order_by(*order).limit(FOUND)))


def _on_offer(circumstances: Circumstances) -> list[Any]:
    """What is bought may be discontinued; it is neither sold nor promised any more. Manual 10.9."""
    return [~Product.discontinued] if circumstances.direction == "sell" else []


def _in_stock_first(circumstances: Circumstances) -> list[Any]:
    if circumstances.direction == "buy" or circumstances.warehouse_id is None:
        return []
    balance = StockBalance
    there = sa.exists().where(
        balance.warehouse_id == circumstances.warehouse_id, balance.product_id == Product.id,
        balance.on_hand - balance.reserved > 0,
    )  # fmt: skip
    return [sa.case((sa.or_(~Product.counts_stock, there), 0), else_=1)]


def _had_last(session: Session, circumstances: Circumstances, actor: Actor) -> list[int]:
    """Ids of the products this party had, latest first; one query."""
    history = _price_histories().get(circumstances.direction)
    if history is None or circumstances.party_id is None:
        return []
    line, document = history.line, history.document
    query = (
        sa.select(line.product_id)
        .join(document, document.id == history.link)
        .join(Product, Product.id == line.product_id)
        .where(history.party == circumstances.party_id, *_on_offer(circumstances))
        .group_by(line.product_id)
        .order_by(sa.func.max(line.id).desc())
        .limit(FOUND)
    )
    return list(session.scalars(visible(query, document, actor)))


def offered_products(
    session: Session, ids: Iterable[int], circumstances: Circumstances, actor: Actor
) -> dict[int, Offered]:
    """Product id → what is known of it under these circumstances."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = (
        sa.select(
            Product.id, Product.number, Product.name, Product.model, DictionaryItem.label.label("unit"),
            Product.list_price, Product.counts_stock, Product.discontinued, DictionaryItem.is_divisible,
        )
        .join(DictionaryItem, DictionaryItem.id == Product.unit_id)
        .where(Product.id.in_(wanted))
    )  # fmt: skip
    found = {row.id: Offered(**row._mapping) for row in session.execute(visible(query, Product, actor))}
    _put_stock(session, found, circumstances)
    if circumstances.direction == "sell":
        _put_tiers(session, found, circumstances.party_id, actor)
    _put_paid_prices(session, found, circumstances, actor)
    return found


def _put_stock(session: Session, found: dict[int, Offered], circumstances: Circumstances) -> None:
    """What is there and free now, and until the day the goods are needed; one query."""
    place, day = circumstances.warehouse_id, circumstances.day
    if place is None:
        return
    balance, ids = StockBalance, list(found)
    here = sa.and_(balance.product_id == Product.id, balance.warehouse_id == place)
    query: Any = sa.select(Product.id, balance.on_hand, balance.reserved).outerjoin(balance, here)
    if day is None:
        query = query.add_columns(zero(3))
    else:
        brought = arrivals(place, ids, day).subquery()
        coming = sa.select(brought.c.product_id, sa.func.sum(brought.c.quantity).label("n")).group_by(
            brought.c.product_id
        ).subquery()  # fmt: skip
        query = query.add_columns(sa.func.coalesce(coming.c.n, zero(3)))
        query = query.outerjoin(coming, coming.c.product_id == Product.id)
    for key, on_hand, reserved, more in session.execute(query.where(Product.id.in_(ids))):
        offered = found[key]
        if offered.counts_stock:
            offered.on_hand, offered.available = on_hand or ZERO, (on_hand or ZERO) - (reserved or ZERO)
            offered.available_then = offered.available + more if day is not None else None


def available_in(session: Session, warehouse_id: int | None, product_ids: Iterable[int]) -> dict[int, Decimal]:
    """Product id → on hand − reserved in one warehouse, in the product's unit; no balance, no entry."""
    found = in_stock(session, warehouse_id, product_ids)
    return {key: on_hand - reserved for key, (on_hand, reserved) in found.items()}


def _put_tiers(session: Session, found: dict[int, Offered], customer_id: int | None, actor: Actor) -> None:
    """The tier prices; what is filled in is that of the customer's tier, else the list price."""
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


def _put_paid_prices(session: Session, found: dict[int, Offered], circumstances: Circumstances, actor: Actor) -> None:
    """What this party paid for each product on its latest documents; what is bought costs what it cost last."""
    query = _paid_query(set(found), circumstances, actor, most=LAST_PRICES)
    if query is None:
        return
    for row in session.execute(query):
        found[row.product_id].paid.append(PaidPrice(row.effective_price, row.quantity, row.day, row.number))
    if circumstances.direction == "buy":
        for offered in found.values():
            offered.price = offered.paid[0].price if offered.paid else None


def _paid_query(
    ids: set[int], circumstances: Circumstances, actor: Actor, *, most: int, but: int = 0
) -> sa.Select[Any] | None:
    """The latest lines of each product that this party paid for; nothing where no party or no history is known."""
    history = _price_histories().get(circumstances.direction)
    if history is None or circumstances.party_id is None:
        return None
    line, document = history.line, history.document
    place = sa.func.row_number().over(
        partition_by=line.product_id, order_by=(history.dated.desc(), document.id.desc(), line.id.desc())
    )
    facts = (
        line.product_id,
        line.effective_price,
        counted_column(line).label("quantity"),
        history.dated.label("day"),
        document.number,
    )
    lines = (
        sa.select(*facts, place.label("place"))
        .join(document, document.id == history.link)
        .where(history.party == circumstances.party_id, document.state == ApprovalState.approved)
        .where(line.product_id.in_(ids), document.id != but)
    )
    ranked = visible(lines, document, actor).subquery()
    return sa.select(ranked).where(ranked.c.place <= most).order_by(ranked.c.product_id, ranked.c.place)


def _as_json(offered: Offered, circumstances: Circumstances) -> dict[str, Any]:
    """The facts as the form takes them: exact numbers as text. What has no party has no prices."""
    facts = {
        "id": offered.id, "number": offered.number, "name": offered.name, "model": offered.model,
        "unit": offered.unit, "available": _text(offered.available), "on_hand": _text(offered.on_hand),
        "available_then": _text(offered.available_then),
        "then": circumstances.day.isoformat() if circumstances.day is not None else None,
        "discontinued": offered.discontinued, "whole": not offered.is_divisible,
    }  # fmt: skip
    if circumstances.direction in WITHOUT_PARTY:
        return facts
    last = offered.paid[0] if offered.paid else None
    price = PriceKind().json
    return {
        **facts, "list_price": price(offered.list_price), "tier": offered.tier,
        "price": price(offered.price) if offered.price is not None else None,
        "tiers": [[label, price(amount)] for label, amount in offered.tiers],
        "last_price": price(last.price) if last else None, "last_on": last.day.isoformat() if last else None,
        "paid": [[price(paid.price), plain(paid.quantity), paid.day.isoformat(), paid.number] for paid in offered.paid],
    }  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
