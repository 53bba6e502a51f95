"""The furnished firm: rows of every model, for sweeps that ask the same of all there is.

A module of this folder has a function `furnish(office)`, which makes rows of each model of one area by the verbs of the
stories, and may return keys of rows that tests ask for by name. A model that has no row fails a test.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.models.products.product import Product

GOODS = "千斤顶"


def goods() -> Product:
    """A product for every module: plenty of it lies in both warehouses, whose stock is opened only once."""
    return db.session.scalars(sa.select(Product).where(Product.name == GOODS)).one()


def furnish(office: Any) -> dict[str, int]:
    """Have every module make its rows; returns the keys that they name."""
    made = office.product(GOODS, price="20")
    office.stock({made: "1000"})
    office.stock({made: "1000"}, "SHOP")
    keys: dict[str, int] = {}
    for entry in sorted(iter_modules(__path__), key=lambda entry: entry.name):
        keys |= import_module(f"{__name__}.{entry.name}").furnish(office) or {}
    return keys
