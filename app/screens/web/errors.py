"""Refusals and failures are answered by designed pages, and by one JSON shape under /api/. design.md §5, §7."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, g, jsonify, redirect, render_template, request
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.core.db.unit_of_work import is_lost_race
from app.core.errors import AppError, Unauthenticated, refusal_of
from app.core.files.written import is_no_room, no_room
from app.screens.web.current_actor import begin_request, current_actor, end_request, only_read
from app.security.accounts.tokens import is_signed

SIGN_IN = "/login/"
_CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
STRANGERS_LARGEST = 64 * 1024  # bytes of a body without cookie or token: name and password need no more

# status → code, heading, text
TOLD: dict[int, tuple[str, Any, Any]] = {
    400: ("bad_request", _l("This request cannot be read"), _l("Go back and try again.")),
    401: ("unauthenticated", _l("Please sign in"), _l("Your session has ended. Please sign in again.")),
    403: ("not_allowed", _l("Not allowed"), _l("You do not have the right to do this.")),
    404: ("not_found", _l("Not found"), _l("This record does not exist, or you may not see it.")),
    405: ("method_not_allowed", _l("Not possible this way"), _l("This page cannot be called like that.")),
    406: ("not_acceptable", _l("Not possible this way"), _l("This page cannot be called like that.")),
    409: ("conflict", _l("Someone else was faster"), _l("Look at the record again, then repeat what you wanted.")),
    413: ("too_large", _l("Too large"), _l("What was sent is larger than the system takes.")),
    415: ("unsupported_type", _l("Unknown content type"), _l("Send this request as JSON.")),
    422: ("invalid", _l("Not accepted"), _l("Please check what you have filled in.")),
    429: ("too_many_requests", _l("Too many requests"), _l("Please wait a moment and try again.")),
    500: (
        "internal", _l("That went wrong on our side"),
        _l("Nothing was saved. Please try again, or report the number below."),
    ),
    503: ("unavailable", _l("Not available just now"), _l("Please try again in a moment.")),
}  # fmt: skip


def is_api() -> bool:
    """Return whether the caller reads JSON: the REST interface, and pickers."""
    return request.path.startswith(("/api/", "/pick/"))


def status_texts(status: int) -> tuple[str, str, str]:
    """Return code, heading and text of an HTTP status."""
    code, heading, text = TOLD.get(status) or TOLD[400 if status < 500 else 500]
    return code, str(heading), str(text)


def refusal_body(status: int, message: str = "", code: str = "") -> dict[str, Any]:
    """Return the JSON of a refusal that is no AppError: Flask's and Flask-AppBuilder's own. design.md §7."""
    known, _heading, text = status_texts(status)
    reason = {"code": code or known, "message": message or text}
    return {**reason, "reasons": [reason]}


def error_page(status: int, message: str = "", reasons: list[str] | None = None) -> ResponseReturnValue:
    _code, heading, text = status_texts(status)
    if status < 500:
        _know_who()
    page = render_template(
        "error/error.html", status=status, heading=heading, text=message or text, reasons=reasons or [],
        request_id=g.get("request_id", "") if status >= 500 else "",
    )  # fmt: skip
    return page, status


def _know_who() -> None:
    """Read who is signed in, so that the refusal is shown within the frame of the site."""
    with suppress(Unauthenticated):
        current_actor()


def _refused(error: AppError) -> ResponseReturnValue:
    only_read()
    if error.retry_after is not None:
        answer = current_app.make_response(_told(error))
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    return _told(error)


def _told(error: AppError) -> ResponseReturnValue:
    if is_api():
        return jsonify(error.as_json()), error.http_status
    if isinstance(error, Unauthenticated):
        wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(f"/login/?next={quote(wanted)}" if wanted not in ("", "/") else "/login/")
    reasons = [reason.message for reason in error.reasons] if len(error.reasons) > 1 else []
    return error_page(error.http_status, error.message, reasons)


def _http(error: HTTPException) -> ResponseReturnValue:
    only_read()
    status = error.code or 500
    if status < 400:
        return error.get_response()
    message = ""
    if isinstance(error, CSRFError):
        g.refused = "csrf"
        message = _("This form is no longer valid. Go back, reload the page and try again.")
    if is_api():
        answer = jsonify(refusal_body(status, message, "csrf" if message else ""))
        answer.status_code = status
    else:
        answer = current_app.make_response(error_page(status, message))
    # A refusal may have headers: which methods there are (405), how long to wait.
    answer.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return answer


def _failed(error: Exception) -> ResponseReturnValue:
    """Answer our own fault: it is logged with trace and request number, and nothing of it is shown."""
    only_read()
    if (refusal := refusal_of(error)) is not None:
        return _refused(refusal)
    if is_no_room(error):  # of temporary files: a large form, a workbook that is being written
        current_app.logger.error("request %s found no room for files: %s", g.get("request_id"), error)
        return _refused(no_room())
    if is_lost_race(error):
        text = _("Someone else is changing this right now. Please try again.")
        return (jsonify(refusal_body(409, text, "busy")), 409) if is_api() else error_page(409, text)
    current_app.logger.error(
        "request %s failed: %s %s", g.get("request_id"), request.method, request.endpoint, exc_info=error
    )
    if is_api():
        body = refusal_body(500) | {"request_id": g.get("request_id", "")}
        return jsonify(body), 500
    try:
        return error_page(500)
    except Exception:
        current_app.logger.exception("the error page itself failed")
        return "500", 500


def _begin() -> None:
    begin_request(writes=request.method in _CHANGING)


def _is_stranger() -> bool:
    """Return whether nothing in the request's head proves who sends it; signing in says so in the body.

    A cookie counts with our signature and a token with our signature and within its life. Whether the session has been
    ended since is asked of the database, and that waits until the body is in.
    """
    if request.path.startswith("/api/v1/security/"):
        return True
    if request.path.startswith("/api/") and "Authorization" in request.headers:
        return not is_signed(request.headers["Authorization"])
    return "_user_id" not in browser_session


def _receive() -> None:
    """Take in the body before the database is asked anything, who asks among it.

    Who sends slowly would else keep a transaction open, and on SQLite everybody else's from beginning.
    errors  RequestEntityTooLarge, for too many fields as well; Unauthenticated rather than that at inner doors, where
            somebody's session may have ended while they filled in the form
    """
    if request.method not in _CHANGING:
        return
    if _is_stranger():
        request.max_content_length = STRANGERS_LARGEST
        is_door = request.path == SIGN_IN or request.path.startswith("/api/v1/security/")
        if not is_door and (request.content_length or 0) > STRANGERS_LARGEST:
            raise Unauthenticated("unauthenticated", _("Please sign in."))
    if request.mimetype == "multipart/form-data" and not request.path.startswith("/api/"):
        return  # The form is read piece by piece when the token is looked for, files apart from fields.
    fields = current_app.config["MAX_FORM_MEMORY_SIZE"]
    request.max_content_length = min(request.max_content_length or fields, fields)
    content = request.get_data()
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if is_form and content.count(b"&") >= current_app.config["MAX_FORM_PARTS"]:
        raise RequestEntityTooLarge


def _protect() -> None:
    """Protect the forms and scripts of pages by a CSRF token.

    The REST interface asks for one itself, once it knows who asks; so does the sign-in page, which is drawn anew.

    errors  CSRFError
    """
    if request.method in _CHANGING and not request.path.startswith("/api/") and request.path != SIGN_IN:
        current_app.extensions["csrf"].protect()


def _end(_error: BaseException | None) -> None:
    end_request()


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.before_request(_receive)
    app.before_request(_protect)
    app.teardown_request(_end)
    app.register_error_handler(AppError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)
