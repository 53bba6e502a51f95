"""Suppliers, kept by purchasing: read in from a workbook, taken back while nobody buys from them. Manual 12.1."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.system.import_batch import BatchState
from tests.engine.imports.test_fields import sheet


def supplier(name: str, **cells: Any) -> dict[str, Any]:
    return {"供应商名称": name, **cells}


def test_suppliers_come_in_and_are_taken_back(office: Any, imports: Any) -> None:
    """§12.1: a name or number exists only once; how they are paid is one of the dictionary."""
    good = supplier("永康五金厂", 供应商编号="G01", 联系人="陈永", 手机="13957900001", 结款方式="月结", 已停用="否")
    rows = [
        good, supplier("永康五金厂"), supplier("大艺", 结款方式="以物易物"), supplier("方圆", 供应商编号="G01"),
        supplier("  "),
    ]  # fmt: skip
    batch = imports.does_all("purchaser", "supplier", sheet("supplier", *rows))
    assert imports.faults(batch) == [
        (3, "供应商名称", "duplicate_name"), (4, "结款方式", "unknown_choice"),
        (5, "供应商编号", "duplicate_number"), (6, "供应商名称", "missing"),
    ]  # fmt: skip
    made = db.session.scalars(sa.select(Supplier)).one()
    assert (made.number, made.contact, made.settlement.label, made.discontinued) == ("G01", "陈永", "月结", False)
    assert imports.takes_back("purchaser", batch).state == BatchState.reverted
    assert db.session.scalars(sa.select(Supplier)).all() == []


def test_a_supplier_one_buys_from_keeps_its_import(office: Any, imports: Any) -> None:
    """§12.1"""
    batch = imports.does_all("purchaser", "supplier", sheet("supplier", supplier("永康五金厂")))
    day = dt.date(2026, 11, 2)
    office.purchaser.creates(
        PurchaseOrder, supplier=db.session.scalars(sa.select(Supplier)).one(), subject="备货", ordered_on=day,
        expected_on=day, lines=[{"product": office.product(), "quantity": Decimal(1), "unit_price": Decimal(1)}],
    )  # fmt: skip
    assert imports.takes_back("purchaser", batch).state == BatchState.done
    assert db.session.scalars(sa.select(Supplier.name)).all() == ["永康五金厂"]
