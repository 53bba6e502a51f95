"""A night's backup beside the others, and the week's proof that the newest one can be restored. quality.md R19."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.cli import crm
from app.core.db.base import db
from app.core.files.files import attach, received_file
from app.docs_generator import DOCS
from app.models.customers.customer import Customer
from app.operations.backup import manifest as manifests
from app.operations.backup.digest import current_digests
from app.operations.backup.rehearsal import scratch
from app.operations.errors import NotDone
from tests.support.office import Office

pytestmark = pytest.mark.committed

Run = Callable[..., Result]


@pytest.fixture
def firm(office: Office, storage: Any) -> Office:
    """Somebody has worked: goods shipped, and a file."""
    (mask,) = office.stocked("100")
    order = office.approved("lin", [(mask, "3")])
    office.shipped(order)
    key = order.customer_id
    office.lin.does(
        lambda session, actor: attach(
            session, storage, session.get(Customer, key), received_file("terms.pdf", b"%PDF-1.7 terms")
        )
    )
    db.session.remove()
    return office


@pytest.fixture
def run(app: Flask) -> Run:
    return lambda *words: app.test_cli_runner().invoke(args=["crm", *map(str, words)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where whatever is thrown away afterwards has its place meanwhile."""
    found = tmp_path / "room"
    found.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found))
    return found


def backup_made(run: Run, folder: Path, *, hours_ago: float = 0, named: str = "") -> Path:
    """A backup of so long ago, by its own word."""
    before = set(folder.iterdir()) if folder.exists() else set()
    made = run("backup", "--keep", 9, folder)
    assert made.exit_code == 0, made.output
    (directory,) = set(folder.iterdir()) - before
    found = manifests.read(directory)
    moment = found.moment - dt.timedelta(hours=hours_ago)
    manifests.write(dataclasses.replace(found, made_at=moment.isoformat()), directory)
    return directory.rename(folder / named) if named else directory


def databases() -> set[str]:
    """All on the server, or for SQLite none but ours."""
    if db.engine.dialect.name == "sqlite":
        return set()
    with db.engine.connect() as connection:
        return set(connection.scalars(sa.text("SELECT datname FROM pg_database")))


def test_the_newest_backup_is_proved_and_nothing_of_the_proof_stays(
    firm: Office, run: Run, folder: Path, room: Path
) -> None:
    backup_made(run, folder, hours_ago=24, named="older")
    made = run("backup", "--keep", 3, folder)
    assert "RPO 24.0 h: so long after the backup before" in made.stdout
    firm.customer("lin", name="备份之后才来的客户")
    db.session.remove()
    before, others = current_digests(db.engine), databases()
    told = run("rehearse", folder)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0].startswith("newest of 2: ")
    assert made.stdout.split()[-1] in lines[1]
    attachments = re.search(r" (\d+) attachments, ", lines[1])  # those of other tests lie in the same place
    assert attachments
    assert int(attachments[1]) >= 1
    assert lines[2].startswith("RPO 0.0 h: what was entered after ")
    assert re.fullmatch(r"RTO \d+\.\d s: restored, compared and verified", lines[3])
    assert lines[4] == "verified: everything adds up"
    assert current_digests(db.engine) == before
    assert databases() == others
    assert list(room.iterdir()) == []


@pytest.mark.parametrize(("hours_ago", "limit", "code"), [(30, 26, 1), (30, 31, 0), (-5, 26, 1)])
def test_a_newest_backup_that_is_too_old_fails_although_it_is_whole(
    firm: Office, run: Run, folder: Path, room: Path, hours_ago: float, limit: int, code: int
) -> None:
    """One from the future hides that none is made any more, so it fails too."""
    backup_made(run, folder, hours_ago=hours_ago)
    told = run("rehearse", "--max-age", limit, folder)
    assert told.exit_code == code, told.output
    assert f"RPO {hours_ago:.1f} h" in told.stdout
    assert "verified: everything adds up" in told.stdout
    assert (f"Error: the newest backup is {hours_ago:.1f} h old, at most {limit} h" in told.stderr) == bool(code)


