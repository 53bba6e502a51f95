"""A token is read one way only, serves one purpose and ends when a session would. ASVS V9, 7.3.2; SECURITY.md."""

from __future__ import annotations

import datetime as dt
import io
import time
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app.screens.web.errors import STRANGERS_LARGEST
from app.security.accounts.sessions import LONGEST, SEAL
from tests.support.firm import PASSWORD
from tests.support.office import Api, signed_in

LOGIN, REFRESH, READ = "/api/v1/security/login", "/api/v1/security/refresh", "/api/v1/customer/"
OTHER_KEY = "another-key-of-forty-eight-characters-and-more!!" * 2


@pytest.fixture
def tokens(app: Flask, office: Any) -> dict[str, str]:
    """What lin is given: access_token and refresh_token."""
    office.customer("lin")
    given = {"username": "lin", "password": PASSWORD, "provider": "db", "refresh": True}
    found: dict[str, str] = app.test_client().post(LOGIN, json=given).get_json()
    return found


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def asked(app: Flask, token: str, method: str = "GET", path: str = READ) -> int:
    answer = app.test_client().open(path, method=method, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


def _forged(app: Flask, claims: dict[str, Any], admin: int) -> dict[str, str]:
    """What somebody may try who has a token of their own; and, further down, with a stolen key as well."""
    key = str(app.config["SECRET_KEY"])
    as_admin = {**claims, "sub": str(admin)}
    _head, payload, signature = jwt.encode(claims, key).split(".")
    return {
        "alg none": jwt.encode(as_admin, "", algorithm="none"),
        "alg None, own signature": f"{jwt.encode(claims, '', algorithm='none').split('.')[0]}.{payload}.{signature}",
        "no signature": f"{_head}.{payload}.",
        **{
            f"another key, {alg}": jwt.encode(as_admin, OTHER_KEY, algorithm=alg) for alg in ("HS256", "HS384", "HS512")
        },
        "key in the head": jwt.encode(
            as_admin, OTHER_KEY, headers={"jwk": {"kty": "oct", "k": OTHER_KEY}, "jku": "http://127.0.0.1:9/keys"}
        ),
        "key by name": jwt.encode(as_admin, OTHER_KEY, headers={"kid": "../../../../dev/null"}),
        "right key, another algorithm": jwt.encode(claims, key, algorithm="HS512"),
        "right key, over": jwt.encode({**claims, "exp": int(time.time()) - 1}, key),
        "right key, not yet": jwt.encode({**claims, "nbf": int(time.time()) + 600}, key),
        "right key, another person": jwt.encode(as_admin, key),
        "right key, no seal": jwt.encode({k: v for k, v in claims.items() if k != "seal"}, key),
        "right key, nobody": jwt.encode({**claims, "sub": "99999"}, key),
        "right key, a text": jwt.encode({**claims, "sub": "1 OR 1=1"}, key),
        "right key, another purpose": jwt.encode({**claims, "type": "reset"}, key),
    }


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_token_is_read_with_our_key_and_our_algorithm_alone(app: Flask, office: Any, tokens: dict[str, str]) -> None:
    admin = office.admin.actor.user_id
    claims = claims_of(tokens["access_token"])
    assert asked(app, tokens["access_token"]) == 200
    assert asked(app, jwt.encode(claims, str(app.config["SECRET_KEY"]))) == 200, "signed as we would it is good"
    for kind, token in _forged(app, claims, admin).items():
        assert asked(app, token) == 401, kind
        assert asked(app, token, "POST", REFRESH) == 401, kind


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_made_up_token_opens_no_large_body(app: Flask, office: Any, tokens: dict[str, str]) -> None:
    """fault F9: strangers sent four megabytes slowly behind `Authorization: x`; now not a byte of it is read."""
    claims = claims_of(tokens["access_token"])
    forged = _forged(app, claims, office.admin.actor.user_id)
    # These are signed by us, whoever they speak of: only the database knows, and that is asked once the body is in.
    signed = {"right key, another person", "right key, nobody", "right key, a text"}
    told = {kind: f"Bearer {token}" for kind, token in forged.items() if kind not in signed}
    told |= {"refresh": f"Bearer {tokens['refresh_token']}", "a word": "x", "nothing": "Bearer ", "basic": "Basic eDp5"}
    told |= {"no ascii": "Bearer \xff", "twice": f"Bearer {tokens['access_token']} x", "long": "Bearer " + "a." * 3000}
    for kind, header in told.items():
        assert _posted(app, {"Authorization": header}) == (401, 0), kind
    assert _posted(app, {"Authorization": f"Bearer {tokens['access_token']}"})[1] > STRANGERS_LARGEST


def test_a_made_up_cookie_opens_no_large_body(app: Flask, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F9: of cookies, too, only one with our signature makes a caller known."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    good = serializer.dumps({"_user_id": "1", SEAL: "a"})
    monkeypatch.setitem(app.config, "SECRET_KEY", OTHER_KEY)
    other = SecureCookieSessionInterface().get_signing_serializer(app)
    monkeypatch.undo()
    assert other is not None
    head, _dot, rest = good.partition(".")
    made_up = ["x", head, f"{head}.{rest[::-1]}", other.dumps({"_user_id": "1"}), serializer.dumps({"csrf_token": "a"})]
    for cookie in made_up:
        for path in ("/api/v1/customer/", "/customer/add"):
            status, read = _posted(app, {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={cookie}"}, path)
            assert (status, read) == (401 if path.startswith("/api/") else 302, 0), cookie
    assert _posted(app, {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={good}"})[1] > STRANGERS_LARGEST


def _posted(app: Flask, headers: dict[str, str], path: str = READ) -> tuple[int, int]:
    """The status of a large body sent with these headers, and how much of it was read."""
    sent = io.BytesIO(b"{" + b" " * STRANGERS_LARGEST * 4)
    client = app.test_client(use_cookies=False)
    answer = client.post(
        path, input_stream=sent, content_length=len(sent.getvalue()), content_type="application/json", headers=headers
    )
    return answer.status_code, sent.tell()


def test_each_kind_of_token_serves_its_own_purpose(app: Flask, tokens: dict[str, str]) -> None:
    assert asked(app, tokens["refresh_token"]) == 401
    assert asked(app, tokens["access_token"], "POST", REFRESH) == 401


def test_no_token_lives_longer_than_a_session(app: Flask, tokens: dict[str, str]) -> None:
    """Renewed as often as one likes: it ends twelve hours after name and password were given."""
    longest = LONGEST.total_seconds()
    began = claims_of(tokens["refresh_token"])["iat"]
    for token in tokens.values():
        assert 0 < claims_of(token)["exp"] - began <= longest
    claims = claims_of(tokens["refresh_token"])
    soon = {**claims, "exp": int(time.time()) + 60}
    late = jwt.encode(soon, str(app.config["SECRET_KEY"]))
    answer = app.test_client().post(REFRESH, headers={"Authorization": f"Bearer {late}"})
    renewed = claims_of(answer.get_json()["access_token"])
    assert renewed["exp"] <= soon["exp"] + 1
    assert app.config["JWT_REFRESH_TOKEN_EXPIRES"] <= dt.timedelta(hours=12)


def test_a_token_beside_a_cookie_is_who_asks(app: Flask, office: Any) -> None:
    """One of them, never a mixture: rights and rows are those of the token."""
    office.customer("lin")
    seen = Api(app, "lin").get("customer/")[1]["count"]
    both = signed_in(app, "zhou")
    assert both.get(READ, headers=Api(app, "lin").headers).get_json()["count"] == seen
    assert both.get(READ).get_json()["count"] == 0
    for header in ("Bearer x", "bearer ", "Basic eDp5", "Bearer"):
        answer = both.post(READ, json={"name": "甲"}, headers={"Authorization": header})
        assert answer.status_code in (400, 401), header
