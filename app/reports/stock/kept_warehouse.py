"""仓库 The warehouses that an import of opening stock may be for. Manual 11.1, 11.2."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.models.stock.stock import Warehouse
from app.models.system.import_batch import ImportBatch
from app.security.policies.stock import kept_warehouses
from app.security.policy import visible


def warehouses(session: Session, actor: Actor) -> list[Warehouse]:
    """The warehouses this person keeps."""
    query = visible(sa.select(Warehouse), Warehouse, actor).where(Warehouse.id.in_(kept_warehouses(actor)))
    return list(session.scalars(query.where(Warehouse.is_active).order_by(Warehouse.id)))


def warehouse_of(session: Session, found: ImportBatch) -> Warehouse | None:
    key = found.options.get("warehouse")
    return session.get(Warehouse, key) if isinstance(key, int) else None
