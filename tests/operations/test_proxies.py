"""Who asks: behind trusted proxies the client, else whoever is connected; open doors are refused."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from app.core.db.base import db
from app.core.jobs import jobs
from app.core.record.audit import AuditEntry
from app.screens.web import health
from tests.support.firm import PASSWORD


def attempt(app: Flask, password: str, peer: str, forwarded: str = "", name: str = "lin") -> int:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    body = {"username": name, "password": password, "provider": "db"}
    answer = app.test_client().post(
        "/api/v1/security/login", json=body, headers=headers, environ_base={"REMOTE_ADDR": peer}
    )
    return int(answer.status_code)


def addresses(app: Flask) -> set[str]:
    with app.app_context():
        query = sa.select(AuditEntry.note).where(AuditEntry.action == "sign_in_failed")
        found = {note or "" for note in db.session.scalars(query)}
        db.session.remove()
    return found


@pytest.fixture
def behind_one_proxy(app: Flask, monkeypatch: Any) -> Flask:
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", 1)
    monkeypatch.setattr(app, "wsgi_app", Flask.wsgi_app.__get__(app))
    health.install(app)
    return app


def test_a_forged_address_changes_nothing_without_trusted_proxies(app: Flask) -> None:
    for n in range(64):
        attempt(app, "wrong", "10.0.0.1", f"10.9.9.{n}", name=f"nobody{n}")
    assert addresses(app) == {"10.0.0.1"}
    assert attempt(app, PASSWORD, "10.0.0.1", "10.9.9.99") == 429
    assert attempt(app, PASSWORD, "10.0.0.2") == 200


def test_behind_a_trusted_proxy_the_client_is_counted_and_no_more_than_it_says(behind_one_proxy: Flask) -> None:
    app = behind_one_proxy
    attempt(app, "wrong", "10.0.0.1", "192.0.2.7")
    assert addresses(app) == {"192.0.2.7"}
    # What the client put there itself stands further left and is not believed.
    attempt(app, "wrong", "10.0.0.1", "203.0.113.5, 192.0.2.8")
    assert addresses(app) == {"192.0.2.7", "192.0.2.8"}


@pytest.mark.committed
def test_failures_counted_by_one_process_hold_for_another(app: Flask) -> None:
    from tests.support.firm import build_app

    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    other = build_app(url, Path(app.config["CRM_DATA"]).parent)
    for n in range(8):
        assert attempt((app, other)[n % 2], "wrong", f"10.0.0.{n}") == 401
    assert attempt(other, PASSWORD, "10.0.0.99") == 429
    assert attempt(app, PASSWORD, "10.0.0.99") == 429
    with other.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("text", ["-1", "yes", "10", "1.5", "²", "*"])
def test_a_number_of_proxies_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="TRUSTED_PROXIES"):
        config.trusted_proxies(text)


def test_of_processes_that_start_together_all_have_the_same_secret(tmp_path: Path) -> None:
    found: list[str] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait(5)
        found.append(config.kept_secret(tmp_path / "new" / "secret_key"))

    threads = [threading.Thread(target=start) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) == 64
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("key", ["", "short", "x" * 64, "changeme" * 5])
def test_production_refuses_a_secret_that_others_may_guess(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(config.WeakSecret):
        config.secret_key("production")


def test_a_process_number_of_another_container_of_the_same_name_says_nothing() -> None:
    here = jobs.this_runner().partition(":")[0]
    assert jobs.is_gone(f"{here}:999999999:x")
    assert not jobs.is_gone(f"{here.partition('/')[0]}/otherboot/4026531836:999999999:x")
