"""库存流程 The stock ledger, reservations and opening stock. Manual 11.1, 11.2, 11.10."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, object_session

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.types import ZERO
from app.core.errors import AppError, NotAllowed, Refused
from app.core.flow.workflow import Move, Step, Workflow
from app.core.ledger.ledger import Ledger, Posting
from app.core.money import plain
from app.core.record.numbering import next_number
from app.models.document import counted_of
from app.models.products.product import Product
from app.models.stock.stock import (
    StockBalance,
    StockInit,
    StockInitLine,
    StockInitState,
    StockKind,
    StockLedgerEntry,
    Warehouse,
)
from app.security.policies.stock import keeps, refused_to_others
from app.security.roles import R
from app.security.settings import SWITCHES, declare_setting
from app.workflows.document.confirmation import is_kept_by

declare_setting("feature_bin", _l("Storage bins"), False, kind="flag", group=SWITCHES)
OPENING_KINDS = (StockKind.opening, StockKind.opening_reversed)


def _short(session: Session, key: tuple[int, ...], balance: Any, change: Decimal) -> AppError:
    warehouse_id, product_id = key
    product = session.get_one(Product, product_id)
    warehouse = session.get_one(Warehouse, warehouse_id)
    text = short_text(str(product), str(warehouse), plain(balance.on_hand), plain(-change))
    return Refused("stock.short", text, product=product_id, warehouse=warehouse_id)


STOCK = Ledger(
    StockLedgerEntry, StockBalance, ("warehouse_id", "product_id"), ("on_hand", "reserved"), ("on_hand",), _short
)


def stock_posting(
    warehouse_id: int,
    product_id: int,
    kind: StockKind,
    document: Any,
    *,
    on_hand: Decimal = ZERO,
    reserved: Decimal = ZERO,
) -> Posting:
    """One stock movement, in the product's unit."""
    return Posting((warehouse_id, product_id), kind, {"on_hand": on_hand, "reserved": reserved}, document)


def goods_postings(
    document: Any,
    kind: StockKind,
    sign: int,
    *,
    reserved: bool = False,
    place: str = "warehouse_id",
    quantity: str | None = None,
) -> list[Posting]:
    """Goods of a document's lines come in (sign 1) or leave (sign -1); products without stock count are left out.

    reserved   the reservation moves along
    place      the column of the document that names the warehouse
    quantity   the field of the lines that says how much, in the product's unit; the one they count by when left out
    """
    found = []
    for line in document.lines:
        change = sign * (getattr(line, quantity) if quantity else counted_of(line))
        if change and line.product.counts_stock:
            moved = {"on_hand": change, "reserved": change} if reserved else {"on_hand": change}
            found.append(stock_posting(getattr(document, place), line.product_id, kind, document, **moved))
    return found


def reservation_postings(
    warehouse_id: int, amounts: Iterable[tuple[Product, Decimal]], document: Any, sign: int
) -> list[Posting]:
    """Reserve (sign 1) or release (sign -1); products without stock count are left out."""
    kind = StockKind.reserve if sign > 0 else StockKind.release
    return [
        stock_posting(warehouse_id, product.id, kind, document, reserved=sign * quantity)
        for product, quantity in amounts
        if product.counts_stock and quantity
    ]


def other_entries(session: Session, warehouse_id: int) -> bool:
    """Whether anything but opening stock has ever moved in the warehouse. Manual 11.2."""
    query = sa.select(StockLedgerEntry.id).where(
        StockLedgerEntry.warehouse_id == warehouse_id, StockLedgerEntry.kind.not_in(OPENING_KINDS)
    )
    return session.execute(query.limit(1)).first() is not None


def in_use_error(warehouse: Warehouse) -> AppError:
    text = _(
        "%(warehouse)s is in use already: opening stock is set before the first movement.", warehouse=str(warehouse)
    )
    return Refused("warehouse_in_use", text)


def require_may_open(session: Session, warehouse: Warehouse, actor: Actor) -> None:
    """errors  NotAllowed unless the actor keeps the warehouse; Refused once it is in use. Manual 11.1, 11.2"""
    if not actor.may("import", StockInit):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))
    if not keeps(session, warehouse.id, actor):
        raise refused_to_others(warehouse)
    if other_entries(session, warehouse.id):
        raise in_use_error(warehouse)


def hold_unused(session: Session, warehouse: Warehouse) -> None:
    """Let nothing move in a warehouse until this transaction ends: an entry that names it waits for this lock.

    errors  Refused "warehouse_in_use" when something has moved already
    """
    session.execute(sa.select(Warehouse.id).where(Warehouse.id == warehouse.id).with_for_update())
    if other_entries(session, warehouse.id):
        raise in_use_error(warehouse)


def post_opening_stock(
    session: Session, warehouse: Warehouse, quantities: Mapping[int, Decimal], actor: Actor
) -> StockInit:
    """Set what a warehouse starts with: product id → quantity. An earlier opening stock is reversed first.

    errors  NotAllowed, Refused "warehouse_in_use". Manual 11.2
    """
    require_may_open(session, warehouse, actor)
    hold_unused(session, warehouse)
    earlier = sa.select(StockInit).where(
        StockInit.warehouse_id == warehouse.id, StockInit.state == StockInitState.posted
    )
    for document in session.scalars(earlier).all():
        STOCK_INIT.fire(session, document, "reverse", actor)
    document = StockInit(number=next_number(session, StockInit), warehouse=warehouse, posted_on=today())
    session.add(document)
    session.flush()
    given = {product_id: quantity for product_id, quantity in quantities.items() if quantity}
    session.execute(
        sa.insert(StockInitLine),
        [{"stock_init_id": document.id, "product_id": p, "quantity": q} for p, q in given.items()],
    ) if given else None
    postings = [
        stock_posting(warehouse.id, product_id, StockKind.opening, document, on_hand=quantity)
        for product_id, quantity in given.items()
    ]
    STOCK.post(session, postings, actor)
    return document


def nothing_else_moved(document: StockInit, actor: Actor) -> AppError | None:
    """Nothing but opening stock has moved in the warehouse. Manual 11.2."""
    session = object_session(document)
    if session is None or not other_entries(session, document.warehouse_id):
        return None
    return in_use_error(document.warehouse)


def take_opening_back(move: Move) -> None:
    """Post the opposite of every line."""
    document = move.document
    hold_unused(move.session, document.warehouse)
    postings = [
        stock_posting(
            document.warehouse_id, line.product_id, StockKind.opening_reversed, document, on_hand=-line.quantity
        )
        for line in document.lines
    ]
    STOCK.post(move.session, postings, move.actor)


S = StockInitState
# fmt: off
STOCK_INIT = Workflow(StockInit, S,
    #    action     from      to          default roles   guards                             effects
    Step("reverse", S.posted, S.reversed, (R.warehouse,), (is_kept_by, nothing_else_moved), (take_opening_back,), label=_l("Reverse"), danger=True),
    manual="11.2",
)
# fmt: on


def short_text(product: str, place: str, on_hand: str, wanted: str) -> str:
    """The one sentence about missing stock."""
    text: str = _(
        "%(product)s: %(place)s has %(on_hand)s on hand, %(wanted)s are wanted.",
        product=product, place=place, on_hand=on_hand, wanted=wanted,
    )  # fmt: skip
    return text
