"""用户与角色 Roles, who holds them, and what they may do. Manual 3.1; spec.md §1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role, assoc_user_role
from app.core.errors import no_such_row
from app.models.system.user import AppUser

# Flask-AppBuilder's own role, which may everything without asking; nobody gets it from a page.
BUILT_IN = "Admin"


def is_working_here(actor: Actor) -> Any:
    """Condition: people who have not left."""
    return AppUser.has_left.is_(False)


def has_left(actor: Actor) -> Any:
    return AppUser.has_left.is_(True)


def is_superior(session: Session, user_id: int) -> bool:
    """Whether anybody stands directly below a person."""
    return session.scalar(sa.select(AppUser.id).where(AppUser.manager_id == user_id).limit(1)) is not None


def roles(session: Session) -> list[Role]:
    """Every role a person can be given, in seeding order."""
    return list(session.scalars(sa.select(Role).where(Role.name != BUILT_IN).order_by(Role.id)))


def roles_by_key(session: Session, keys: Sequence[int]) -> list[Role]:
    return list(session.scalars(sa.select(Role).where(Role.id.in_(keys), Role.name != BUILT_IN).order_by(Role.id)))


def roles_of_users(session: Session, user_ids: Sequence[int]) -> dict[int, list[str]]:
    """Person → codes of their roles."""
    query = (
        sa.select(assoc_user_role.c.user_id, Role.name)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .where(assoc_user_role.c.user_id.in_(user_ids))
        .order_by(Role.id)
    )
    found: dict[int, list[str]] = {}
    for user_id, name in session.execute(query):
        found.setdefault(user_id, []).append(name)
    return found


def role_holders(session: Session) -> dict[int, int]:
    """Role → how many people who have not left hold it."""
    query = (
        sa.select(assoc_user_role.c.role_id, sa.func.count())
        .join(AppUser, AppUser.id == assoc_user_role.c.user_id)
        .where(AppUser.has_left.is_(False))
        .group_by(assoc_user_role.c.role_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def role_with_key(session: Session, key: int) -> Role:
    """errors  NotFound"""
    found = roles_by_key(session, [key]) if 0 < key < 2**31 else []
    if not found:
        raise no_such_row()
    return found[0]


def rights_of_role(session: Session, role_id: int) -> set[tuple[str, str]]:
    """(right, subject) of everything a role may do: ("approve", "sales_order")."""
    query = (
        sa.select(Permission.name, ViewMenu.name)
        .select_from(assoc_permissionview_role)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(assoc_permissionview_role.c.role_id == role_id)
    )
    return {(name.removeprefix("can_"), subject) for name, subject in session.execute(query)}
