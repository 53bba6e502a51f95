"""The person behind a request, and the one way views write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import g
from flask import session as browser_session
from flask_babel import gettext as _
from flask_login import current_user

from app.core.actor import Actor
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import Unauthenticated
from app.core.record.audit import act_as
from app.security.accounts.people import actor_of

Result = TypeVar("Result")


def current_actor() -> Actor:
    """Who is signed in, by session or token, with the role they chose.

    errors  Unauthenticated
    """
    if "actor" not in g:
        user = g.user if getattr(g, "user", None) is not None else current_user
        if not getattr(user, "is_authenticated", False):
            raise Unauthenticated("unauthenticated", _("Please sign in."))
        g.actor = actor_of(db.session(), user, browser_session.get("active_role"))
        act_as(db.session(), g.actor)
    return g.actor  # type: ignore[no-any-return]  # flask.g is untyped


def in_write(work: Callable[[], Result]) -> Result:
    """Run `work` in one transaction as the current person; tried again when another writer was in the way."""
    actor = current_actor()

    def acted() -> Result:
        act_as(db.session(), actor)
        return work()

    return in_unit_of_work(db.session(), acted)
