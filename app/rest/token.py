"""Programs sign in with name and password for a token, which ends with the password. design.md §7; manual 3.1."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from flask import Response, current_app, g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_jwt_extended import create_access_token, create_refresh_token, get_current_user, get_jwt, jwt_required
from marshmallow import validate

from app.core.appbuilder import AppBuilder
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import Unauthenticated
from app.core.kinds.choice import FlagKind
from app.core.kinds.text import TextKind
from app.core.record.schemas import load
from app.models.system.user import AppUser
from app.rest.fields import BodySchema, ValueField
from app.rest.request import json_response
from app.screens.form.json_body import body
from app.screens.web.auth import LONGEST_NAME, opened_session, password_is_due
from app.security.accounts.passwords import LONGEST
from app.security.accounts.sessions import SEAL


class Credentials(BodySchema):
    """The body of signing in. `provider` is the framework's word for our own list of people."""

    username = ValueField(TextKind(LONGEST_NAME), required=True)
    password = ValueField(TextKind(LONGEST), required=True)
    provider = ValueField(
        TextKind(), load_default="db", validate=validate.OneOf(("db",), error=_l("Only “db” is possible here."))
    )
    refresh = ValueField(FlagKind(), load_default=False)


def login() -> Response:
    """Return a token for a day's work.

    errors  Unauthenticated for a wrong name or password, alike; NotAllowed "password_due" for one that somebody else
            chose; what the lock on failed tries raises
    """
    given = load(Credentials, body())
    user = current_app.extensions["appbuilder"].sm.auth_user_db(given["username"], given["password"])
    if not isinstance(user, AppUser) or user.has_left:
        raise Unauthenticated("unauthenticated", _("Name or password is wrong."))
    if user.password_given:
        raise password_is_due()
    claims = {SEAL: in_unit_of_work(db.session(), lambda: opened_session(user.id, is_program=True))}
    answer = {"access_token": create_access_token(str(user.id), fresh=True, additional_claims=claims)}
    if given["refresh"]:
        answer["refresh_token"] = create_refresh_token(str(user.id), additional_claims=claims)
    return json_response(200, answer)


@jwt_required(refresh=True)
def refresh() -> Response:
    """Return a new token for a refresh token.

    It ends when that one does, twelve hours after name and password were given.
    """
    user = get_current_user()
    left = timedelta(seconds=get_jwt()["exp"] - int(time.time()))
    token = create_access_token(str(user.id), expires_delta=left, additional_claims={SEAL: get_jwt()[SEAL]})
    return json_response(200, {"access_token": token})


def take_over_sign_in(appbuilder: AppBuilder) -> None:
    """Put our sign-in calls in the place of the framework's, which turn a lock or odd input into a 500."""
    manager = appbuilder.sm
    current_app.view_functions["SecurityApi.login"] = login
    current_app.view_functions["SecurityApi.refresh"] = refresh

    def user_of_token(_header: Any, claims: dict[str, Any]) -> AppUser | None:
        """Return the person while they may sign in and the session that the token was given for is open."""
        user: AppUser | None = manager.person(claims["sub"], claims.get(SEAL))
        if user is None or claims.get("type") not in ("access", "refresh"):
            return None
        g.user = user
        return user

    tokens = manager.jwt_manager
    tokens.user_lookup_loader(user_of_token)
    tokens.user_lookup_error_loader(_not_signed_in)
    tokens.invalid_token_loader(_not_signed_in)
    tokens.unauthorized_loader(_not_signed_in)
    tokens.expired_token_loader(_not_signed_in)


def _not_signed_in(*_facts: Any) -> Response:
    return json_response(401, Unauthenticated("unauthenticated", _("The token is not valid or has expired.")).as_json())
