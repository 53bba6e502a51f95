"""Signing in over REST: name and password against a token. design.md §7; manual 3.1."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app
from flask_appbuilder import AppBuilder
from flask_babel import gettext as _
from flask_jwt_extended import create_access_token, create_refresh_token
from marshmallow import ValidationError, validates

from app.core.errors import Unauthenticated
from app.core.schemas import load
from app.views.api_fields import Body, Flag, Text
from app.views.api_request import answered, body


class Credentials(Body):
    """What signing in takes. `provider` is the framework's word for our own list of people."""

    username = Text(required=True, longest=120)
    password = Text(required=True, longest=1000)
    provider = Text(load_default="db", longest=20)
    refresh = Flag(load_default=False)

    @validates("provider")
    def require_our_own(self, value: str, **_options: Any) -> None:
        if value != "db":
            raise ValidationError(_("Only “db” is possible here."))


def login() -> Response:
    """A token for a day's work.

    errors  Unauthenticated for a wrong name or password, alike
    """
    given = load(Credentials, body())
    user = current_app.extensions["appbuilder"].sm.auth_user_db(given["username"], given["password"])
    if user is None:
        raise Unauthenticated("unauthenticated", _("Name or password is wrong."))
    answer = {"access_token": create_access_token(identity=str(user.id), fresh=True)}
    if given["refresh"]:
        answer["refresh_token"] = create_refresh_token(identity=str(user.id))
    return answered(200, answer)


def take_over_sign_in(appbuilder: AppBuilder) -> None:
    """Put our sign-in call in the place of the framework's, which turns a lock or odd input into a 500."""
    current_app.view_functions["SecurityApi.login"] = login
    tokens = appbuilder.sm.jwt_manager
    tokens.invalid_token_loader(_not_signed_in)
    tokens.unauthorized_loader(_not_signed_in)
    tokens.expired_token_loader(lambda *_parts: _not_signed_in(""))
    tokens.user_lookup_error_loader(lambda *_parts: _not_signed_in(""))


def _not_signed_in(_reason: str) -> Response:
    return answered(401, Unauthenticated("unauthenticated", _("The token is not valid or has expired.")).as_json())
