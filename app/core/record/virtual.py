"""A virtual number is an exact number that a property of a row gives and no column holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

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
