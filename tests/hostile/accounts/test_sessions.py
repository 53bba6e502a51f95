"""A session ends when its time is over, at signing out and with its rights; a cookie of our own making is nobody's.

quality R14; ASVS V7; SECURITY.md.
"""

from __future__ import annotations

import datetime as dt
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login.utils import encode_cookie

from app.core.appbuilder import Role
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.models.system.user import AppUser
from app.security.accounts import sessions
from tests.support.firm import PASSWORD
from tests.support.office import Api, signed_in
from tests.support.pages import Browser, Page

COOKIE = "zhanggui"
HOUR = dt.timedelta(hours=1)
PAGE = "/customer/list/"
# What scripts of a page ask for without anybody at the desk.
ASKED_BY_PAGES = ("/waiting", "/import/1/status")
Clock = Callable[[dt.timedelta], None]


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`pass_time(HOUR)`: for sessions it is later now."""
    real, passed = sessions.utc_now, dt.timedelta()

    def later(by: dt.timedelta) -> None:
        nonlocal passed
        passed += by

    monkeypatch.setattr(sessions, "utc_now", lambda: real() + passed)
    return later


def is_in(browser: Browser) -> bool:
    return browser.open(PAGE).status == 200


def cookie_of(browser: Browser) -> str:
    found = browser.client.get_cookie(COOKIE)
    assert found is not None
    return str(found.value)


def with_cookie(app: Flask, value: str, name: str = COOKIE) -> Browser:
    """Somebody who has nothing but this cookie."""
    client = app.test_client()
    client.set_cookie(name, value)
    return Browser(client)


def sealed(app: Flask, content: dict[str, Any], *, key: str = "", salt: str = "") -> str:
    """A cookie with this content, signed as the application would, or with another key or for another purpose."""
    interface = SecureCookieSessionInterface()
    interface.salt = salt or interface.salt
    before = app.secret_key
    app.secret_key = key or before
    try:
        serializer = interface.get_signing_serializer(app)
    finally:
        app.secret_key = before
    assert serializer is not None
    return str(serializer.dumps(content))


def content_of(app: Flask, cookie: str) -> dict[str, Any]:
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return dict(serializer.loads(cookie))


# Time


def test_four_hours_without_its_person_end_a_session(at: Any, office: Any, pass_time: Clock) -> None:
    lin = at("lin")
    pass_time(4 * HOUR - dt.timedelta(minutes=1))
    assert is_in(lin)
    pass_time(4 * HOUR + dt.timedelta(minutes=2))
    assert not is_in(lin)
    assert lin.client.get("/api/v1/customer/").status_code == 401


def test_twelve_hours_end_a_session_whatever_its_person_does(at: Any, office: Any, pass_time: Clock) -> None:
    lin = at("lin")
    for _hour in range(11):
        pass_time(HOUR)
        assert is_in(lin)
    pass_time(HOUR + dt.timedelta(minutes=1))
    assert not is_in(lin)


@pytest.mark.parametrize("asked", ASKED_BY_PAGES)
def test_what_a_page_asks_by_itself_keeps_no_session_alive(at: Any, office: Any, pass_time: Clock, asked: str) -> None:
    lin = at("lin")
    for _time in range(8):
        pass_time(HOUR / 2)
        assert lin.client.get(asked).status_code != 401
    pass_time(dt.timedelta(minutes=1))
    assert not is_in(lin)


def test_every_script_that_asks_by_itself_is_known_here() -> None:
    """A new one that asks again and again must be named above, and not count as somebody at work."""
    folder = Path(__file__).resolve().parents[3] / "app" / "static" / "js"
    asks = re.compile(r"setInterval\(|setTimeout\(\(\) => \{\s*fetch\(")
    assert {path.name for path in folder.rglob("*.js") if asks.search(path.read_text())} == {"bell.js", "progress.js"}


def test_an_old_cookie_does_not_live_again_when_somebody_works_on(at: Any, office: Any, pass_time: Clock) -> None:
    """A copy made in the morning ends with the morning's time, not with that of the original."""
    lin = at("lin")
    copied = with_cookie(lin.client.application, cookie_of(lin))
    for _time in range(3):
        pass_time(2 * HOUR)
        assert is_in(lin)
    assert not is_in(copied)


# The door


