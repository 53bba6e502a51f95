"""Virtual numbers: exact numbers that a property of a row gives and no column holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

Getter = TypeVar("Getter", bound=Callable[[Any], Decimal | None])


@dataclass(frozen=True)
class VirtualNumber:
    """What programs are told of a virtual number: its name, its decimal places and its unit."""

    name: str
    scale: int
    unit: str | None


def virtual_number(scale: int, unit: str | None = None) -> Callable[[Getter], Getter]:
    """Declare that a property gives a number which is shown with the columns of its row.

    The decorator stands below `@property`. `label_fields` says what people call the number.
    """

    def declare(function: Getter) -> Getter:
        function.__virtual__ = VirtualNumber(function.__name__, scale, unit)  # type: ignore[attr-defined]
        return function

    return declare


def virtual_numbers(model: type[Any]) -> list[VirtualNumber]:
    """The virtual numbers of a model and of the classes it is made of, in the order of their declaration."""
    found: dict[str, VirtualNumber] = {}
    for base in reversed(model.__mro__):
        for value in vars(base).values():
            declared = getattr(value.fget, "__virtual__", None) if isinstance(value, property) else None
            if declared is not None:
                found[declared.name] = declared
    return list(found.values())
