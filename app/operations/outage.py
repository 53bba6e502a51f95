"""The database is gone, its disk is full or read-only, or it was asked too much: told in words, asking nobody. R6."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import structlog
from flask import Flask, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError

from app.core.db.base import db

RETRY_AFTER = "5"  # seconds
# Connection, resources, shut down or starting up, the system below. PostgreSQL's classes of errors.
_CLASSES = ("08", "53", "57P", "58")
_SQLITE = ("disk is full", "readonly database", "disk I/O error", "unable to open database")

STOPPED = "57014"  # PostgreSQL's own state of a statement that took longer than STATEMENT_TIMEOUT

log = structlog.get_logger(__name__)


def is_outage(error: BaseException) -> bool:
    """Whether it passes without anybody changing the program."""
    if isinstance(error, TimeoutError):  # every connection is in use
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if db.engine.dialect.name == "sqlite":
        return any(words in str(error.orig) for words in _SQLITE)
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_CLASSES)


def is_stopped(error: BaseException) -> bool:
    """Whether the database was asked for more than it answers in the time it has."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) == STOPPED


def _told(error: Exception) -> ResponseReturnValue:
    stopped = is_stopped(error)
    if not (stopped or is_outage(error)):
        answer: ResponseReturnValue = current_app.ensure_sync(_handler_of_faults())(error)
        return answer
    log.error(
        "statement_stopped" if stopped else "database_unavailable",
        reason=str(getattr(error, "orig", error)),
        request_id=g.get("request_id"),
    )
    with suppress(SQLAlchemyError):
        db.session.rollback()
    # The frame of the page would ask the database who is signed in.
    g._login_user = AnonymousUserMixin()
    g.pop("actor", None)
    heading, text = _("Not available just now"), _("Please try again in a moment.")
    if stopped:
        heading = _("This took too long")
        text = _(
            "It was stopped so that others can go on working. Please narrow what you look for, such as the period."
        )
    headers = {"Retry-After": RETRY_AFTER}
    if request.path.startswith(("/api/", "/pick/")):
        reason = {"code": "too_long" if stopped else "unavailable", "message": text}
        return jsonify({**reason, "reasons": [reason]}), 503, headers
    page = render_template(
        "error/error.html", status=503, heading=heading, text=text, reasons=[], request_id=g.get("request_id", "")
    )
    return page, 503, headers


def _handler_of_faults() -> Any:
    return current_app.error_handler_spec[None][None][Exception]


def install(app: Flask) -> None:
    for kind in (OperationalError, InterfaceError, TimeoutError):
        app.register_error_handler(kind, _told)
