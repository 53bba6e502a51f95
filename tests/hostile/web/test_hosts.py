"""The system answers under its own names, and leads nobody to another host. ASVS V4.1, V13.4; docs/operations.md."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

import config
from app.screens.web import health
from app.screens.web.hosts import LOCAL, host_name, is_own
from tests.hostile.accounts.test_tokens import places
from tests.hostile.asking import Known, routes

FOREIGN = (
    "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "8.8.8.8", "-",
    "[2001:4860::1]", "134744072", "0x8080808", "localhost@evil.example", "evil.example#localhost", "a b",
    "localhost,evil.example", "x" * 400, "evil\u3002example".encode().decode("latin-1"), "evil.example.",
    "localhost:99999999", "0.0.0.0",  # noqa: S104 - a name that is asked for, and nothing that is listened to
)  # fmt: skip
OURS = (
    "localhost", "localhost:8080", "LOCALHOST.", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "192.168.1.20:8080",
    "10.0.0.5", "172.16.3.4", "100.64.0.9", "[fd00::7]:8080", "[fe80::1]", "erp", "zhanggui-server:8080", "erp.local",
    "crm.internal",
)  # fmt: skip
PATHS = ("/", "/login/", "/customer", "/nowhere", "/static/css/app.css", "/api/v1/customer", "/api/v1/customer/")


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_told_so_and_led_nowhere(app: Flask, host: str) -> None:
    """fault F11: `Host: evil.example` was answered with a redirect there."""
    for path in PATHS:
        answer = app.test_client().get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "Location" not in answer.headers, path
        text = answer.get_json()["message"] if path.startswith("/api/") else answer.get_data(as_text=True)
        assert "\u5730\u5740" in text, path
        assert "evil" not in str(answer.headers) + answer.get_data(as_text=True), path
        assert "Set-Cookie" not in answer.headers, path


@pytest.mark.parametrize("host", OURS)
def test_a_demo_is_opened_from_every_computer_of_the_house(app: Flask, host: str) -> None:
    """fault F11: names that no registry sells and addresses of the house count: a first start needs no setting."""
    answer = app.test_client().get("/login/", headers={"Host": host})
    assert answer.status_code == 200
    assert app.test_client().get("/login", headers={"Host": host}).status_code in (301, 308)


def test_no_address_names_a_host_that_only_the_request_named(lenient: Flask, known: Known) -> None:
    """fault F11: every address, asked as a browser does behind a proxy that passes on what a stranger put in."""
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Host": "evil.example", "Forwarded": "host=evil.example"}
    client = lenient.test_client()
    for route in routes(lenient):
        if route.method == "GET":
            for path in places(route, known)[:1]:
                for given in (path, path.rstrip("/") or "/"):
                    with client.get(given, headers=forwarded) as answer:
                        assert "evil.example" not in str(answer.headers), given
                    with client.get(given, headers={**forwarded, "Host": "evil.example"}) as answer:
                        is_probe = given in ("/healthz", "/readyz", "/metrics")
                        assert is_probe or answer.status_code == 400, given
                        assert "evil.example" not in str(answer.headers), given


def test_a_trusted_proxy_says_who_asks_and_not_what_the_system_is_called(app: Flask, monkeypatch: Any) -> None:
    """fault F11: X-Forwarded-Host is not believed from a proxy either; it passes the name on in Host."""
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", 1)
    monkeypatch.setattr(app, "wsgi_app", Flask.wsgi_app.__get__(app))
    health.install(app)
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = app.test_client().get("/login", headers=headers)
    assert answer.headers["Location"].startswith(("/", "https://localhost/"))
    assert app.test_client().get("/login", headers={**headers, "Host": "evil.example"}).status_code == 400


def test_production_answers_under_the_names_it_is_given_and_on_its_own_machine(app: Flask, monkeypatch: Any) -> None:
    """fault F11: without a name it answers nobody outside, and says in its log what to set."""
    for names, host, status in (
        ("", "localhost", 200), ("", "127.0.0.1:8080", 200), ("", "erp", 400), ("", "192.168.1.20", 400),
        ("crm.example.com", "crm.example.com", 200), ("crm.example.com", "CRM.example.com:443", 200),
        ("crm.example.com", "a.crm.example.com", 400), ("crm.example.com", "localhost", 200),
        (".example.com 203.0.113.9", "a.example.com", 200), (".example.com 203.0.113.9", "example.com", 400),
        (".example.com 203.0.113.9", "203.0.113.9:8080", 200), (".example.com, local", "192.168.1.20", 200),
        ("[2001:db8::5]", "[2001:db8:0::5]:8080", 200), ("crm.example.com", "crm.example.com.evil.example", 400),
    ):  # fmt: skip
        monkeypatch.setitem(app.config, "SERVED_HOSTS", config.trusted_hosts(names, "production"))
        answer = app.test_client().get("/login/", headers={"Host": host})
        assert answer.status_code == status, (names, host)


@pytest.mark.parametrize("text", ["https://crm.example.com", "crm.example.com:443", "*", "crm example/com", "a,,*.b"])
def test_a_slip_in_the_setting_stops_the_start(text: str) -> None:
    """fault F11: a name with a port or a protocol would never fit, and a star would fit everything."""
    with pytest.raises(ValueError, match="TRUSTED_HOSTS"):
        config.trusted_hosts(text, "production")


def test_the_demo_trusts_the_house_and_production_nobody_by_itself() -> None:
    """fault F11: what is asked for is the default of each."""
    assert config.trusted_hosts("", "demo") == (LOCAL,)
    assert config.trusted_hosts(" ", "production") == ()
    assert config.trusted_hosts("CRM.example.com, .b.example", "demo") == ("crm.example.com", ".b.example")
    assert host_name("[::1]:8080") == "::1"
    assert not is_own("", (LOCAL,))
