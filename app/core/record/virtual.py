"""Virtual numbers and lists belong to a row and are shown with it, but no column holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.core.kinds.kind import Kind

Getter = TypeVar("Getter", bound=Callable[[Any], Decimal | None])


def virtual_number(unit: str) -> Callable[[Getter], Getter]:
    """Declare that a property gives a number which is shown with the columns of its row.

    The decorator stands below `@property`. `label_fields` says what people call the number.

    unit  what a kind of number is called: "money", "price", "quantity", "percent"
    """

    def declare(function: Getter) -> Getter:
        function.__unit__ = unit  # type: ignore[attr-defined]
        return function

    return declare


def virtual_numbers(model: type[Any]) -> dict[str, str]:
    """Name → unit of the virtual numbers of a model and of the classes it is made of."""
    units = {
        name: getattr(value.fget, "__unit__", "")
        for base in reversed(model.__mro__)
        for name, value in vars(base).items()
        if isinstance(value, property)
    }
    return {name: unit for name, unit in units.items() if unit}


@dataclass(frozen=True)
class VirtualList:
    """A list of values that belongs to a row, that no table holds, and that programs are shown with the row.

    label    what people call it
    columns  name → kind of what stands in each of its rows
    rows     returns its rows as JSON, from session and row
    """

    label: Any
    columns: Mapping[str, Kind]
    rows: Callable[[Session, Any], list[dict[str, Any]]]


_lists: dict[type[Any], dict[str, VirtualList]] = {}


def add_virtual_list(model: type[Any], name: str, declared: VirtualList) -> None:
    """Give the rows of a model a virtual list.

    errors  ValueError when they have one of that name already
    """
    if name in _lists.setdefault(model, {}):
        raise ValueError(f"{model.__name__} has a list “{name}” already")
    _lists[model][name] = declared


def virtual_lists(model: type[Any]) -> Mapping[str, VirtualList]:
    """Return the virtual lists of a model by name."""
    return _lists.get(model, {})
