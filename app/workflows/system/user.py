"""用户 How people are entered and change. Manual 3.1; spec.md §1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash

from app.core.actor import Actor
from app.core.db.unique import duplicate_code
from app.core.errors import NotAllowed, Refused, no_such_row
from app.core.record.audit import acting, label_acts, record_act, record_members
from app.core.record.entry import Entry
from app.core.record.fields import fields_of
from app.core.search.normal_forms import same_value
from app.models.system.user import AppUser
from app.security.accounts import sessions
from app.security.accounts.passwords import hashed, require_strong
from app.security.accounts.sign_in import record_sign_out

label_acts({"password": _l("Password changed")})


def hashed_password(password: str, *own: str | None) -> str:
    """errors  Refused "weak_password" for what is short or among the first to be tried; `own` are the person's names"""
    require_strong(password, *own)
    return hashed(password)


def give_password(user: AppUser, password: str, *, by_another: bool) -> None:
    """by_another  who chose it knows it, so its person has to choose one of their own before anything else

    errors  Refused "weak_password"
    """
    user.password = hashed_password(password, user.username, user.name, user.email)
    user.password_given = by_another


def set_password(session: Session, user: AppUser, password: str, *, by_another: bool = False) -> None:
    """A password for a person who is on file: every session of theirs ends. As `give_password`."""
    give_password(user, password, by_another=by_another)
    sessions.end_sessions(session, user.id)
    session.flush()


def change_password(session: Session, user: AppUser, old: str, new: str, again: str) -> None:
    """One's own new password; the log says that it changed, never what to.

    errors  Refused "wrong_password" when the present one is not the one given, "weak_password", "invalid"
    """
    if not check_password_hash(user.password or "", old):
        raise Refused("wrong_password", _("This is not your present password."), field="old")
    if new != again:
        raise Refused("invalid", _("The new password was typed differently the second time."), field="again")
    if new == old:
        raise Refused("weak_password", _("The new password must differ from the present one."), field="password")
    set_password(session, user, new)
    record_act(session, user, "password", acting(session))


def reset_password(session: Session, user: AppUser, new: str, actor: Actor) -> None:
    """A new password by the administrator; all sessions of that person end. One's own is kept as it is.

    errors  NotAllowed without the right to edit users; Refused "weak_password"
    """
    if not actor.may("edit", AppUser):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))
    set_password(session, user, new, by_another=user.id != actor.user_id)
    record_act(session, user, "password", actor)


def require_may_sign_out(user_id: int, actor: Actor) -> None:
    """Everybody themselves; others, whoever keeps the list of people. errors  NotAllowed"""
    if user_id != actor.user_id and not actor.may("edit", AppUser):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))


def sign_out_of(session: Session, user_id: int, key: int | None, actor: Actor, *, here: Any) -> int:
    """End one session of a person, or all but the one that asks; → how many.

    key   of the session; none for all
    here  the seal of the one that asks
    errors  NotAllowed; NotFound for one that has ended or is another's
    """
    require_may_sign_out(user_id, actor)
    ended = sessions.end_sessions(session, user_id, key, but=here)
    if key is not None and not ended:
        raise no_such_row()
    for place in ended:
        record_sign_out(session, actor.user_id, user_id, place)
    return len(ended)


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
        with session.no_autoflush:
            _require_unique(session, row)
        if row.has_left:
            row.active = False
        if not new and row.id == actor.user_id and not row.active:
            raise Refused("own_account", _("Nobody can shut themselves out."), field="active")
        if not new and not row.active:
            sessions.end_sessions(session, row.id)
        if not new:
            record_members(session, row, "roles", actor)

    def created(self, session: Session, row: AppUser, values: Mapping[str, Any], actor: Actor) -> None:
        record_act(session, row, "update", actor, changes={"roles": [[], sorted(role.name for role in row.roles)]})


def _require_unique(session: Session, row: AppUser) -> None:
    """A login differs from all others without regard to case and width. errors  Refused "duplicate_login" """
    for name in ("username", "email"):
        if session.execute(same_value(AppUser, name, getattr(row, name), but=row.id)).first():
            described = fields_of(AppUser)[name]
            text = _("“%(field)s” is taken: another record has the same.", field=described.label)
            raise Refused(duplicate_code(name), text, field=name)
