"""An actor is a person with rights who works in one role. Manual 3.1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.db.base import model_name


@dataclass(frozen=True)
class Actor:
    """A person and their rights; always the explicit last parameter, never read from the request.

    roles        the union of all roles held: rights never depend on the one chosen
    permissions  (permission, model name) pairs of all roles, as kept by Flask-AppBuilder
    active_role  the role worked in now: decides desk and menu, and stands in the audit
    """

    user_id: int
    name: str
    roles: frozenset[str] = frozenset()
    permissions: frozenset[tuple[str, str]] = frozenset()
    active_role: str = ""

    def may(self, action: str, model: type[Any] | str) -> bool:
        """Return whether any of the roles holds the right `can_<action>` on the model."""
        name = model if isinstance(model, str) else model_name(model)
        return (f"can_{action}", name) in self.permissions

    def is_any(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def sees_cost(self) -> bool:
        """Cost price and margin are shown only with this right. Manual 8.8."""
        return self.may("view", "cost")
