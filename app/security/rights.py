"""Rights of people, kept by each process while nothing about roles has changed. design.md §9; manual 3.1.

What was kept is good for one version of all roles and holdings. The version is a random word, not a number: a database
put back to what it was yesterday must not meet what was kept of today.
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from app.core.engine import insert_into
from app.models.setting import Setting
from app.models.user import AppUser

Rights = tuple[tuple[str, ...], frozenset[tuple[str, str]]]  # roles in their order, (permission, subject)
VERSION = "rights_version"
MOST_KEPT = 5_000  # people, each with a few hundred words
_kept: dict[tuple[str, int], Rights] = {}


def version() -> sa.ScalarSelect[Any]:
    """The present version, to be read along with something else."""
    return sa.select(Setting.value).where(Setting.key == VERSION).scalar_subquery()


def renew(session: Session) -> None:
    """Everything kept anywhere is out of date once this transaction commits."""
    word = secrets.token_hex(8)
    statement = insert_into(session, Setting.__table__).values(key=VERSION, value=word)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": word}))


def rights_of(session: Session, user_id: int, known_version: str | None) -> Rights:
    """The union of a person's roles; read from the database unless kept for this version."""
    if known_version is None:
        return _read(session, user_id)
    found = _kept.get((known_version, user_id))
    if found is None:
        found = _read(session, user_id)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[known_version, user_id] = found
    return found


def _read(session: Session, user_id: int) -> Rights:
    query = (
        sa.select(Role.name, Permission.name, ViewMenu.name)
        .select_from(assoc_user_role)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .outerjoin(assoc_permissionview_role, assoc_permissionview_role.c.role_id == Role.id)
        .outerjoin(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .outerjoin(Permission, Permission.id == PermissionView.permission_id)
        .outerjoin(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(assoc_user_role.c.user_id == user_id)
        .order_by(Role.id)
    )
    rows = session.execute(query).all()
    names = tuple(dict.fromkeys(role for role, _permission, _subject in rows))
    return names, frozenset((permission, subject) for _role, permission, subject in rows if permission is not None)


def _touches_rights(row: Any, session: Session) -> bool:
    if isinstance(row, Role | PermissionView | Permission | ViewMenu):
        return True
    return isinstance(row, AppUser) and (row not in session.dirty or sa.inspect(row).attrs.roles.history.has_changes())


def _note_rights(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    if any(_touches_rights(row, session) for row in [*session.new, *session.dirty, *session.deleted]):
        session.info["rights_changed"] = True


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    if session.info.pop("rights_changed", False):
        renew(session)


def watch(session_factory: Any) -> None:
    """A new version whenever a role, what it may, or who holds it changes."""
    event.listen(session_factory, "before_flush", _note_rights)
    event.listen(session_factory, "after_flush", _after_flush)
