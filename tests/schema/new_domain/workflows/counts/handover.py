"""领用流程 How goods are requested, approved and handed over."""

from __future__ import annotations

from app.models.counts.handover import GoodsRequest, Handover

from app.core.flow.workflow import Move, Workflow
from app.models.document import ApprovalState, ConfirmState
from app.models.stock.stock import StockKind
from app.security.roles import SALES_SIDE, R
from app.workflows.document import DocumentEntry, approval, confirmation, derives
from app.workflows.stock.stock import STOCK, goods_postings


class GoodsRequestEntry(DocumentEntry):
    """A request has no rules of its own."""

    model = GoodsRequest


def take_off_shelf(move: Move) -> None:
    """Goods leave by what the lines count."""
    STOCK.post(move.session, goods_postings(move.document, StockKind.issue, -1), move.actor)


HANDOVERS = derives(GoodsRequest, Handover, done="handed")
Workflow(
    GoodsRequest, ApprovalState, *approval(SALES_SIDE, (R.boss,), revoke=(HANDOVERS.nothing_done,)),
    HANDOVERS.step("hand_over", SALES_SIDE, label="交接"), manual="11.5",
)  # fmt: skip
Workflow(Handover, ConfirmState, *confirmation((R.warehouse,), take_off_shelf, derivation=HANDOVERS), manual="11.5")
