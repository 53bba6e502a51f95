"""Probes and figures: asked without session, answered without secrets, and only where they may be read."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.pool import NullPool

from app.core.db.base import db
from app.core.files.files import Storage
from app.operations import readiness
from app.screens.web import health
from tests.support.services import free_port
from tests.support.services import redis as redis_server
from tests.support.statements import counted
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.committed


def parts_of(app: Flask, path: str = "/readyz") -> tuple[int, dict[str, str]]:
    answer = app.test_client().get(path)
    return answer.status_code, answer.get_json()["parts"]


def test_a_living_process_answers_without_asking_anybody(app: Flask, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    client = app.test_client()
    with app.app_context(), counted() as sent:
        for path in ("/healthz", "/readyz", "/metrics"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"
            if path == "/healthz":
                assert sent == []
        assert not [statement for statement in sent if "audit" in statement.lower()]
    assert not [record for record in caplog.records if "request" in record.getMessage()]
    assert client.post("/healthz").status_code in (400, 404, 405)


def test_a_ready_node_says_so_of_every_part(app: Flask) -> None:
    assert parts_of(app) == (200, {"database": "ok", "storage": "ok", "schema": "ok"})


def test_a_schema_behind_the_program_is_not_ready(app: Flask, office: Any) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    status, parts = parts_of(app)
    assert (status, parts["database"], parts["schema"]) == (503, "ok", "not at head: run crm init")


def test_a_database_that_is_gone_is_named_without_its_address(tmp_path: Path) -> None:
    gone = sa.create_engine(
        f"postgresql+psycopg://crm:hunter2@127.0.0.1:{free_port()}/crm", poolclass=NullPool, hide_parameters=True
    )
    parts = readiness.parts(gone, Storage(str(tmp_path)), "", Path("migrations"))
    assert parts["database"].startswith("failed: ")
    assert parts["schema"] == "unknown"
    assert "hunter2" not in str(parts)


def test_a_part_that_hangs_keeps_nobody_waiting_and_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, over = [], threading.Event()

    def hang() -> None:
        asked.append(1)
        over.wait(PATIENCE)

    for _n in range(3):
        with pytest.raises(TimeoutError):  # although the part has not answered
            readiness.within(0.05, "test", hang)
    assert not over.is_set()
    assert asked == [1]
    over.set()


def test_a_storage_that_cannot_be_written_is_not_ready(app: Flask, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setitem(app.extensions, "storage", Storage(str(tmp_path / "file" / "files")))
    status, parts = parts_of(app)
    assert status == 503
    assert parts["storage"].startswith("failed: ")
    assert str(tmp_path) not in str(parts)


def test_redis_counts_only_where_it_is_used(app: Flask, monkeypatch: Any) -> None:
    with redis_server() as address:
        monkeypatch.setitem(app.config, "REDIS_URL", address)
        assert parts_of(app)[1]["redis"] == "ok"
    status, parts = parts_of(app)
    assert (status, parts["redis"]) == (503, "failed: ConnectionError")


def figure(text: str, beginning: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(beginning))


def test_figures_count_requests_by_route_and_wrong_passwords(app: Flask, client_as: Any) -> None:
    client = app.test_client()

    def figures() -> str:
        return str(client.get("/metrics").get_data(as_text=True))

    before = figures()
    lin = client_as("lin")
    lin.get("/customer/list/?q=secret-name")
    wrong = {"username": "lin", "password": "wrong", "provider": "db"}
    client.post("/api/v1/security/login", json=wrong)
    after = figures()
    for beginning, by in (
        ('zhanggui_requests_total{endpoint="CustomerView.', 1),
        ('zhanggui_request_statements_count{endpoint="CustomerView.', 1),
        ('zhanggui_failed_sign_ins_total{outcome="wrong"}', 1),
    ):
        assert figure(after, beginning) - figure(before, beginning) == by, beginning
    assert figure(after, 'zhanggui_request_statements_sum{endpoint="CustomerView.') > 3
    assert 'zhanggui_jobs{state="queued"} 0.0' in after
    assert "zhanggui_database_up 1.0" in after
    assert "secret-name" not in after


@pytest.mark.parametrize(
    ("address", "headers", "proxies", "status"),
    [
        ("127.0.0.1", {}, 0, 200),
        ("::1", {}, 0, 200),
        ("10.0.0.7", {}, 0, 404),
        ("10.0.0.7", {"Authorization": "Bearer the-token"}, 0, 200),
        ("10.0.0.7", {"Authorization": "Bearer another"}, 0, 404),
        ("10.0.0.7", {"X-Forwarded-For": "127.0.0.1"}, 0, 404),
        ("127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, 0, 404),  # a proxy nobody told us about
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 0, 404),
        ("127.0.0.1", {"x-forwarded-host": "crm.example"}, 0, 404),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 0, 404),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 0, 404),
        ("127.0.0.1", {"True-Client-IP": "127.0.0.1"}, 0, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 8.8.8.8"}, 1, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 1, 200),
    ],
)
def test_figures_are_read_from_this_machine_or_with_the_token(
    app: Flask, monkeypatch: Any, address: str, headers: dict[str, str], proxies: int, status: int
) -> None:
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "the-token")
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", proxies)
    monkeypatch.setattr(app, "wsgi_app", Flask.wsgi_app.__get__(app))
    health.install(app)
    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_no_token_is_not_an_empty_token(app: Flask) -> None:
    headers = {"Authorization": "Bearer "}
    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.7"})
    assert answer.status_code == 404
