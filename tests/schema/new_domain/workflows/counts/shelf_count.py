"""清点流程 A count is filled from the books, written down, and posted as differences."""

from __future__ import annotations

import sqlalchemy as sa
from app.models.counts.shelf_count import CountState, Leaflet, ShelfCount

from app.core.flow.workflow import Move, Step, Workflow
from app.models.products.product import Product
from app.models.stock.stock import StockBalance, StockKind
from app.security.roles import R
from app.workflows.document import DocumentEntry
from app.workflows.document.approval import has_lines
from app.workflows.document.confirmation import is_kept_by
from app.workflows.document.lines import add_lines
from app.workflows.stock.stock import STOCK, stock_posting

S, KEEPERS = CountState, (R.warehouse,)


class ShelfCountEntry(DocumentEntry):
    """A count has no rules of its own."""

    model = ShelfCount
    deletable_states = ("counting",)


class LeafletEntry(DocumentEntry):
    """A leaflet has no states, so it can always be deleted."""

    model = Leaflet
    deletable_states = None


def fill(move: Move) -> None:
    """A line for each product that the books know, with what they expect."""
    count = move.document
    query = (
        sa.select(Product, StockBalance.on_hand)
        .join(StockBalance, StockBalance.product_id == Product.id)
        .where(StockBalance.warehouse_id == count.warehouse_id, StockBalance.on_hand > 0)
        .where(Product.id.not_in([line.product_id for line in count.lines]))
        .order_by(Product.number)
    )
    found = move.session.execute(query).all()
    add_lines(move.session, count, [{"product": product, "expected": on_hand} for product, on_hand in found])


def post(move: Move) -> None:
    """On hand moves by what was counted more or less than expected."""
    count = move.document
    moved = [(line, line.counted - line.expected) for line in count.lines if line.counted is not None]
    postings = [
        stock_posting(count.warehouse_id, line.product_id, StockKind.receipt, count, on_hand=change)
        for line, change in moved
        if change
    ]
    STOCK.post(move.session, postings, move.actor)


Workflow(
    ShelfCount, S,
    Step("fill", S["counting"], None, KEEPERS, (is_kept_by,), (fill,), label="取账面数"),
    Step("post", S["counting"], S["posted"], KEEPERS, (is_kept_by, has_lines), (post,), label="过账"),
    manual="11.8",
)  # fmt: skip
