"""Warehouses of the demo firm, and what was in the main one at the beginning. Manual 11.1, 11.2."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.demo.parts import demo_part
from app.demo.workbooks import read_in
from app.models.stock.stock import StockInit, Warehouse
from app.security.accounts.people import user_named

WAREHOUSES = (("MAIN", "主仓", True), ("SHOP", "门店仓", False))


@demo_part("warehouses", with_people=True)
def warehouses(session: Session) -> Iterator[str]:
    """Both are kept by the keeper."""
    for code, name, is_main in WAREHOUSES:
        if not session.execute(sa.select(Warehouse.id).where(Warehouse.code == code)).first():
            session.add(Warehouse(code=code, name=name, is_main=is_main, keepers=[user_named(session, "keeper")]))
    session.flush()
    yield from ()


@demo_part("opening_stock", after=("products", "warehouses"))
def opening_stock(session: Session) -> Iterator[str]:
    return read_in(session, "opening_stock", StockInit, warehouse="MAIN")