def test_only_the_door_gives_a_stranger_a_cookie(app: Flask, office: Any) -> None:
    """What an old page asks for is answered after the sign-in page is drawn: it must not take that one's token."""
    db.session.remove()
    paths = {re.sub(r"<[^>]+>", "1", rule.rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert len(paths) > 100
    over = {"_user_id": "1", "_fresh": True, "seal": "of a password before", "locale": "zh"}
    for path in sorted(paths - {"/lang/1"} | {"/", "/nothing/there"}):
        for content in ({}, over):
            lines = with_cookie(app, sealed(app, content)).client.get(path).headers.getlist("Set-Cookie")
            assert bool(lines) is (path == "/login/"), f"{path}: {lines}"


def test_a_sign_in_page_of_another_tab_keeps_the_name_and_works_once_more(app: Flask, office: Any) -> None:
    db.session.remove()
    browser = Browser(app.test_client())
    morning = browser.open("/login/?next=/salesorder/list/").form()
    browser.client.delete_cookie(COOKIE)
    browser.open("/login/")
    given = {"username": "lin", "password": PASSWORD}
    answer = browser.send("/login/?next=/salesorder/list/", morning, **given)
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert answer.typed("username") == "lin"
    assert not is_in(browser)
    assert browser.send("/login/", answer.form(), password=PASSWORD).status == 303
    again = browser.send("/login/?next=/salesorder/list/", morning, **given)
    assert (again.status, again.location) == (302, "/salesorder/list/"), "whoever is in by now goes on"


# Signing out, fixation, rights


def test_signing_out_ends_copied_cookies_and_leaves_other_devices_alone(at: Any, app: Flask, office: Any) -> None:
    lin, telephone, zhou = at("lin"), at("lin"), at("zhou")
    copied, api = with_cookie(app, cookie_of(lin)), Api(app, "lin")
    assert all(is_in(each) for each in (copied, telephone))
    assert lin.press("/", "/logout/").status == 303
    assert not any(is_in(each) for each in (lin, copied))
    assert all(is_in(each) for each in (telephone, zhou, at("lin")))
    assert api.get("customer/")[0] == 200


def test_a_cookie_made_before_signing_in_is_worth_nothing_after(app: Flask, office: Any) -> None:
    """Whoever puts a cookie into another's browser does not get in with them, and leaves nothing behind there."""
    db.session.remove()
    browser = with_cookie(app, sealed(app, {"active_role": "admin", "planted": 1, "csrf_token": "a" * 40}))
    browser.open("/login/")
    before = cookie_of(browser)
    assert browser.fill("/login/", username="lin", password=PASSWORD).status == 303
    assert is_in(browser)
    assert cookie_of(browser) != before
    assert not is_in(with_cookie(app, before))
    kept = content_of(app, cookie_of(browser))
    assert "planted" not in kept
    assert kept.get("active_role") != "admin"
    assert kept.get("csrf_token") != "a" * 40


def test_cookies_are_for_our_own_pages_only(app: Flask, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No script reads the session's, no other site sends it; over TLS only where the firm is served."""
    db.session.remove()
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    client, site = app.test_client(), "https://localhost"

    def token(path: str) -> dict[str, Any]:
        return dict(Page(path, client.get(path, base_url=site)).form())

    def sent(path: str, **values: Any) -> list[str]:
        answer = client.post(path, data={**token(path), **values}, base_url=site, headers={"Referer": site + path})
        assert answer.status_code == 303
        return answer.headers.getlist("Set-Cookie")

    lines = [*sent("/login/", username="lin", password=PASSWORD), *sent("/customer/add", kind="individual", name="甲")]
    assert {line.partition("=")[0] for line in lines} == {COOKIE, "saved"}
    for line in lines:
        flags = {flag.strip() for flag in line.split(";")[1:]}
        assert {"Secure", "SameSite=Lax", "Path=/"} <= flags, line
        assert not any(flag.startswith("Domain") for flag in flags), line
        assert "HttpOnly" in flags or line.startswith("saved="), line


def test_production_says_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdef" * 4)
    found = runpy.run_path(str(Path(__file__).resolve().parents[3] / "config.py"))
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["SESSION_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-"), "browsers take it over TLS, for this host and all of it"
    assert not {"SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "APPLICATION_ROOT"} & found.keys()


@pytest.mark.parametrize("roles", [["warehouse"], []])
def test_a_role_taken_from_a_person_holds_at_the_next_request(at: Any, office: Any, roles: list[str]) -> None:
    """Pages, REST by session and REST by token; the role worked in is no longer theirs either."""
    office.customer("lin")
    lin, api = at("lin"), Api(at("lin").client.application, "lin")
    token = lin.open("/password").typed("csrf_token")
    assert lin.send("/role/sales", [("csrf_token", token)]).status == 303
    session = db.session()

    def take() -> None:
        person = session.scalars(sa.select(AppUser).where(AppUser.username == "lin")).one()
        person.roles = list(session.scalars(sa.select(Role).where(Role.name.in_(roles))))

    in_unit_of_work(session, take)
    body = {"kind": "individual", "name": "乙"}
    assert lin.open("/customer/add").status == 403
    assert lin.send("/customer/add", [("csrf_token", token), *body.items()]).status == 403
    answer = lin.client.post("/api/v1/customer/", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 403
    assert api.post("customer/", body)[0] == 403
    assert lin.send("/role/sales", [("csrf_token", token)]).status == 404


# Cookies of our own making


def _spoilt(app: Flask, cookie: str, admin: int, lin: int) -> dict[str, str]:
    """What somebody may try who has a cookie of their own, or one of an earlier version; and with a stolen key."""
    kept = content_of(app, cookie)
    payload, moment, signature = cookie.rsplit(".", 2)
    other = sealed(app, {**kept, "_user_id": str(admin)}, key="another-key-" + "y" * 32)
    without = {name: {key: value for key, value in kept.items() if key != name} for name in ("seal", "began", "seen")}
    return {
        "cut": cookie[:-1],
        "flipped": cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1],
        "grown": cookie + "A",
        "no signature": payload,
        "empty signature": f"{payload}.{moment}.",
        "another's payload": f"{other.rsplit('.', 2)[0]}.{moment}.{signature}",
        "another key": other,
        "another purpose": sealed(app, kept, salt="remember-me"),
        "another person, own seal": sealed(app, {**kept, "_user_id": str(admin)}),
        "person without seal": sealed(app, {"_user_id": str(lin), "_fresh": True}),
        **{f"without {name}": sealed(app, left) for name, left in without.items()},
        "seal of nothing": sealed(app, {**kept, "seal": None}),
        "times of text": sealed(app, {**kept, "began": str(kept["began"]), "seen": str(kept["seen"])}),
        "person of text": sealed(app, {**kept, "_user_id": f"{lin} OR 1=1"}),
        "person of a list": sealed(app, {**kept, "_user_id": [lin]}),
        "nobody there": sealed(app, {**kept, "_user_id": "99999"}),
        "below nought": sealed(app, {**kept, "_user_id": "-1"}),
        "other digits": sealed(app, {**kept, "_user_id": "٣"}),
    }


def test_a_cookie_that_was_changed_is_nobody(at: Any, office: Any, lenient: Flask) -> None:
    admin, lin = (office.person(login).actor.user_id for login in ("admin", "lin"))
    cookie = cookie_of(at("lin"))
    assert is_in(with_cookie(lenient, cookie)), "as it was given it lets in"
    assert is_in(with_cookie(lenient, sealed(lenient, content_of(lenient, cookie)))), "as we would sign it too"
    for kind, spoilt in _spoilt(lenient, cookie, admin, lin).items():
        nobody = with_cookie(lenient, spoilt)
        assert nobody.open(PAGE).status == 302, kind
        assert nobody.client.get("/api/v1/customer/").status_code == 401, kind
        assert nobody.open("/").status == 302, kind


def test_a_remembered_name_lets_nobody_in(office: Any, lenient: Flask) -> None:
    """The frame knows a second cookie, which we never give: it carries neither seal nor time."""
    key = office.lin.actor.user_id
    db.session.remove()
    remembered = with_cookie(lenient, encode_cookie(str(key), lenient.secret_key), "remember_token")
    for _time in range(2):
        assert remembered.open(PAGE).status == 302
        assert remembered.client.get("/api/v1/customer/").status_code == 401


def test_a_token_is_no_cookie_and_a_cookie_no_token(at: Any, office: Any, lenient: Flask) -> None:
    lin, api = at("lin"), Api(lenient, "lin")
    token = api.headers["Authorization"].removeprefix("Bearer ")
    assert not is_in(with_cookie(lenient, token))
    bearer = {"Authorization": f"Bearer {cookie_of(lin)}"}
    assert lenient.test_client().get("/api/v1/customer/", headers=bearer).status_code == 401
    assert lenient.test_client().get(PAGE, headers=api.headers).status_code == 302, "pages take no bearer"
    assert signed_in(lenient, "lin").get(PAGE).status_code == 200
