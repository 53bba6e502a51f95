"""库存 Who sees and keeps goods issues, shipments, balances and opening stock. Manual 11.1, 11.6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.cache.per_transaction import cached_per_transaction
from app.core.errors import AppError, NotAllowed
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.goods_receipt import GoodsReceipt
from app.models.stock.promise import TakenPromise
from app.models.stock.stock import StockBalance, StockInit, StockLedgerEntry, Warehouse, warehouse_keeper
from app.models.stock.stock_transfer import StockTransfer
from app.security.policy import ExplainedCondition, Policy, Sees, declare
from app.security.roles import STOCK_READERS, R


def kept_warehouses(actor: Actor) -> sa.Select[Any]:
    """Ids of the warehouses the actor keeps. Manual 11.1."""
    return sa.select(warehouse_keeper.c.warehouse_id).where(warehouse_keeper.c.user_id == actor.user_id)


def keeps(session: Session, warehouse_id: int, actor: Actor) -> bool:
    """Whether the actor keeps this warehouse. Manual 11.1."""
    query = kept_warehouses(actor).where(warehouse_keeper.c.warehouse_id == warehouse_id)
    asked = ("keeps", warehouse_id, actor.user_id)
    return cached_per_transaction(session, asked, lambda: session.execute(query).first() is not None)


def refused_to_others(warehouse: Warehouse, *, field: str | None = None) -> AppError:
    """What somebody is told who does not keep the warehouse: who keeps it, and whom to ask. Manual 11.1."""
    names = [keeper.name for keeper in warehouse.keepers if not keeper.has_left]
    if names:
        text = _(
            "%(warehouse)s is kept by %(keepers)s. Ask them to do this, or ask the administrator to make you a keeper "
            "of it.", warehouse=str(warehouse), keepers="、".join(names),
        )  # fmt: skip
    else:
        text = _("Nobody keeps %(warehouse)s yet. Ask the administrator to name its keeper.", warehouse=str(warehouse))
    return NotAllowed("not_allowed", text, field=field)


@dataclass(frozen=True)
class Keepers(ExplainedCondition):
    """The condition on rows of a warehouse, named by this column, that the person keeps while working as a keeper.

    Manual 11.6.
    """

    column: str

    def __call__(self, model: type[Any], actor: Actor) -> sa.ColumnElement[bool] | None:
        if not actor.is_any(R.warehouse):
            return None
        found: sa.ColumnElement[bool] = getattr(model, self.column).in_(kept_warehouses(actor))
        return found

    def refusal(self, row: Any) -> AppError:
        name = self.column.removesuffix("_id")
        return refused_to_others(getattr(row, name), field=name)


keepers = Keepers("warehouse_id")
sends, gets = Keepers("from_warehouse_id"), Keepers("to_warehouse_id")

STOCK = Sees(every=(R.boss, R.purchaser, R.finance, R.sales_director), where=(keepers,))
BY_KEEPERS = Sees(where=(keepers,))

declare({
    GoodsIssue: Policy(
        Sees(through=("order",), where=(keepers,), own=("confirmed_by_id",)),
        changed_by=BY_KEEPERS,
        rights={"delete": (R.warehouse,)},
    ),
    Shipment: Policy(
        Sees(through=("order",), where=(keepers,), own=("shipped_by_id",)),
        changed_by=Sees(through=("order",), where=(keepers,)),
    ),
    GoodsReceipt: Policy(
        Sees(through=("purchase_order",), where=(keepers,), own=("confirmed_by_id",)), changed_by=BY_KEEPERS
    ),
    StockTransfer: Policy(
        Sees(every=(R.boss,), where=(sends, gets)), changed_by=Sees(where=(sends,)), kept_by=(R.warehouse,)
    ),
    StockBalance: Policy(STOCK, read_by=STOCK_READERS),
    StockLedgerEntry: Policy(STOCK, read_by=STOCK_READERS),
    StockInit: Policy(
        STOCK, changed_by=BY_KEEPERS, read_by=STOCK_READERS, rights={"import": (R.warehouse,)}
    ),
    TakenPromise: Policy(Sees(every=(R.boss,)), read_by=()),
    Warehouse: Policy(Sees(everyone=True), changed_by=Sees(every=(R.admin,)), kept_by=(R.admin,)),
})  # fmt: skip
