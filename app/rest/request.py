"""Every REST call has these things in common: the person, the body, refusals, doing a thing once. design.md §7."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, g, jsonify, request
from flask_babel import gettext as _
from flask_jwt_extended import verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from app.core.actor import Actor
from app.core.db.base import db
from app.core.errors import NotAllowed, Unauthenticated
from app.core.record.idempotency import claim, keep
from app.screens.web.current_actor import current_actor, in_write
from app.screens.web.errors import refusal_body

PREFIX = "/api/"
Answer = tuple[int, dict[str, Any]]


def authenticate() -> None:
    """Let a bearer token or a browser session in; a session that changes something must bring its CSRF token.

    errors  Unauthenticated; CSRFError
    """
    g.pop("actor", None)
    if bearer_given():
        try:
            verify_jwt_in_request()
        except (JWTExtendedException, PyJWTError, ValueError) as error:
            raise Unauthenticated("unauthenticated", _("The token is not valid or has expired.")) from error
        current_actor()
        return
    current_actor()
    if current_app.config["WTF_CSRF_ENABLED"]:
        current_app.extensions["csrf"].protect()


def bearer_given() -> bool:
    return request.headers.get("Authorization", "")[:7].lower() == "bearer "


def person(right: str, model: type[Any]) -> Actor:
    """Return the person who asks.

    errors  NotAllowed without this right on the model
    """
    actor = current_actor()
    if not actor.may(right, model):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))
    return actor


def json_response(status: int, payload: Any) -> Response:
    response: Response = jsonify(payload)
    response.status_code = status
    return response


def answer_once(work: Callable[[], Answer], given: Any = None) -> Response:
    """Do `work` in one transaction and answer what it says; with an Idempotency-Key it is done once.

    The key holds for a day, for this person, address and body; a refusal is not kept. design.md §7
    errors  Refused "key_reused" when the key came with another body
    """
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key is None:
        return json_response(*in_write(work))

    def once() -> Answer:
        stored = claim(db.session(), key, request.path, given, current_actor())
        if stored.status is not None:
            return stored.status, stored.answer
        status, answer = work()
        keep(stored, status, answer)
        return status, answer

    return json_response(*in_write(once))


def with_one_shape(response: Response) -> Response:
    """Return the response, refusals under /api/ in one shape, whether framework, token check or limiter made it."""
    if not request.path.startswith(PREFIX):
        return response
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return response
    told = response.get_json(silent=True) if response.is_json else None
    if isinstance(told, dict) and {"code", "message", "reasons"} <= told.keys():
        return response
    response.set_data(current_app.json.dumps(refusal_body(response.status_code)))
    response.content_type = "application/json"
    return response
