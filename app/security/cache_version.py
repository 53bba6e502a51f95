"""The version of `core/cache/per_version.py` changes with roles, rights, rules and dictionaries.

The version is a random word, not a number: a database put back to what it was yesterday must not meet what was cached
of today. design.md §9.
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from app.core.appbuilder import Permission, PermissionView, Role, ViewMenu
from app.core.db.engine import insert_into
from app.models.system.approval_rule import ApprovalRule
from app.models.system.preference import ListPreference
from app.models.system.setting import DictionaryItem, Setting
from app.models.system.user import AppUser

VERSION = "kept_version"
_IS_OUTDATED = "cache_version_is_outdated"
_WATCHED = (Role, PermissionView, Permission, ViewMenu, DictionaryItem, ListPreference, ApprovalRule)


def version() -> sa.ScalarSelect[Any]:
    """Return the present version, to be read along with something else."""
    return sa.select(Setting.value).where(Setting.key == VERSION).scalar_subquery()


def renew(session: Session) -> None:
    """Make everything that any process has cached out of date once this transaction commits."""
    word = secrets.token_hex(8)
    statement = insert_into(session, Setting.__table__).values(key=VERSION, value=word)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": word}))


def _is_watched(row: Any, session: Session) -> bool:
    if isinstance(row, _WATCHED):
        return True
    return isinstance(row, AppUser) and (row not in session.dirty or sa.inspect(row).attrs.roles.history.has_changes())


def _note_changes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    if any(_is_watched(row, session) for row in [*session.new, *session.dirty, *session.deleted]):
        session.info[_IS_OUTDATED] = True


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    if session.info.pop(_IS_OUTDATED, False):
        renew(session)


def watch(session_factory: Any) -> None:
    """Renew the version whenever a role, its rights or holders, a dictionary, a rule or a preference changes."""
    event.listen(session_factory, "before_flush", _note_changes)
    event.listen(session_factory, "after_flush", _after_flush)
