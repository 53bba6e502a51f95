"""Signing in: failures make an account and an address wait, longer each time; successes never lock. design.md §7."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from app.core.db.base import db
from app.security.accounts import sign_in
from tests.support.firm import PASSWORD
from tests.support.pages import Browser


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dict[str, dt.timedelta]:
    """A clock that a test moves forward."""
    passed = {"by": dt.timedelta()}
    real = sign_in.utc_now
    monkeypatch.setattr(sign_in, "utc_now", lambda: real() + passed["by"])
    return passed


@pytest.fixture
def attempt(app: Any, office: Any) -> Callable[..., int]:
    """`attempt("lin", "wrong")` → status of the sign-in call, from an address of one's own."""
    db.session.remove()

    def sign(name: str, password: str, address: str = "10.0.0.1") -> int:
        answer = app.test_client().post(
            "/api/v1/security/login", json={"username": name, "password": password, "provider": "db"},
            environ_base={"REMOTE_ADDR": address},
        )  # fmt: skip
        return int(answer.status_code)

    return sign


def test_after_eight_wrong_passwords_even_the_right_one_has_to_wait(attempt: Any, now: Any) -> None:
    assert [attempt("lin", "wrong") for _n in range(8)] == [401] * 8
    assert attempt("lin", PASSWORD) == 429
    assert attempt("lin@localhost", PASSWORD, "10.0.0.2") == 429
    assert attempt("zhou", PASSWORD) == 200
    now["by"] = dt.timedelta(minutes=2)
    assert attempt("lin", PASSWORD) == 200


def test_the_wait_grows_with_further_failures(attempt: Any, now: Any) -> None:
    for _n in range(8):
        attempt("lin", "wrong")
    for _n in range(8):
        now["by"] += dt.timedelta(seconds=61)
        assert attempt("lin", "wrong") == 401
        now["by"] -= dt.timedelta(seconds=61)  # what was written bears the real time
    now["by"] = dt.timedelta(minutes=2)
    assert attempt("lin", PASSWORD) == 429
    now["by"] = dt.timedelta(minutes=6)
    assert attempt("lin", PASSWORD) == 200


def test_a_success_begins_the_count_anew_and_never_locks(attempt: Any) -> None:
    for _round in range(4):
        assert [attempt("lin", "wrong") for _n in range(5)] == [401] * 5
        assert attempt("lin", PASSWORD) == 200
    assert {attempt("lin", PASSWORD) for _n in range(12)} == {200}


def test_one_address_that_tries_many_names_has_to_wait_too(attempt: Any, now: Any) -> None:
    assert {attempt(f"nobody{n}", "Summer2026!") for n in range(64)} == {401}
    assert attempt("lin", PASSWORD) == 429
    assert attempt("lin", PASSWORD, "10.0.0.9") == 200
    now["by"] = dt.timedelta(minutes=16)
    assert attempt("lin", PASSWORD) == 200


def test_the_sign_in_page_says_how_long_to_wait(attempt: Any, app: Any) -> None:
    for _n in range(8):
        attempt("lin", "wrong")
    page = Browser(app.test_client()).fill("/login/", username="lin", password=PASSWORD)
    assert page.status == 429
    assert 'role="alert"' in page.text
