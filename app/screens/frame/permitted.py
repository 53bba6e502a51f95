"""Buttons and links ask here whether the person who is signed in may do something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.actor import Actor
from app.core.record.fields import fields_of


def permitted(model: type[Any], names: Sequence[str], actor: Actor) -> list[str]:
    """Return the names without those of fields that this actor may not see (costs)."""
    fields = fields_of(model)
    return [n for n in names if n not in fields or not (needs := fields[n].needs) or actor.may("view", needs)]
