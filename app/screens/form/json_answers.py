"""A page's own scripts get JSON: every refusal, a lost session too, has the shape of design.md §7."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext as _

from app.core.db.base import db
from app.core.errors import AppError, Refused
from app.core.record.idempotency import LONGEST_KEY, claim, keep
from app.screens.form.json_body import body
from app.screens.web.current_actor import current_actor, in_write, only_read


def answers_json(page: Callable[..., Any]) -> Callable[..., Response]:
    """Answer with what the function returns, or with its refusal and that one's status."""

    @wraps(page)
    def answered(*args: Any, **options: Any) -> Response:
        try:
            response: Response = jsonify(page(*args, **options))
        except AppError as error:
            only_read()
            response = jsonify(error.as_json() | error.facts.get("beside", {}))
            response.status_code = error.http_status
            if error.retry_after is not None:
                response.headers["Retry-After"] = str(error.retry_after)
        return response

    return answered


def sent_body() -> dict[str, Any]:
    """Return the JSON object of the request.

    errors  AppError "bad_json", Refused "invalid"
    """
    return body()


def done_once(given: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do `work` in one transaction; the same filled-in page sent twice is done once and answered the same.

    given  the body; its `form_token` names the filled-in page
    """
    token = given.get("form_token")
    if not isinstance(token, str) or not 1 <= len(token) <= LONGEST_KEY:
        raise Refused("invalid", _("This form is no longer valid. Go back, reload the page and try again."))
    content = {name: value for name, value in given.items() if name != "form_token"}

    def once() -> dict[str, Any]:
        row = claim(db.session(), token, request.path, content, current_actor())
        if row.status is not None:
            answer: dict[str, Any] = row.answer
            return answer
        answer = work()
        keep(row, 200, answer)
        return answer

    return in_write(once)
