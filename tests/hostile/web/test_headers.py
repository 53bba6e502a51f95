"""What every answer tells a browser, and what no address gives. ASVS V3, V13.4, V15.3, V6.2, V7.4; SECURITY.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import config
from app.screens.frame import assets
from app.screens.web import headers
from tests.hostile.accounts.test_tokens import places
from tests.hostile.asking import Known, routes
from tests.support.office import signed_in
from tests.support.pages import Browser

SCRIPTS = Path(__file__).resolve().parents[3] / "app" / "static" / "js"
ODD_METHODS = ("TRACE", "TRACK", "CONNECT", "PROPFIND", "MKCOL", "DEBUG", "FOO")
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


def test_production_says_that_only_tls_is_spoken_here() -> None:
    """A year, subdomains as well; not elsewhere, where a demo runs without TLS."""
    for environment, is_told in (("production", True), ("demo", False)):
        app = Flask(__name__)
        app.config["CRM_ENV"] = environment
        app.add_url_rule("/", "index", lambda: "page")
        assets.install(app)
        headers.install(app)
        answer = app.test_client().get("/", base_url="https://crm.example")
        told = answer.headers.get("Strict-Transport-Security", "")
        assert bool(told) is is_told
        age = re.search(r"max-age=(\d+)", told)
        assert not is_told or (age is not None and int(age[1]) >= 31_536_000 and "includeSubDomains" in told)


@pytest.mark.parametrize("login", ["", "lin"])
def test_no_answer_lets_another_site_read_or_learns_it_where_one_was(lenient: Flask, known: Known, login: str) -> None:
    """No CORS for any origin, no preflight; the address stays with us; no base of another's choosing."""
    client = signed_in(lenient, login) if login else lenient.test_client()
    for route in routes(lenient):
        for method in ("GET", "OPTIONS") if route.method == "GET" else ("OPTIONS",):
            asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
            with client.open(places(route, known)[0], method=method, headers=asked) as answer:
                told = {name.lower() for name in answer.headers.keys()}  # noqa: SIM118 - pairs otherwise
                assert not any(name.startswith("access-control-") for name in told), route
                assert answer.headers["Referrer-Policy"] == "same-origin", route
                policy = answer.headers["Content-Security-Policy"]
                assert "base-uri 'none'" in policy, route
                assert "object-src 'none'" in policy or "default-src 'none'" in policy, route


@pytest.mark.parametrize("method", ODD_METHODS)
def test_methods_nobody_needs_are_not_known(at: Any, office: Any, method: str) -> None:
    """TRACE would show a script the cookie it must not read."""
    lin = at("lin")
    for path in ("/", "/login/", "/customer/list/", "/api/v1/customer/", "/static/css/app.css", "/healthz"):
        answer = lin.client.open(path, method=method, headers={"X-Secret": "echo-me"})
        assert answer.status_code in (404, 405), path
        assert "echo-me" not in answer.get_data(as_text=True)


def test_a_header_makes_no_other_method_of_one(api_as: Any, app: Flask, office: Any) -> None:
    api = api_as("lin")
    key = office.customer("lin").id
    for name in OVERRIDES:
        for method in ("GET", "POST"):
            asked = {**api.headers, name: "DELETE"}
            app.test_client().open(f"/api/v1/customer/{key}?_method=DELETE", method=method, headers=asked)
    assert api.get(f"customer/{key}")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static/js/", "/static/css", "/static/vendor/", "/static/../config.py",
        "/static/..%2f..%2fconfig.py",
        "/static/%2e%2e/%2e%2e/run.py", "/static/..%5c..%5crun.py", "/static/js/frame/app.js%00.css",
        "/.git/config", "/.env",
        "/static/appbuilder/", "/instance/secret_key", "/config.py",
    ],
)  # fmt: skip
def test_no_folder_and_nothing_outside_the_web_root_is_shown(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


def test_of_a_doubled_parameter_the_first_counts(at: Any, api_as: Any, office: Any) -> None:
    """In addresses, forms and REST alike: no two parts of the program read different ones."""
    made = [office.customer("lin", name=name) for name in ("甲甲公司", "乙乙公司")]
    keys, numbers = [row.id for row in made], [row.number for row in made]
    lin, api = at("lin"), api_as("lin")
    page = lin.open("/customer/list/?q=甲甲公司&q=乙乙公司")
    assert [f"/customer/show/{key}" in page.text for key in keys] == [True, False]
    asked = [("q", f"(filters:!((col:number,opr:eq,value:'{number}')))") for number in numbers]
    answer = lin.client.application.test_client().get("/api/v1/customer/", query_string=asked, headers=api.headers)
    assert answer.get_json()["ids"] == keys[:1]
    form = lin.open("/customer/add").form()
    saved = lin.send("/customer/add", form, name=["丙丙公司", "丁丁公司"])
    assert saved.status == 303
    shown = lin.open(saved.location)
    assert "丙丙公司" in shown.text
    assert "丁丁公司" not in shown.text


# Passwords and signing out on pages


def _controls(text: str) -> list[str]:
    return re.findall(r"<input[^>]*>", text)


def test_passwords_are_masked_and_a_password_manager_may_fill_them_in(at: Any, app: Flask, office: Any) -> None:
    key = office.lin.actor.user_id
    admin, lin = at("admin"), at("lin")
    pages = {
        "/login/": Browser(app.test_client()).open("/login/"), "/password": lin.open("/password"),
        "/user/add": admin.open("/user/add"), "reset": admin.open(f"/user/reset/{key}"),
    }  # fmt: skip
    names = re.compile(r'name="(password|old|again)"')
    for path, page in pages.items():
        found = [control for control in _controls(page.text) if names.search(control)]
        assert found, path
        for control in found:
            assert 'type="password"' in control, path
            assert 'autocomplete="off"' not in control, path
            assert "onpaste" not in control, path
            assert "maxlength" not in control or int(re.findall(r'maxlength="(\d+)"', control)[0]) >= 128, path
    assert 'autocomplete="current-password"' in pages["/login/"].text
    assert 'autocomplete="new-password"' in pages["/password"].text


def test_only_the_line_grid_listens_to_pasting() -> None:
    """Nothing keeps anybody from pasting a password."""
    listening = {path.name for path in SCRIPTS.rglob("*.js") if '"paste"' in path.read_text("utf-8")}
    assert not listening & {"app.js", "forms.js", "theme.js", "record.js"}


@pytest.mark.parametrize("login", ["lin", "admin"])
def test_one_can_sign_out_on_every_page(lenient: Flask, known: Known, login: str) -> None:
    client = signed_in(lenient, login)
    without, pages = [], 0
    for route in routes(lenient):
        if route.method != "GET":
            continue
        with client.get(places(route, known)[0]) as answer:
            if answer.status_code < 300 and answer.mimetype == "text/html":
                pages += 1
                without += [str(route)] if 'action="/logout/"' not in answer.get_data(as_text=True) else []
    assert without == []
    assert pages > 20


# Settings of production


@pytest.mark.parametrize(
    ("value", "is_refused"), [("1", True), ("true", True), ("0", False), ("", False), ("no", False)]
)
def test_production_does_not_start_with_the_debugger(
    monkeypatch: pytest.MonkeyPatch, value: str, is_refused: bool
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", value)
    config.require_closed("demo")
    if not is_refused:
        config.require_closed("production")
        return
    with pytest.raises(config.OpenDoor):
        config.require_closed("production")
