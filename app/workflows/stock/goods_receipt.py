"""入库单流程 Goods receipts: the keeper takes what really came, and it is put on the shelf. Manual 11.3, 11.4, 12.1, 12.2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.flow.workflow import Move, Workflow
from app.models.document import ConfirmState
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.stock.goods_receipt import GoodsReceipt
from app.models.stock.stock import StockKind
from app.security.roles import R
from app.workflows.document import confirmation, derives
from app.workflows.stock.stock import STOCK, goods_postings


def take_over_prices(receipt: GoodsReceipt, move: Move) -> None:
    """What the goods cost is what the purchase order pays for them."""
    for line in receipt.lines:
        line.unit_cost = line.order_line.effective_price


def put_on_shelf(move: Move) -> None:
    """Goods come in: on hand grows by what was taken."""
    STOCK.post(move.session, goods_postings(move.document, StockKind.receipt, 1), move.actor)


RECEIPTS = derives(PurchaseOrder, GoodsReceipt, done="received", status="receipt_status", made=take_over_prices)

# fmt: off
GOODS_RECEIPT = Workflow(GoodsReceipt, ConfirmState,
    *confirmation((R.warehouse,), put_on_shelf, derivation=RECEIPTS, takes_more=True, label=_l("Confirm receipt")),
    manual="11.3", above=("purchase_order",),
)
# fmt: on
