"""Every page saves in the same way: in one transaction, once per filled-in form, and then leads to another page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.db.base import db
from app.core.errors import AppError, all_refused
from app.core.record.fields import label_of
from app.core.record.idempotency import LONGEST_KEY, claim, keep
from app.models.system.user import AppUser
from app.query.history import last_act
from app.query.naming import display_text
from app.screens.frame.values import moment
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


def read_all(*parts: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the values that all parts of a form read.

    errors  what the parts refuse, all of it at once
    """
    values: dict[str, Any] = {}
    refused: list[AppError] = []
    for part in parts:
        try:
            values |= part()
        except AppError as error:
            refused += error.reasons
    if refused:
        raise all_refused(refused)
    return values


@dataclass(frozen=True)
class EarlierSave:
    """The save that made a form stale: by whom, when, and the labels of the fields that it changed."""

    who: str
    at: str
    fields: Sequence[str]


def earlier_save(row: Any) -> EarlierSave:
    """Return who saved the row last, for somebody whose form of it is stale."""
    act = last_act(db.session(), row)
    if act is None:
        return EarlierSave(_("Someone"), "", ())
    who = display_text(AppUser, (act.name, act.has_left)) if act.name else _("Someone")
    return EarlierSave(who, moment(act.at), sorted({label_of(type(row), name) for name in act.changes or {}}))


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
