"""The registry says which model has which view, for links, related lists and pickers. View classes fill it."""

from __future__ import annotations

from typing import Any

from app.core.db.base import models_by_name

VIEWS: dict[type[Any], type[Any]] = {}


def has_page(model: type[Any]) -> bool:
    return model in VIEWS


def is_linked(model: type[Any]) -> bool:
    """Return whether the name of such a row, wherever it stands, leads to its page."""
    return model in VIEWS and bool(VIEWS[model].is_linked)


def view_of(model: type[Any]) -> type[Any] | None:
    return VIEWS.get(model)


def model_named(name: str) -> type[Any] | None:
    """Return the model of a stable name ("sales_order") that has pages."""
    model = models_by_name().get(name)
    return model if model in VIEWS else None
