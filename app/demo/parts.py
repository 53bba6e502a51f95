"""The parts a demo firm is made of: an area declares its own in `demo/<area>.py`, and which parts it stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter

from sqlalchemy.orm import Session

from app.core.discovery import import_areas

Build = Callable[[Session], Iterator[str]]


@dataclass(frozen=True)
class DemoPart:
    """Rows of the demo firm. `build` makes what is missing of them and yields a line about what it made.

    after        names of the parts whose rows it needs
    with_people  it is there in a firm of people only, too; then it is built in the transaction of the people
    """

    name: str
    build: Build
    after: tuple[str, ...] = ()
    with_people: bool = False


PARTS: dict[str, DemoPart] = {}


def demo_part(name: str, *, after: tuple[str, ...] = (), with_people: bool = False) -> Callable[[Build], Build]:
    """Declare the function below as a part of the demo firm.

    errors  ValueError when there is a part of that name already
    """

    def declare(build: Build) -> Build:
        if name in PARTS:
            raise ValueError(f"the demo firm has two parts called {name}")
        PARTS[name] = DemoPart(name, build, after, with_people)
        return build

    return declare


def parts_in_order() -> list[DemoPart]:
    """All parts, each behind those it stands on, else in the order of their names.

    errors  LookupError when a part stands on one that there is none of; CycleError when two stand on each other
    """
    import_areas("app.demo", besides=("bulk",))
    for part in PARTS.values():
        for name in part.after:
            if name not in PARTS:
                raise LookupError(f"the part {part.name} of the demo firm stands on {name}, which is not there")
    sorter = TopologicalSorter({name: sorted(PARTS[name].after) for name in sorted(PARTS)})
    return [PARTS[name] for name in sorter.static_order()]
