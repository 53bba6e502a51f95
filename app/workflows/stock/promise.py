"""承诺 Goods that leave a warehouse are not taken silently from orders they are promised to. Manual 8.5, 11.5, 11.9.

    OUT = Leaving(GoodsIssue, StockKind.issue, order="order")

A document whose goods leave declares it by one such line. Its step takes `OUT.form`, asks `OUT.consents` and posts by
`OUT.post`; REST shows as `promised` which goods the document would take from which orders, or has taken.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy.orm import Session

from app.core.cache.per_transaction import cached_per_transaction
from app.core.db.base import model_name
from app.core.db.types import ZERO
from app.core.errors import AppError, Refused, all_refused
from app.core.flow.workflow import Move, session_of
from app.core.kinds.kind import kind_of_unit
from app.core.kinds.relation import RelationKind
from app.core.ledger.ledger import Key, Posting
from app.core.money import plain
from app.core.record.naming import singular
from app.core.record.virtual import VirtualList, add_virtual_list
from app.models.document import counted_of
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.promise import TakenPromise, promises
from app.models.stock.stock import StockBalance, StockKind
from app.models.system.user import AppUser
from app.workflows.forms import LinesForm
from app.workflows.office.message import tell
from app.workflows.stock.stock import STOCK, goods_postings

TAKE = "take_promised"
MOST_NAMED = 5  # products or orders in one sentence
_QUANTITY = kind_of_unit("quantity")


class TakingForm(LinesForm):
    """The form asks how much of which lines leaves, and whether goods promised to other orders are taken knowingly."""

    take_promised = fields.Boolean(
        load_default=False, metadata={"label": _l("Take goods promised to other orders"), "consent": True}
    )


@dataclass(frozen=True)
class Promised:
    """Goods of one product that are reserved for an order, in the product's unit."""

    product_id: int
    order_id: int
    number: str
    owner_id: int
    owner: str
    latest_ship_on: dt.date
    quantity: Decimal

    @property
    def told(self) -> str:
        """The order as everybody may know it: its number, its owner and its latest ship date, never its customer."""
        day = self.latest_ship_on
        text: str = _("%(order)s (%(owner)s, by %(day)s)", order=self.number, owner=self.owner, day=day)
        return text


def promised_before(
    session: Session, warehouse_id: int, product_ids: Collection[int], order: SalesOrder | None = None
) -> dict[int, list[Promised]]:
    """Product id → what orders have reserved in a warehouse, the one approved first standing first.

    order  only what was approved before this one
    """
    held = promises(warehouse_id, product_ids)
    other = SalesOrder
    query = (
        sa.select(held.c.product_id, held.c.order_id, other.number, other.owner_id, AppUser.name.label("owner"),
                  other.latest_ship_on, held.c.quantity)
        .join(other, other.id == held.c.order_id)
        .join(AppUser, AppUser.id == other.owner_id)
        .order_by(held.c.product_id, other.approved_at, other.id)
    )  # fmt: skip
    if order is not None and order.approved_at is not None:
        same = sa.and_(other.approved_at == order.approved_at, other.id < order.id)
        query = query.where(sa.or_(other.approved_at < order.approved_at, same))
    found: dict[int, list[Promised]] = defaultdict(list)
    for row in session.execute(query):
        found[row.product_id].append(Promised(**row._mapping))
    return found


def taken_from(on_hand: Decimal, taken: Decimal, earlier: Iterable[Promised]) -> list[tuple[Promised, Decimal]]:
    """Return how much of what is on hand for each of these orders goes when so much is taken.

    What is on hand belongs to the orders in their turn: the last of them loses first.
    """
    found = []
    before, after = on_hand, on_hand - taken
    for promised in earlier:
        lost = min(promised.quantity, max(before, ZERO)) - min(promised.quantity, max(after, ZERO))
        if lost > 0:
            found.append((promised, lost))
        before, after = before - promised.quantity, after - promised.quantity
    return found


@dataclass(frozen=True)
class Leaves:
    """How much of one product is to leave a warehouse that holds so much of it, and what of it the order has reserved."""

    key: tuple[int, int]  # warehouse, product
    on_hand: Decimal
    reserved: Decimal
    taken: Decimal
    own: Decimal

    @property
    def warehouse_id(self) -> int:
        return self.key[0]

    @property
    def product_id(self) -> int:
        return self.key[1]

    @property
    def may_be_promised(self) -> bool:
        """Whether what is left covers less than all that is reserved for others."""
        return self.on_hand - self.taken < self.reserved - self.own


