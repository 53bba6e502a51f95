"""仓库 Warehouses, who keeps them, and which one is taken when nobody says. Manual 11.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Refused
from app.core.flow.over_rows import OnlyOne
from app.core.record.audit import record_members
from app.core.record.entry import Entry
from app.models.stock.stock import Warehouse

MAIN = OnlyOne(Warehouse, "is_main")


class WarehouseEntry(Entry):
    """Warehouses and who keeps them. Manual 11.1."""

    model = Warehouse
    writable = ("code", "name", "is_main", "is_active", "address", "keepers")

    def prepare(self, session: Session, row: Warehouse, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        if not new:
            record_members(session, row, "keepers", actor)

    def default_row(self, session: Session) -> Warehouse:
        """The firm's main warehouse, else the first in use.

        errors  Refused "no_warehouse" when there is none
        """
        query = sa.select(Warehouse).where(Warehouse.is_active).order_by(Warehouse.is_main.desc(), Warehouse.id)
        found = session.scalars(query).first()
        if found is None:
            raise Refused("no_warehouse", _("Please set up a warehouse first."), field="warehouse")
        return found
