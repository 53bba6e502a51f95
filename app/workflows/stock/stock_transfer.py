"""调拨单流程 Stock transfers: written and confirmed where the goods are, run where they arrive. Manual 11.9."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import AppError, invalid
from app.core.flow.workflow import Move, Step, Workflow, session_of
from app.models.stock.stock import StockKind
from app.models.stock.stock_transfer import StockTransfer, TransferState
from app.security.policies.stock import keeps, refused_to_others
from app.security.roles import R
from app.workflows.document import DocumentEntry
from app.workflows.document.approval import has_lines
from app.workflows.document.quantities import asked_for, taken_quantities, whole_lines
from app.workflows.forms import LinesForm, WhyForm
from app.workflows.stock.promise import Leaving
from app.workflows.stock.stock import goods_postings


class StockTransferEntry(DocumentEntry):
    """Goods go from one warehouse to another one, both in use."""

    model = StockTransfer

    def prepare(
        self, session: Session, row: StockTransfer, values: Mapping[str, Any], actor: Actor, *, new: bool
    ) -> None:
        super().prepare(session, row, values, actor, new=new)
        if row.from_warehouse is row.to_warehouse:
            raise invalid("to_warehouse", _("The goods must go to another warehouse than the one they are in."))
        for name in ("from_warehouse", "to_warehouse"):
            if not getattr(row, name).is_active:
                raise invalid(name, _("Please choose a warehouse that is in use."))


def keeps_where_it_is(transfer: StockTransfer, actor: Actor) -> AppError | None:
    """The actor keeps the warehouse that the goods are in. Manual 11.1."""
    return _kept(transfer, transfer.from_warehouse, actor)


def keeps_where_it_goes(transfer: StockTransfer, actor: Actor) -> AppError | None:
    """The actor keeps the warehouse that the goods go to. Manual 11.1."""
    return _kept(transfer, transfer.to_warehouse, actor)


def _kept(transfer: StockTransfer, warehouse: Any, actor: Actor) -> AppError | None:
    if keeps(session_of(transfer), warehouse.id, actor):
        return None
    return refused_to_others(warehouse)


def fix_quantities(move: Move) -> None:
    """From now on it is known how much goes."""
    taken_quantities(move, {line.id: line.quantity for line in move.document.lines})


def move_goods(move: Move) -> None:
    """What arrived leaves the one warehouse and comes into the other; the rest stays where it was."""
    transfer = move.document
    arrived = asked_for(move.form, {line.id: line.quantity for line in transfer.lines}, transfer.lines)
    for line in transfer.lines:
        line.moved = arrived[line.id]
    OUT.take(move, *goods_postings(transfer, StockKind.transfer_in, 1, place="to_warehouse_id", quantity="moved"))


S, KEEPERS = TransferState, (R.warehouse,)
OUT = Leaving(StockTransfer, StockKind.transfer_out, ("draft", "confirmed"), place="from_warehouse_id", taken="moved")
# fmt: off
STOCK_TRANSFER = Workflow(StockTransfer, S,
    #    action     from                                     to           roles    guards                           effects
    Step("confirm", S["draft"],                   S["confirmed"], KEEPERS, (keeps_where_it_is, has_lines), (fix_quantities,), label=_l("Confirm transfer"), form=LinesForm, lines=whole_lines),
    Step("run",     S["confirmed"],               S["done"],      KEEPERS, (keeps_where_it_goes,),         (move_goods,), label=_l("Run transfer"), form=OUT.form, lines=whole_lines, consents=OUT.consents),
    Step("cancel",  (S["draft"], S["confirmed"]), S["cancelled"], KEEPERS, (keeps_where_it_is,),           (), label=_l("Cancel transfer"), form=WhyForm, danger=True),
    manual="11.9",
)
# fmt: on
