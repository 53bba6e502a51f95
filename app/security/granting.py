"""授权 The administrator gives rights to a role; each change stands in the log. Manual 3.1; spec.md §1."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import Permission, PermissionView, Role, ViewMenu
from app.core.errors import NotAllowed, Refused
from app.core.record.audit import record_act
from app.core.record.fields import label_fields
from app.core.record.naming import name_of
from app.security.roles import R, default_rights, role_label

Role.__plural__ = _l("Roles and rights")
Role.__display_text__ = staticmethod(role_label)
Role.__str__ = name_of
label_fields(Role, rights=_l("Rights"), name=_l("Role"))
Right = tuple[str, str]  # right, subject: ("approve", "sales_order")


def known_rights() -> set[Right]:
    """Return every right there is: those of the tables of rights, workflows and reports."""
    return {(right, subject) for _role, right, subject in default_rights()}


def grant(session: Session, role: Role, wanted: set[Right], actor: Actor) -> None:
    """Let the role hold exactly these rights; seeding never gives back what was taken here.

    errors  NotAllowed without the right to edit roles; Refused "own_role" when the administrator's role would lose
            the right to give rights, "invalid" for a right that does not exist
    """
    if not actor.may("edit", "role"):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))
    if wanted - known_rights():
        raise Refused("invalid", _("There is no such right."))
    if role.name == R.admin and ("edit", "role") not in wanted:
        raise Refused("own_role", _("The administrator keeps the right to give rights."))
    held = {(p.permission.name.removeprefix("can_"), p.view_menu.name): p for p in role.permissions}
    known = known_rights()
    kept = [pair for right, pair in held.items() if right in wanted or right not in known]
    added = sorted(wanted - set(held))
    role.permissions = [*kept, *(_pair(session, right) for right in added)]
    session.flush()
    gone = sorted((set(held) & known) - wanted)
    if added or gone:
        changes = {"rights": [[":".join(right) for right in gone], [":".join(right) for right in added]]}
        record_act(session, role, "update", actor, changes=changes)


def _pair(session: Session, right: Right) -> PermissionView:
    """Return the framework's pair of permission and subject, made when it is missing."""
    name, subject = f"can_{right[0]}", right[1]
    permission = session.scalars(sa.select(Permission).where(Permission.name == name)).first() or Permission(name=name)
    menu = session.scalars(sa.select(ViewMenu).where(ViewMenu.name == subject)).first() or ViewMenu(name=subject)
    session.add_all([permission, menu])
    session.flush()
    query = sa.select(PermissionView).where(
        PermissionView.permission_id == permission.id, PermissionView.view_menu_id == menu.id
    )
    found = session.scalars(query).first()
    if found is None:
        found = PermissionView(permission=permission, view_menu=menu)
        session.add(found)
        session.flush()
    return found
