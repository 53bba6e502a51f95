"""Each role has a desk; an area adds its parts to it in `views/<area>/desk.py`. Manual 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.screens.desk.desk_parts import (
    ALL,
    MINE,
    TEAM,
    Action,
    Chart,
    Desk,
    Figure,
    Reminder,
    Reported,
)
from app.security.roles import R

# Roles with a desk of their own, and whose rows it is about.
WHOSE: dict[str, str] = {
    R.sales: MINE,
    R.sales_manager: TEAM,
    R.sales_director: TEAM,
    **dict.fromkeys((R.boss, R.warehouse, R.finance, R.purchaser, R.product_manager, R.service, R.admin), ALL),
}
# All other roles, also those that the administrator made, have this desk: it shows what a person's rights allow.
COMMON = ""

_KINDS = ("figures", "charts", "reminders", "waits", "actions", "doors")
_ADDED: dict[tuple[str, str], list[tuple[int, Any]]] = {}  # (role, kind) → parts with their places


def add_to_desk(
    *roles: str,
    figures: Mapping[int, Figure | Reported] | None = None,
    charts: Mapping[int, Chart] | None = None,
    reminders: Mapping[int, Reminder] | None = None,
    waits: Mapping[int, Figure] | None = None,
    actions: Mapping[int, Action] | None = None,
    doors: Mapping[int, Action] | None = None,
) -> None:
    """Put parts on the desks of these roles, each at its place among the parts of its kind; see `Desk`.

    errors  ValueError when a part stands on one of the desks already
    """
    for kind, parts in zip(_KINDS, (figures, charts, reminders, waits, actions, doors), strict=True):
        for role in roles:
            added = _ADDED.setdefault((role, kind), [])
            for place, part in (parts or {}).items():
                if part in (known for _place, known in added):
                    raise ValueError(f"a part stands twice among the {kind} of {role or 'the common desk'}")
                added.append((place, part))


def desk_of(role: str) -> Desk:
    """Return the desk of a role; roles without one of their own share one, and add what areas give to them alone."""
    sources = (role,) if role in WHOSE else (COMMON, role) if role != COMMON else (COMMON,)
    found: dict[str, tuple[Any, ...]] = {}
    for kind in _KINDS:
        parts = [part for source in sources for part in _ADDED.get((source, kind), ())]
        found[kind] = tuple(part for _place, part in sorted(parts, key=lambda added: added[0]))
    return Desk(whose=WHOSE.get(role, ALL), **found)
