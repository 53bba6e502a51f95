from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_jwt_extended import create_access_token

from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.models.system.user import AppUser
from app.workflows.system.user import set_password
from tests.plugins.rest import Firm, done, refused
from tests.support.firm import PASSWORD

LOGIN = "/api/v1/security/login"


def asked(app: Flask, method: str, address: str, **options: Any) -> tuple[int, Any]:
    answer = app.test_client().open(address, method=method, **options)
    return answer.status_code, answer.get_json(silent=True)


def change(firm: Firm, login: str, **values: Any) -> None:
    with firm.inside():
        session = db.session()
        user = session.scalars(sa.select(AppUser).where(AppUser.username == login)).one()
        in_unit_of_work(session, lambda: [setattr(user, name, value) for name, value in values.items()])


def test_signing_in_gives_a_token(app: Flask) -> None:
    given = {"username": "lin", "password": PASSWORD, "provider": "db"}
    assert set(done(asked(app, "POST", LOGIN, json=given))) == {"access_token"}
    both = done(asked(app, "POST", LOGIN, json={**given, "refresh": True}))
    headers = {"Authorization": f"Bearer {both['refresh_token']}"}
    fresh = done(asked(app, "POST", "/api/v1/security/refresh", headers=headers))["access_token"]
    assert done(asked(app, "GET", "/api/v1/customer/", headers={"Authorization": f"Bearer {fresh}"}))["count"] == 0
    refused(asked(app, "GET", "/api/v1/customer/", headers=headers), 401, "unauthenticated")


def test_wrong_credentials_answer_alike(app: Flask) -> None:
    answers = []
    for name, password in (("lin", "wrong"), ("nobody", PASSWORD), ("lin\x00", PASSWORD), ("lin", "\x00")):
        status, answer = asked(app, "POST", LOGIN, json={"username": name, "password": password, "provider": "db"})
        assert status in (401, 422)
        refused((status, answer), status, "unauthenticated" if status == 401 else "invalid")
        answers.append((status, answer["message"]))
    assert answers[0] == answers[1]


def test_odd_sign_in_bodies_are_refused(app: Flask) -> None:
    fine = {"username": "lin", "password": PASSWORD, "provider": "db"}
    for name, value in (
        ("username", 5), ("username", None), ("username", "x" * 10_000), ("password", ["a"]), ("password", "\ud800"),
        ("provider", "ldap"), ("provider", {}), ("refresh", "yes"), ("username", {"$gt": ""}),
    ):  # fmt: skip
        refused(asked(app, "POST", LOGIN, json={**fine, name: value}), 422, "invalid")
    for body in (b"", b"{}", b"[]", b'"x"'):
        refused(asked(app, "POST", LOGIN, data=body), 422, "invalid")
    refused(asked(app, "POST", LOGIN, data=b"{"), 400, "bad_json")
    refused(asked(app, "GET", LOGIN), 405, "method_not_allowed")


