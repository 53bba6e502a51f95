"""会话 What a session or token must still be true of: password, stamp and age. SECURITY.md; docs/asvs.md V7."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import MutableMapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.types import utc_now
from app.models.user import AppUser

IDLE = dt.timedelta(hours=4)  # a working day has a lunch break, a lost telephone has none
LONGEST = dt.timedelta(hours=12)  # whoever works on signs in once a day
ASIDE = dt.timedelta(minutes=1)  # the cookie says to the minute when somebody was last there
SEAL, BEGAN, SEEN = "seal", "began", "seen"


def seal_of(user: AppUser) -> str:
    """A mark of somebody's password and stamp now: after a change of either, sessions and tokens with another end."""
    return hashlib.sha256(f"{user.id}|{user.password or ''}|{user.session_stamp}".encode()).hexdigest()[:32]


def begin(kept: MutableMapping[str, Any], user: AppUser) -> None:
    """What a session knows of its own beginning."""
    now = int(utc_now().timestamp())
    kept.update({SEAL: seal_of(user), BEGAN: now, SEEN: now})


def is_over(kept: MutableMapping[str, Any], user: AppUser, *, is_busy: bool) -> bool:
    """Whether the session has ended: another seal, too long without its person, too long altogether.

    is_busy  the person does something; what a page asks by itself does not count
    """
    now = int(utc_now().timestamp())
    began, seen = kept.get(BEGAN), kept.get(SEEN)
    if kept.get(SEAL) != seal_of(user) or not isinstance(began, int) or not isinstance(seen, int):
        return True
    if now - began > LONGEST.total_seconds() or now - seen > IDLE.total_seconds():
        return True
    if is_busy and now - seen > ASIDE.total_seconds():
        kept[SEEN] = now
    return False


def end_all(session: Session, user_id: int) -> None:
    """Every session and token of this person ends with this transaction."""
    stamp = AppUser.__table__.c.session_stamp
    session.execute(sa.update(AppUser.__table__).where(AppUser.__table__.c.id == user_id).values({stamp: stamp + 1}))
