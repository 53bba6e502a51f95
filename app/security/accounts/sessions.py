"""会话 Each browser and program has a session row of its own; without it nobody is signed in. docs/asvs.md V7."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import MutableMapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import utc_now
from app.models.system.user import AppUser, UserSession

IDLE = dt.timedelta(hours=4)  # A session survives a lunch break, but not a lost telephone for long.
LONGEST = dt.timedelta(hours=12)  # Everybody signs in at least once a day.
ASIDE = dt.timedelta(minutes=1)  # The cookie says to the minute when its person was last active.
SEAL, BEGAN, SEEN = "seal", "began", "seen"
_row = UserSession.__table__.c


def seal_digest(seal: Any) -> str:
    """Return the digest of a seal, as the table holds it; for what is no seal a text that the table never holds."""
    return hashlib.sha256(seal.encode("utf-8", "replace")).hexdigest() if isinstance(seal, str) else ""


def is_open() -> sa.Exists:
    """Return whether the person of a statement on people is signed in with the seal whose `seal_digest` is bound."""
    return sa.exists().where(_row.user_id == AppUser.id, _row.seal == sa.bindparam("mark"))


def open_session(session: Session, user_id: int, *, address: str, agent: str, is_program: bool = False) -> str:
    """Open a session for a person who has proved who they are and return the seal that their cookie or token carries.

    What they opened and left behind earlier is cleared away.
    """
    now, seal = utc_now(), secrets.token_hex(16)
    session.execute(sa.delete(UserSession).where(_row.user_id == user_id, _row.began_at < now - LONGEST))
    row = UserSession(user_id=user_id, seal=seal_digest(seal), began_at=now, address=address, is_program=is_program)
    row.agent = agent[: _row.agent.type.length].replace("\x00", "")
    session.add(row)
    return seal


def begin_session(kept: MutableMapping[str, Any], seal: str) -> None:
    """Put into a browser's cookie what it knows of its own session."""
    now = int(utc_now().timestamp())
    kept.update({SEAL: seal, BEGAN: now, SEEN: now})


def is_over(kept: MutableMapping[str, Any], *, is_busy: bool) -> bool:
    """Return whether the session has ended by its time: too long without its person, or too long altogether.

    is_busy  the person does something; what a page asks by itself does not count
    """
    now = int(utc_now().timestamp())
    began, seen = kept.get(BEGAN), kept.get(SEEN)
    if not isinstance(began, int) or not isinstance(seen, int):
        return True
    if now - began > LONGEST.total_seconds() or now - seen > IDLE.total_seconds():
        return True
    if is_busy and now - seen > ASIDE.total_seconds():
        kept[SEEN] = now
    return False


def open_sessions(session: Session, user_id: int) -> Sequence[UserSession]:
    """Return the open sessions of a person, latest first; one that was only left counts until its time is over."""
    query = sa.select(UserSession).where(_row.user_id == user_id, _row.began_at > utc_now() - LONGEST)
    return session.scalars(query.order_by(_row.began_at.desc(), _row.id.desc())).all()


def end_sessions(session: Session, user_id: int, key: int | None = None, *, but: Any = None) -> Sequence[str]:
    """Sign somebody out: at one place, or everywhere, or everywhere but where they sit.

    key  of the session; none for all of them
    but  the seal that stays
    → the addresses of what ended
    """
    statement = sa.delete(UserSession).where(_row.user_id == user_id)
    if key is not None:
        statement = statement.where(_row.id == key)
    if but is not None:
        statement = statement.where(_row.seal != seal_digest(but))
    return session.scalars(statement.returning(_row.address)).all()


def end_this_session(session: Session, user_id: int, seal: Any) -> None:
    """Sign somebody out where they sit: a copy of this cookie is worth nothing any more."""
    session.execute(sa.delete(UserSession).where(_row.user_id == user_id, _row.seal == seal_digest(seal)))
