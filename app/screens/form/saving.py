"""Every page saves in the same way: in one transaction, once per filled-in form, and then leads to another page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, flash, redirect, request
from flask.typing import ResponseReturnValue

from app.core.db.base import db
from app.core.record.idempotency import LONGEST_KEY, claim, keep
from app.screens.web.current_actor import current_actor, in_write

_NOT_CONTENT = {"csrf_token", "form_token"}


@dataclass
class Done:
    """The address to go to after saving, and what to say there: (text, tone)."""

    to: str
    notes: list[tuple[Any, str]] = field(default_factory=list)


def _content() -> dict[str, Any]:
    sent: dict[str, Any] = {k: v for k, v in request.form.to_dict(flat=False).items() if k not in _NOT_CONTENT}
    files = {name: [file.filename for file in request.files.getlist(name)] for name in request.files}
    return {"form": sent, "files": files}


def once(work: Callable[[], Done]) -> ResponseReturnValue:
    """Do `work` and go where it says. The same form sent again does nothing and goes to the same place.

    `work` may run several times (lost races), so it loads what it changes itself.
    errors  whatever `work` refuses; Refused "key_reused" when the form was filled in differently the second time
    """
    token = request.form.get("form_token", "")[:LONGEST_KEY]

    def claimed() -> Done:
        if not token:
            return work()
        row = claim(db.session(), token, request.path, _content(), current_actor())
        if row.status is not None:
            return Done(row.answer["to"])
        done = work()
        keep(row, 303, {"to": done.to})
        return done

    done = in_write(claimed)
    for text, tone in done.notes:
        flash(text, tone)
    response = redirect(done.to, 303)
    if token:  # The browser then drops its draft of this form, and of no other.
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie("saved", token, max_age=600, samesite="Lax", secure=secure)
    return response
