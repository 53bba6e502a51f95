"""`crm seal`, `audit-head` and `verify`: an owner of the database is found out by what lies outside of it."""

from __future__ import annotations

import re
import runpy
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask

import config
from app.core.chain.key import use_key
from app.core.chain.seals import TABLE, last_seal
from app.core.db import append_only
from app.core.db.base import db
from app.operations import sealing as sealer
from app.operations.chain import make_key_known

pytestmark = pytest.mark.committed
HEAD = re.compile(r"^\d+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [0-9a-f]{64}$")

Told = tuple[int, str]


@pytest.fixture
def crm(app: Flask, office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """A command on a machine that remembers nothing yet: its exit code and what it says."""
    monkeypatch.setitem(app.config, "CHAIN_HOME", str(tmp_path))

    def run(*words: str) -> Told:
        db.session.remove()
        told = app.test_cli_runner().invoke(args=["crm", *words])
        assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
        return told.exit_code, told.output.strip()

    return run


def as_owner(statement: str) -> None:
    """Change something behind the program's back, and put everything in order again."""
    with db.engine.begin() as connection:
        append_only.remove(connection, append_only.append_only_tables())
        connection.execute(sa.text(statement))
        append_only.install(connection, append_only.append_only_tables())


def test_the_head_is_printed_kept_and_found_again(crm: Callable[..., Told], office: Any, tmp_path: Path) -> None:
    """fault F10: by hand, by a timer, on paper: a head that was told once has to stand in the chain for ever."""
    assert crm("audit-head")[0] == 1, "nothing was sealed yet"
    assert crm("seal")[1].startswith("sealed: ")
    code, head = crm("audit-head")
    assert (code, bool(HEAD.match(head))) == (0, True)
    (tmp_path / "paper").write_text(f"Tuesday\n{head}\n", "utf-8")
    office.customer("lin")
    db.session.commit()
    assert crm("seal")[0] == 0
    assert crm("audit-head")[1] != head
    assert crm("verify", "--head", str(tmp_path / "paper")) == (0, "verified: everything adds up")
    (tmp_path / "paper").write_text(head.replace(head[-8:], "00000000"), "utf-8")
    code, text = crm("verify", "--head", str(tmp_path / "paper"))
    assert code == 1
    assert "seal 1 is not the one that paper tells" in text
    (tmp_path / "paper").write_text("nothing", "utf-8")
    assert crm("verify", "--head", str(tmp_path / "paper"))[0] == 1


def test_this_machine_remembers_how_far_the_chain_went(crm: Callable[..., Told], office: Any, tmp_path: Path) -> None:
    """fault F10: rows and seals of the end are gone together; neither `verify` nor `seal` goes on as if nothing was."""
    office.customer("lin")
    db.session.commit()
    crm("seal")
    assert stat.S_IMODE((tmp_path / "chain_head").stat().st_mode) == 0o600
    as_owner("DELETE FROM chain_seal")
    code, text = crm("verify")
    assert code == 1
    assert "its end is gone" in text
    code, text = crm("seal")
    assert code == 1
    assert "Run crm verify" in text
    assert crm("seal", "--anew", "looked into, 2026-12-01")[0] == 0
    assert crm("verify")[0] == 0
    with db.engine.connect() as connection:
        first = connection.execute(sa.select(TABLE.c.generation, TABLE.c.note).order_by(TABLE.c.number)).first()
        connection.rollback()
    assert first == (1, "looked into, 2026-12-01")


def test_what_was_changed_is_named_by_either_check(crm: Callable[..., Told], office: Any) -> None:
    """fault F10: `--since-last` begins where a check has found all well before."""
    office.customer("lin")
    db.session.commit()
    crm("seal")
    assert crm("verify", "--since-last")[0] == 0
    as_owner("UPDATE audit_entry SET note = 'changed' WHERE id = 1")
    assert crm("verify", "--since-last")[0] == 0
    code, text = crm("verify")
    assert code == 1
    assert "audit_entry 1: was altered after seal 1 was made" in text
    as_owner("UPDATE audit_entry SET note = NULL WHERE id = 1")
    office.customer("lin")
    db.session.commit()
    as_owner("UPDATE audit_entry SET note = 'changed' WHERE id = (SELECT max(id) FROM audit_entry)")
    assert crm("verify", "--since-last")[0] == 1


def test_a_new_generation_is_told_beside_a_head_of_before(crm: Callable[..., Told], tmp_path: Path) -> None:
    crm("seal")
    (tmp_path / "paper").write_text(crm("audit-head")[1], "utf-8")
    crm("seal", "--anew", "a new key")
    code, text = crm("verify", "--head", str(tmp_path / "paper"))
    assert code == 0
    assert "began anew with all rows as they were: a new key" in text


def test_the_server_seals_by_itself_and_says_when_it_cannot(
    crm: Callable[..., Told], app: Flask, office: Any, tmp_path: Path
) -> None:
    """fault F10: an alert finds the word in the log."""
    sealer.seal_once(app)
    with db.engine.connect() as connection:
        last = last_seal(connection)
        connection.rollback()
    assert last is not None
    assert last.parts
    as_owner("DELETE FROM chain_seal")
    with structlog.testing.capture_logs() as lines:
        sealer.seal_once(app)
    assert [line["security"] for line in lines] == ["chain_broken"]
    use_key("")
    (tmp_path / "chain_head").unlink()
    with structlog.testing.capture_logs() as lines:
        sealer.seal_once(app)
    use_key(app.config["CHAIN_KEY"])
    assert [line["event"] for line in lines] == ["not_sealed"]


def test_in_production_the_key_is_made_once_and_by_nobody_but_init(
    crm: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F10: outside the database, readable for its owner alone; a second node does not make one of its own."""
    monkeypatch.delenv("CHAIN_KEY")
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    path = tmp_path / "chain_key"
    assert config.chain_key("production") == ""
    assert not path.exists()
    made = make_key_known(path, config.kept_secret)
    assert len(made) >= config.SHORTEST_SECRET
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.chain_key("production") == config.chain_key("demo") == made
    monkeypatch.setenv("CHAIN_KEY", "short")
    with pytest.raises(config.WeakSecret):
        config.chain_key("production")
    crm("seal")
    with pytest.raises(ValueError, match="copy it to"):
        make_key_known(tmp_path / "second", config.kept_secret)


def test_the_key_is_in_no_backup(crm: Callable[..., Told], tmp_path: Path) -> None:
    """fault F10: who finds a backup has rows and seals, and can make neither anew."""
    secret = config.kept_secret(tmp_path / "chain_key")
    crm("seal")
    assert crm("backup", str(tmp_path / "backup"))[0] == 0
    kept = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if path.name.startswith("chain_") or secret.encode() in path.read_bytes()]


def test_a_database_that_was_restored_is_the_one_that_is_remembered(
    crm: Callable[..., Told], office: Any, tmp_path: Path
) -> None:
    """fault F10: an older copy that `crm restore` put in place is no end that was taken away."""
    crm("seal")
    assert crm("backup", str(tmp_path / "backup"))[0] == 0
    office.customer("lin")
    db.session.commit()
    crm("seal")
    assert crm("restore", "--replace", str(tmp_path / "backup"))[0] == 0
    assert crm("verify") == (0, "verified: everything adds up")
    assert crm("seal")[0] == 0


def test_a_machine_without_the_key_rehearses_and_says_what_it_leaves_out(
    crm: Callable[..., Told], app: Flask, tmp_path: Path
) -> None:
    """The key lies on no machine that holds backups."""
    crm("seal")
    assert crm("backup", "--keep", "1", str(tmp_path / "backups"))[0] == 0
    use_key("")
    try:
        code, text = crm("rehearse", str(tmp_path / "backups"))
        assert code == 0, text
        assert "the chain is not checked: its key is not on this machine" in text
        assert crm("verify")[0] == 1, "on the firm's own machine that is a fault"
        assert crm("seal")[0] == 1
    finally:
        use_key(app.config["CHAIN_KEY"])


def test_each_process_of_the_server_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F10: nobody has to type anything for it."""
    asked: list[str] = []
    monkeypatch.setattr("app.jobs.start_runner", lambda _app: asked.append("jobs"))
    monkeypatch.setattr(sealer, "start_sealer", lambda _app: asked.append("sealer"))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "given")  # else the file names one for the whole process
    settings = runpy.run_path("gunicorn.conf.py")
    settings["post_worker_init"](SimpleNamespace(wsgi=None))
    assert asked == ["jobs", "sealer"]


def test_the_sealer_seals_until_it_is_told_to_stop(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """fault F10: again and again, whatever came of it the last time."""
    stop, turns = threading.Event(), []

    def turn(_app: Flask) -> None:
        turns.append(1)
        if len(turns) == 3:
            stop.set()

    monkeypatch.setattr(sealer, "seal_once", turn)
    sealer.keep_sealing(app, stop, every=0.001)
    assert len(turns) == 3