def test_a_damaged_newest_backup_fails_although_an_older_one_is_whole(
    firm: Office, run: Run, folder: Path, room: Path
) -> None:
    backup_made(run, folder, hours_ago=24, named="older")
    newest = backup_made(run, folder)
    database = newest / manifests.read(newest).database
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 1
    database.write_bytes(content)
    told = run("rehearse", folder)
    assert (told.exit_code, "is damaged" in told.stderr) == (1, True), told.output
    # A list that cannot be read dates nothing: it is named, and the next one has to be young enough.
    (newest / manifests.NAME).write_text("{}")
    told = run("rehearse", "--max-age", 23, folder)
    assert told.exit_code == 1
    assert f"Warning: {newest / manifests.NAME} is damaged" in told.stderr
    assert "Error: the newest backup is 24.0 h old" in told.stderr


def test_a_backup_of_figures_that_do_not_add_up_fails(firm: Office, run: Run, folder: Path, room: Path) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE stock_balance SET on_hand = on_hand + 1"))
    backup_made(run, folder)
    told = run("rehearse", folder)
    assert told.exit_code == 1
    assert told.stdout.splitlines()[-1].endswith(" mismatches")


def test_where_there_is_no_backup_it_says_so(app: Flask, office: Office, run: Run, folder: Path) -> None:
    absent = run("rehearse", folder)
    assert (absent.exit_code, "cannot be read" in absent.stderr) == (1, True)
    folder.mkdir()
    empty = run("rehearse", folder)
    assert (empty.exit_code, "there is no backup in" in empty.stderr) == (1, True)


def test_so_many_are_kept_by_the_moment_they_show_and_nothing_else_is_touched(
    firm: Office, run: Run, folder: Path
) -> None:
    backup_made(run, folder, hours_ago=72, named="z-by-its-name-the-newest")
    day_before = backup_made(run, folder, hours_ago=48, named="a")
    yesterday = backup_made(run, folder, hours_ago=24, named="b")
    (folder / ".half-removed").mkdir()
    shutil.copy(yesterday / manifests.NAME, folder / ".half-removed")
    strange = folder / "pictures"
    strange.mkdir()
    (strange / "1.png").write_bytes(b"kept")
    damaged = folder / "damaged"
    damaged.mkdir()
    (damaged / manifests.NAME).write_text("{}")
    made = run("backup", "--keep", 3, folder)
    assert made.exit_code == 0, made.output
    assert f"thrown away: {folder / 'z-by-its-name-the-newest'}" in made.stdout
    assert f"Warning: {damaged / manifests.NAME} is damaged" in made.stderr
    untouched = {day_before, yesterday, strange, damaged, folder / ".half-removed"}
    assert untouched < set(folder.iterdir())
    (newest,) = set(folder.iterdir()) - untouched
    assert manifests.read(newest).age < dt.timedelta(minutes=5)
    assert (strange / "1.png").read_bytes() == b"kept"


def test_no_old_backup_is_thrown_away_for_one_that_was_not_made(
    firm: Office, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {backup_made(run, folder, hours_ago=hours, named=f"{hours}") for hours in (24, 48)}

    def full(*_anything: Any) -> Any:
        raise NotDone("no room")

    monkeypatch.setattr("app.operations.command.back_up", full)
    made = run("backup", "--keep", 1, folder)
    assert (made.exit_code, "no room" in made.stderr) == (1, True)
    assert set(folder.iterdir()) == there


@pytest.mark.postgresql
def test_an_account_that_may_make_no_database_is_told_what_to_do(app: Flask, office: Office) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("CREATE ROLE plain LOGIN"))
    plain = sa.create_engine(db.engine.url.set(username="plain"))
    try:
        with pytest.raises(NotDone, match="Give the account CREATEDB"), scratch(plain):
            pass
    finally:
        plain.dispose()
        with db.engine.begin() as connection:
            connection.execute(sa.text("DROP ROLE plain"))


def test_every_command_that_the_operator_is_told_to_type_is_there() -> None:
    """A timer with an option that does not exist fails in silence, for weeks."""
    text = (DOCS / "operations.md").read_text("utf-8")
    lines = re.findall(r"--app run crm ((?:[\w./$():=+%@-]|--| )+)", text)
    assert {"backup", "rehearse", "restore", "verify"} <= {line.split()[0] for line in lines}
    for line in lines:
        name, *words = line.split()
        command = crm.commands[name]
        assert isinstance(command, click.Command)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, line