class Leaving:
    """The goods of one kind of document leave a warehouse.

    kind     of the movement
    waiting  the states in which the goods are still there
    place    the column of the document that names the warehouse
    taken    the field of the lines that says how much leaves once the step has read what is asked for; the one they
             count by when left out
    order    the relation to the order for which the goods are reserved; without one they are reserved for nobody
    """

    form = TakingForm

    def __init__(
        self, model: type[Any], kind: StockKind, waiting: Sequence[str] = ("draft",), *, place: str = "warehouse_id",
        taken: str | None = None, order: str = "",
    ) -> None:  # fmt: skip
        self.model, self.kind, self.waiting, self.place = model, kind, frozenset(waiting), place
        self.taken, self.order = taken, order
        shown = {"product": RelationKind(Product), "sales_order": RelationKind(SalesOrder), "quantity": _QUANTITY}
        told = VirtualList(_l("Goods promised to other orders"), shown, self.rows)
        add_virtual_list(model, "promised", told)

    # Effects

    def post(self, move: Move) -> None:
        """Let the goods leave; see `take`."""
        self.take(move)

    def take(self, move: Move, *others: Posting) -> None:
        """Let the goods leave, with other postings of the same step.

        errors  Refused "stock.short"; Refused "promised" naming each product and order, unless the form says that they
                are taken knowingly: then each owner is told
        """
        leaving = goods_postings(
            move.document, self.kind, -1, reserved=bool(self.order), place=self.place, quantity=self.taken
        )

        def judge(balances: Mapping[Key, Any], sums: Mapping[Key, Mapping[str, Decimal]]) -> None:
            leaves = [
                Leaves(
                    (key[0], key[1]),
                    balances[key].on_hand,
                    balances[key].reserved,
                    -change["on_hand"],
                    -change["reserved"],
                )
                for key, change in sorted(sums.items())
                if change["on_hand"] < 0
            ]
            lost = self._lost(move.session, move.document, leaves)
            if lost and not move.form.get(TAKE):
                raise refused_as_promised(lost, self._names(move.document))
            if lost:
                self._take_knowingly(move, lost)

        STOCK.post(move.session, [*leaving, *others], move.actor, judge=judge)

    def _take_knowingly(self, move: Move, lost: Sequence[tuple[Leaves, Promised, Decimal]]) -> None:
        """Keep what was taken from whom, in the history too, and tell the owners."""
        document, session, names = move.document, move.session, self._names(move.document)
        by_order: dict[int, list[tuple[Promised, Decimal]]] = defaultdict(list)
        for _leaves, promised, quantity in lost:
            by_order[promised.order_id].append((promised, quantity))
            session.add(TakenPromise(
                document_model=model_name(document), document_id=document.id, product_id=promised.product_id,
                order_id=promised.order_id, order_number=promised.number, quantity=quantity,
            ))  # fmt: skip
        told = {
            taken[0][0].number: goods_told([(one.product_id, quantity) for one, quantity in taken], names)
            for taken in by_order.values()
        }
        move.changes["promised"] = ["", told]
        for order_id, taken in by_order.items():
            promised = taken[0][0]
            text = _(
                "%(document)s has taken goods promised to your order %(order)s (ship by %(day)s): %(goods)s.",
                document=self._called(document), order=promised.number, day=promised.latest_ship_on,
                goods=told[promised.number],
            )  # fmt: skip
            tell(session, promised.owner_id, text, session.get_one(SalesOrder, order_id))

    def _called(self, document: Any) -> str:
        named = f"{singular(type(document))} {document}"
        return f"{named}（{getattr(document, self.order)}）" if self.order else named

    # Reads

    def lost_now(self, session: Session, document: Any) -> list[tuple[Leaves, Promised, Decimal]]:
        """Return what the document would take from other orders if all it asks for left now."""
        if document.state not in self.waiting:
            return []
        wanted: dict[int, Decimal] = defaultdict(Decimal)
        for line in document.lines:
            if line.product.counts_stock:
                wanted[line.product_id] += counted_of(line)
        place = getattr(document, self.place)
        query = sa.select(StockBalance.product_id, StockBalance.on_hand, StockBalance.reserved).where(
            StockBalance.warehouse_id == place, StockBalance.product_id.in_(wanted)
        )
        leaves = [
            Leaves((place, key), on_hand, reserved, wanted[key], wanted[key] if self.order else ZERO)
            for key, on_hand, reserved in session.execute(query)
            if wanted[key]
        ]
        return self._lost(session, document, leaves)

    def _lost(
        self, session: Session, document: Any, leaves: Iterable[Leaves]
    ) -> list[tuple[Leaves, Promised, Decimal]]:
        """Return what each order that was approved earlier loses; one query, and none where enough is left for all."""
        doubtful: dict[int, list[Leaves]] = defaultdict(list)
        for leave in leaves:
            if leave.may_be_promised:
                doubtful[leave.warehouse_id].append(leave)
        order = getattr(document, self.order) if self.order else None
        found = []
        for warehouse_id, group in doubtful.items():
            earlier = promised_before(session, warehouse_id, [leave.product_id for leave in group], order)
            for leave in group:
                lost = taken_from(leave.on_hand, leave.taken, earlier.get(leave.product_id, ()))
                found += [(leave, promised, quantity) for promised, quantity in lost]
        return found

    def consents(self, document: Any) -> Mapping[str, str]:
        """Return what the dialog of the step asks for: to take the goods of these orders, when it would."""
        session = session_of(document)
        asked = ("promised", self.model, document.id)
        lost = cached_per_transaction(session, asked, lambda: self.lost_now(session, document))
        if not lost:
            return {}
        orders = {promised.order_id: promised.told for _leaves, promised, _quantity in lost}
        goods: dict[int, Decimal] = defaultdict(Decimal)
        for _leaves, promised, quantity in lost:
            goods[promised.product_id] += quantity
        told = goods_told(goods.items(), self._names(document))
        text = _("Take goods promised to %(orders)s: %(goods)s", orders=listed([*orders.values()]), goods=told)
        return {TAKE: text}

    def rows(self, session: Session, document: Any) -> list[dict[str, Any]]:
        """Return for programs which goods the document would take from which orders, or has taken."""
        names = self._names(document)
        if document.state in self.waiting:
            lost = self.lost_now(session, document)
            found = [(one.product_id, one.order_id, one.number, quantity) for _leaves, one, quantity in lost]
        elif document.state == "cancelled":
            return []
        else:
            kept = TakenPromise
            query = sa.select(kept.product_id, kept.order_id, kept.order_number, kept.quantity).order_by(kept.id)
            query = query.where(kept.document_model == model_name(document), kept.document_id == document.id)
            found = [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
        return [
            {
                "product": {"id": product_id, "name": str(names[product_id])},
                "sales_order": {"id": order_id, "name": number},
                "quantity": _QUANTITY.json(quantity),
            }
            for product_id, order_id, number, quantity in found
        ]

    def _names(self, document: Any) -> dict[int, Product]:
        return {line.product_id: line.product for line in document.lines}


def refused_as_promised(lost: Sequence[tuple[Leaves, Promised, Decimal]], names: Mapping[int, Product]) -> AppError:
    """Return the refusal that names each product with each order it is promised to."""
    reasons: list[AppError] = []
    for leaves, promised, quantity in lost:
        product = names[promised.product_id]
        text = _(
            "%(product)s: %(taken)s of %(on_hand)s are to leave, but %(reserved)s are promised to %(order)s, which was "
            "approved earlier; %(lost)s of them would be missing.",
            product=product, taken=plain(leaves.taken), on_hand=plain(leaves.on_hand),
            reserved=plain(promised.quantity), order=promised.told, lost=plain(quantity),
        )  # fmt: skip
        facts = {"product": promised.product_id, "sales_order": promised.order_id, "warehouse": leaves.warehouse_id}
        reasons.append(Refused("promised", text, field=TAKE, **facts))
    next_step = _("Take less, or say that these goods are to be taken: the owners of the orders will be told.")
    reasons[-1].text = f"{reasons[-1].text}{next_step}"
    return all_refused(reasons)


def goods_told(goods: Iterable[tuple[int, Decimal]], names: Mapping[int, Product]) -> str:
    """Return products with their quantities in one line; of many the first ones."""
    return listed([f"{names[key]} {plain(quantity)} {names[key].unit}" for key, quantity in goods])


def listed(texts: Sequence[str]) -> str:
    """Return the first of some texts in one line, and how many there are where that is not all."""
    if len(texts) <= MOST_NAMED:
        return "、".join(texts)
    text: str = _("%(some)s and more, %(n)s in all", some="、".join(texts[:MOST_NAMED]), n=len(texts))
    return text