@pytest.mark.parametrize("path", [LOGIN, "/api/v1/stock_balance/", "/customer/list/"])
def test_who_calls_by_the_wrong_method_is_told_the_right_ones(app: Flask, path: str) -> None:
    """RFC 9110 15.5.6: a 405 without Allow leaves a program to guess."""
    answer = app.test_client().open(path, method="TRACE")
    assert (answer.status_code, "POST" in answer.headers["Allow"]) == (405, path == LOGIN)


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic bGluOng=", "Bearer " + "x" * 5000]
)
def test_nobody_is_let_in_without_a_good_token(app: Flask, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method, path in (("GET", ""), ("POST", ""), ("GET", "1"), ("PUT", "1"), ("DELETE", "1"), ("POST", "1/share")):
        refused(asked(app, method, f"/api/v1/customer/{path}", headers=headers), 401, "unauthenticated")
    refused(asked(app, "GET", "/api/v1/_openapi", headers=headers), 401, "unauthenticated")
    refused(asked(app, "POST", "/api/v1/security/refresh", headers=headers), 401, "unauthenticated")


def test_a_token_that_was_forged_or_is_over_is_refused(app: Flask, firm: Firm) -> None:
    with firm.inside():
        over = create_access_token("5", expires_delta=dt.timedelta(seconds=-10))
        unsealed = create_access_token("5")
        strange = create_access_token("abc")
        nobody = create_access_token("99999")
    token = firm.lin.headers["Authorization"].removeprefix("Bearer ")
    head, body, signature = token.split(".")
    forged = f"{head}.{body}.{signature[:-2]}xx"
    for bad in (over, unsealed, strange, nobody, forged, f"{head}.{body}."):
        headers = {"Authorization": f"Bearer {bad}"}
        refused(asked(app, "GET", "/api/v1/customer/", headers=headers), 401, "unauthenticated")


def test_who_may_no_longer_sign_in_is_out_at_once(firm: Firm) -> None:
    done(firm.lin.get("customer/"))
    change(firm, "lin", active=False)
    refused(firm.lin.get("customer/"), 401, "unauthenticated")
    refused(firm.lin.post("customer/", {"kind": "individual", "name": "x"}), 401, "unauthenticated")
    done(firm.zhou.get("customer/"))
    change(firm, "zhou", has_left=True)
    refused(firm.zhou.get("customer/"), 401, "unauthenticated")


def test_a_new_password_ends_every_token(firm: Firm) -> None:
    done(firm.lin.get("customer/"))
    with firm.inside():
        session = db.session()
        user = session.scalars(sa.select(AppUser).where(AppUser.username == "lin")).one()
        in_unit_of_work(session, lambda: set_password(session, user, "another-mop-2"))
    refused(firm.lin.get("customer/"), 401, "unauthenticated")


def test_a_browser_session_reads_and_writes_with_its_token(app: Flask, client_as: Any) -> None:
    client = client_as("lin")
    assert client.get("/api/v1/customer/").status_code == 200
    given = {"kind": "individual", "name": "赵一"}
    answer = client.post("/api/v1/customer/", json=given)
    refused((answer.status_code, answer.get_json()), 400, "csrf")
    answer = client.post("/api/v1/customer/", json=given, headers={"X-CSRFToken": "made-up"})
    refused((answer.status_code, answer.get_json()), 400, "csrf")
    page = client.get("/api/docs").get_data(as_text=True)
    token = re.search(r'data-token="([^"]+)"', page)
    assert token is not None
    answer = client.post("/api/v1/customer/", json=given, headers={"X-CSRFToken": token[1]})
    assert answer.status_code == 201
    assert client.get("/api/v1/customer/").get_json()["count"] == 1


def test_a_bad_token_is_not_saved_by_a_good_session(client_as: Any) -> None:
    client = client_as("lin")
    for method in ("GET", "POST"):
        answer = client.open("/api/v1/customer/", method=method, json={}, headers={"Authorization": "Bearer x"})
        refused((answer.status_code, answer.get_json()), 401, "unauthenticated")


def test_refusals_of_the_framework_have_the_same_shape(firm: Firm) -> None:
    refused(firm.lin.get("/api/v1/nothing/"), 404, "not_found")
    refused(firm.lin.get("/api/nothing"), 404, "not_found")
    refused(firm.lin.get("/api/v1/customer/1/2/3"), 404, "not_found")
    refused(firm.lin.call("PATCH", "customer/"), 405, "method_not_allowed")
    refused(firm.lin.call("DELETE", "customer/"), 405, "method_not_allowed")
    refused(firm.lin.call("GET", "customer/1/share"), 405, "method_not_allowed")


def test_answers_are_kept_by_nobody_on_the_way(firm: Firm) -> None:
    answer = firm.lin.client.get("/api/v1/customer/", headers=firm.lin.headers)
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content_type == "application/json"
