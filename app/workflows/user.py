"""用户 How people are entered and change. Manual 3.1; spec.md §1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.core.actor import Actor
from app.core.errors import Refused
from app.core.records import Entry
from app.models.user import AppUser

SHORTEST_PASSWORD = 10


def hashed_password(password: str) -> str:
    """errors  Refused "weak_password" below ten characters"""
    if len(password) < SHORTEST_PASSWORD:
        text = _("A password needs at least %(n)s characters.", n=SHORTEST_PASSWORD)
        raise Refused("weak_password", text, field="password")
    return generate_password_hash(password)


class AppUserEntry(Entry):
    """People are never deleted: who left is marked, and cannot sign in any more."""

    model = AppUser
    writable = ("username", "name", "email", "department", "mobile", "manager", "has_left", "active", "roles")
    create_only = ("username",)
    optional = ("email", "password", "first_name", "last_name")
    deletable_states = ()

    def prepare(self, session: Session, row: AppUser, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        row.username, row.name = row.username.strip(), row.name.strip()
        row.first_name, row.last_name = row.name, ""
        row.email = row.email or f"{row.username}@localhost"
        if new and row.active is None:
            row.active = True
        if row.has_left:
            row.active = False
        if row.manager is row:
            raise Refused("superior_circle", _("Nobody can be above themselves."), field="manager")
