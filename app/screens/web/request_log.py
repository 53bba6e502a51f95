"""Every request has a number, one line in the log, and its figures when it is answered.

The line names the route, not the address: what people look for and whom they look at stays out of it. What bears on
security is told by `security` in it: sign_in, sign_in_failed, sign_out, token_renewed, or why something was refused.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask, Response, g, has_request_context, request
from flask import session as browser_session

from app.core.db.base import db
from app.operations import metrics

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_SIGN_IN = {"SignInView.login", "SecurityApi.login"}
_DONE = {"SignInView.logout": "sign_out", "SecurityApi.refresh": "token_renewed"}
_REFUSED = {403: "not_allowed", 413: "too_large", 429: "too_many_requests"}

log = structlog.get_logger(__name__)


def _begin() -> None:
    """Begin the log of a request; a proxy's request number is taken over when it can do no harm in a log or a page."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if _SANE.fullmatch(given) else secrets.token_hex(6)
    g.began = time.perf_counter()
    g.statements = 0
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _answered(response: Response) -> Response:
    if "began" not in g:
        return response
    seconds = time.perf_counter() - g.began
    endpoint = request.endpoint or "none"
    status = response.status_code
    response.headers[HEADER] = g.request_id
    metrics.observe(endpoint, status, seconds, g.statements)
    if endpoint in _SIGN_IN and request.method == "POST" and status in (401, 429):
        metrics.FAILED_SIGN_INS.labels("wrong" if status == 401 else "waiting").inc()
    route = request.url_rule.rule if request.url_rule else None
    log.info(
        "request", method=request.method, route=route, status=status, ms=round(seconds * 1000, 1),
        statements=g.statements, user=_user_id(), address=request.remote_addr, **_security(endpoint, status),
    )  # fmt: skip
    return response


def _security(endpoint: str, status: int) -> dict[str, str]:
    """Return the security event that an alert may look for; None for most requests."""
    event = _REFUSED.get(status)
    if g.get("refused") == "csrf":
        event = "csrf"
    elif request.method == "POST" and endpoint in _SIGN_IN and status < 500:
        event = {401: "sign_in_failed", 429: "too_many_requests"}.get(status) or ("sign_in" if status < 400 else event)
    elif request.method == "POST" and status < 400:
        event = _DONE.get(endpoint, event)
    return {"security": event} if event else {}


def _user_id() -> int | None:
    """Return the id of the person who was found to be asking, without asking the database."""
    if "actor" in g:
        return int(g.actor.user_id)
    known = str(browser_session.get("_user_id", ""))
    return int(known) if known.isdigit() else None


def _end(_error: BaseException | None) -> None:
    structlog.contextvars.clear_contextvars()


def _count(*_statement: Any) -> None:
    if has_request_context() and "statements" in g:
        g.statements += 1


def install(app: Flask) -> None:
    """Install the log first of all parts: what comes first answers last, so that it measures the whole time."""
    app.before_request(_begin)
    app.after_request(_answered)
    app.teardown_request(_end)
    sa.event.listen(db.engine, "before_cursor_execute", _count)
