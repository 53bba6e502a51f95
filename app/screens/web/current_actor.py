"""Views learn here who sends a request, and write through one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import g
from flask import session as browser_session
from flask_babel import gettext as _
from flask_login import current_user

from app.core.actor import Actor
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work, writing
from app.core.errors import Unauthenticated
from app.core.record.audit import act_as
from app.security.accounts.people import actor_of

Result = TypeVar("Result")


def current_actor() -> Actor:
    """Return the person who is signed in, by session or token, with the role they chose.

    errors  Unauthenticated
    """
    if "actor" not in g:
        user = g.user if getattr(g, "user", None) is not None else current_user
        if not getattr(user, "is_authenticated", False):
            raise Unauthenticated("unauthenticated", _("Please sign in."))
        g.actor = actor_of(db.session(), user, browser_session.get("active_role"))
        act_as(db.session(), g.actor)
    return g.actor  # type: ignore[no-any-return]  # flask.g is untyped


def begin_request(*, writes: bool) -> None:
    """Say whether the transactions of this request are begun to write."""
    g.writing = writing.set(writes)


def end_request() -> None:
    token = g.pop("writing", None)
    if token is not None:
        writing.reset(token)


def only_read() -> None:
    """End the transaction; those that follow in this request are begun to read.

    An answer is drawn from what is there. On SQLite it would else wait until nobody writes, and fail when that takes
    long. Whatever is written afterwards through `in_write` begins a transaction that writes.
    """
    db.session.rollback()
    if "writing" in g:
        writing.set(False)


def in_write(work: Callable[[], Result]) -> Result:
    """Run `work` in one transaction as the current person; tried again when another writer was in the way.

    What comes after a refusal only reads.
    """
    actor = current_actor()

    def acted() -> Result:
        act_as(db.session(), actor)
        return work()

    try:
        return in_unit_of_work(db.session(), acted)
    except Exception:
        only_read()
        raise
