"""The furnished firm: rows of every model, for sweeps that ask the same of all there is.

A module of this folder has a function `furnish(office)`, which makes rows of each model of one area by the verbs of the
stories, and may return keys of rows that tests ask for by name. A model that has no row fails a test, and so does a
step that can be taken on no row. What a person enters in the dialog of a step stands in `DIALOGS`, by model and action,
where any text, day or number would not do; what they enter to make another row, beside a name of its own, in `ANOTHER`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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


def modules() -> list[Any]:
    names = sorted(entry.name for entry in iter_modules(__path__))
    return [import_module(f"{__name__}.{name}") for name in names]


@cache
def dialogs() -> dict[tuple[type[Any], str], Callable[[Any], dict[str, Any]]]:
    """What a person enters in the dialog of a step, from the row: `DIALOGS` of all modules."""
    return {step: entered for module in modules() for step, entered in getattr(module, "DIALOGS", {}).items()}


@cache
def another() -> dict[type[Any], dict[str, str]]:
    """What a person enters to make another row like the newest one: `ANOTHER` of all modules."""
    return {model: entered for module in modules() for model, entered in getattr(module, "ANOTHER", {}).items()}


def furnish(office: Any) -> dict[str, int]:
    """Have every module make its rows; returns the keys that they name."""
    made = office.product(GOODS, price="20")
    office.stock({made: "1000"})
    office.stock({made: "1000"}, "SHOP")
    keys: dict[str, int] = {}
    for module in modules():
        keys |= module.furnish(office) or {}
    return keys
