"""Users become actors, and the chain of superiors is kept as a table. Manual 3.1; spec.md §1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from app.core.actor import Actor
from app.core.appbuilder import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role, assoc_user_role
from app.core.cache.per_version import cached_per_version
from app.core.db.locks import Group
from app.core.errors import AppError, Refused
from app.core.flow.over_rows import OverRows
from app.core.text import folded
from app.models.system.user import AppUser, UserSuperior
from app.security.roles import R


def actor_of(session: Session, user: AppUser, active_role: str | None = None) -> Actor:
    """Return this person with the union of the rights of all their roles.

    active_role  the one chosen; when it is not theirs (any more), their first
    """
    names, rights = cached_per_version(session, ("rights", user.id), lambda: _rights_of(session, user.id))
    chosen = active_role if active_role and active_role in names else (names[0] if names else "")
    return Actor(user.id, str(user), frozenset(names), rights, chosen)


def _rights_of(session: Session, user_id: int) -> tuple[tuple[str, ...], frozenset[tuple[str, str]]]:
    """Return roles in their order, and (permission, subject) of all of them."""
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


def user_named(session: Session, login: str) -> AppUser | None:
    return session.scalars(sa.select(AppUser).where(AppUser.username_key == folded(login))).first()


def actor_named(session: Session, login: str) -> Actor:
    """Return the actor with this login.

    errors  Refused "unknown_user"
    """
    user = user_named(session, login)
    if user is None:
        raise Refused("unknown_user", _("There is no user “%(login)s”.", login=login))
    return actor_of(session, user)


class Superiors(OverRows):
    """The chain table is written anew as a whole, so that two changes of superiors wait for one another."""

    def groups(self, session: Session, row: Any) -> Iterable[Group]:
        """Return the one group that all people are in."""
        return [("user_superior",)]


SUPERIORS = Superiors(AppUser, "manager", "manager_id")


class Administrators(OverRows):
    """Somebody who can sign in keeps the right to give rights, however many administrators shut each other out."""

    def groups(self, session: Session, row: Any) -> Iterable[Group]:
        """Return the one group of all administrators, where one of them may stop being one."""
        return [] if row in session.new else [("administrators",)]

    def refusal(self, session: Session, row: Any) -> AppError | None:
        """Return why this administrator stays one. Whoever was none before takes nothing away."""
        is_named, lost = R.admin in _names(row.roles), R.admin in _names(sa.inspect(row).attrs.roles.history.deleted)
        if (row.active and is_named) or not (is_named or lost):
            return None
        remains = (
            sa.select(AppUser.id)
            .join(assoc_user_role, assoc_user_role.c.user_id == AppUser.id)
            .join(Role, Role.id == assoc_user_role.c.role_id)
            .where(Role.name == R.admin, AppUser.active)
        )
        if session.execute(remains.limit(1)).first():
            return None
        text = _("Nobody would be left who can give rights. Make somebody else an administrator first.")
        return Refused("last_administrator", text, field="roles" if row.active else "active")


def _names(roles: Iterable[Role]) -> set[str]:
    return {role.name for role in roles}


ADMINISTRATORS = Administrators(AppUser, "active", "roles")


def rebuild_superiors(session: Session) -> None:
    """Write the whole chain table anew from everyone's direct superior; small, and only when people change.

    errors  Refused "superior_circle" when somebody would be above themselves
    """
    above = {
        key: value for key, value in session.execute(sa.select(AppUser.id, AppUser.manager_id).order_by(AppUser.id))
    }
    rows = []
    for person in above:
        superior: int | None = person
        depth = 0
        while superior is not None:
            rows.append({"user_id": person, "superior_id": superior, "depth": depth})
            superior = above.get(superior)
            depth += 1
            if superior == person:
                raise Refused("superior_circle", _("Nobody can be above themselves."), field="manager")
            if depth > len(above):
                raise Refused("superior_circle", _("Nobody can be above themselves."), field="manager")
    session.execute(sa.delete(UserSuperior.__table__))
    if rows:
        session.execute(sa.insert(UserSuperior.__table__), rows)


def _people_changed(session: Session) -> bool:
    if any(isinstance(row, AppUser) for row in [*session.new, *session.deleted]):
        return True
    return any(
        isinstance(row, AppUser) and sa.inspect(row).attrs.manager_id.history.has_changes() for row in session.dirty
    )


def _note_people(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    # A relation set to another row has not reached its column yet, so that counts as a change too.
    moved = any(
        isinstance(row, AppUser) and sa.inspect(row).attrs.manager.history.has_changes() for row in session.dirty
    )
    if moved or _people_changed(session):
        session.info["people_changed"] = True


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    if session.info.pop("people_changed", False):
        rebuild_superiors(session)


def watch(session_factory: Any) -> None:
    """Keep the chain table right whenever people or superiors change."""
    event.listen(session_factory, "before_flush", _note_people)
    event.listen(session_factory, "after_flush", _after_flush)
