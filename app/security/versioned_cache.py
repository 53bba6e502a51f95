"""What pages ask and hardly ever changes, kept by each process: rights, dictionaries, rules, likings. design.md §9.

What was kept is good for one version, read along with the person at the beginning of a request. The version is a random
word, not a number: a database put back to what it was yesterday must not meet what was kept of today.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from app.core.appbuilder import Permission, PermissionView, Role, ViewMenu
from app.core.db.engine import insert_into
from app.core.db.unit_of_work import writing
from app.models.system.approval_rule import ApprovalRule
from app.models.system.preference import ListPreference
from app.models.system.setting import DictionaryItem, Setting
from app.models.system.user import AppUser

VERSION = "kept_version"
MOST_CACHED = 5_000  # most are people with a few hundred rights each
_WATCHED = (Role, PermissionView, Permission, ViewMenu, DictionaryItem, ListPreference, ApprovalRule)
_cached: dict[tuple[str, Hashable], Any] = {}

Found = TypeVar("Found")


def version() -> sa.ScalarSelect[Any]:
    """The present version, to be read along with something else."""
    return sa.select(Setting.value).where(Setting.key == VERSION).scalar_subquery()


def begin(session: Session, word: str | None) -> None:
    """This session reads at this version; without one nothing is kept."""
    session.info[VERSION] = word


def renew(session: Session) -> None:
    """Everything kept anywhere is out of date once this transaction commits."""
    word = secrets.token_hex(8)
    statement = insert_into(session, Setting.__table__).values(key=VERSION, value=word)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": word}))


def versioned(session: Session, asked: Hashable, answer: Callable[[], Found]) -> Found:
    """The answer to a question about what is watched here; asked anew by a transaction that writes."""
    word: str | None = session.info.get(VERSION)
    if word is None or writing.get():
        return answer()
    if (word, asked) not in _cached:
        found = answer()
        if len(_cached) >= MOST_CACHED:
            _cached.clear()
        _cached[word, asked] = found
        return found
    known: Found = _cached[word, asked]
    return known


def _is_watched(row: Any, session: Session) -> bool:
    if isinstance(row, _WATCHED):
        return True
    return isinstance(row, AppUser) and (row not in session.dirty or sa.inspect(row).attrs.roles.history.has_changes())


def _note_changes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    if any(_is_watched(row, session) for row in [*session.new, *session.dirty, *session.deleted]):
        session.info["kept_is_old"] = True


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    if session.info.pop("kept_is_old", False):
        renew(session)


def watch(session_factory: Any) -> None:
    """A new version whenever a role, what it may, who holds it, a dictionary, an approval rule or a liking changes."""
    event.listen(session_factory, "before_flush", _note_changes)
    event.listen(session_factory, "after_flush", _after_flush)
