"""Roles, default rights and dictionaries are put in once; seeding again never undoes the administrator's changes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.appbuilder import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role
from app.models.system.setting import DictionaryItem, SeededPermission
from app.security import cache_version
from app.security.dictionaries import seeded_items
from app.security.roles import R, default_rights


def seed_roles(session: Session) -> dict[str, Role]:
    """Return all default roles by code, and FAB's own `Admin`, which nobody holds in the demo."""
    present = {role.name: role for role in session.scalars(sa.select(Role))}
    for name in ("Admin", *R):
        if name not in present:
            present[str(name)] = Role(name=str(name))
            session.add(present[str(name)])
    session.flush()
    return present


def seed_rights(session: Session) -> int:
    """Give each default right once. A right seeded before is neither given again nor taken away; returns new ones."""
    roles = seed_roles(session)
    seeded = set(
        session.execute(sa.select(SeededPermission.role, SeededPermission.permission, SeededPermission.subject)).all()
    )
    new = sorted(default_rights() - seeded)
    pairs = _permission_views(session, {(f"can_{right}", subject) for _role, right, subject in new})
    held: set[Any] = set(
        session.execute(
            sa.select(assoc_permissionview_role.c.role_id, assoc_permissionview_role.c.permission_view_id)
        ).all()
    )
    grants = []
    for role, right, subject in new:
        pair = (roles[role].id, pairs[(f"can_{right}", subject)])
        if pair not in held:
            held.add(pair)
            grants.append({"role_id": pair[0], "permission_view_id": pair[1]})
    if grants:
        session.execute(sa.insert(assoc_permissionview_role), grants)
    cache_version.renew(session)
    session.add_all(SeededPermission(role=role, permission=right, subject=subject) for role, right, subject in new)
    session.flush()
    return len(new)


def _permission_views(session: Session, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return a mapping: (permission, subject) → key of their pair, made where missing."""
    permissions = {p.name: p for p in session.scalars(sa.select(Permission))}
    subjects = {v.name: v for v in session.scalars(sa.select(ViewMenu))}
    for permission, subject in sorted(wanted):
        if permission not in permissions:
            permissions[permission] = Permission(name=permission)
            session.add(permissions[permission])
        if subject not in subjects:
            subjects[subject] = ViewMenu(name=subject)
            session.add(subjects[subject])
    session.flush()
    pairs = {(p.permission_id, p.view_menu_id): p for p in session.scalars(sa.select(PermissionView))}
    found = {}
    for permission, subject in sorted(wanted):
        key = (permissions[permission].id, subjects[subject].id)
        if key not in pairs:
            pairs[key] = PermissionView(permission_id=key[0], view_menu_id=key[1])
            session.add(pairs[key])
        found[(permission, subject)] = pairs[key]
    session.flush()
    return {name: pair.id for name, pair in found.items()}


def seed_dictionaries(session: Session) -> int:
    """Put in every dictionary that has no item yet; an edited one is left as it is. Returns new items."""
    present = set(session.scalars(sa.select(DictionaryItem.dictionary).distinct()))
    rows = [DictionaryItem(**item) for item in seeded_items() if item["dictionary"] not in present]
    session.add_all(rows)
    session.flush()
    return len(rows)


def seed(session: Session) -> None:
    """Put in everything a new firm needs before its first person."""
    seed_rights(session)
    seed_dictionaries(session)
