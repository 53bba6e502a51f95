"""Backup while people work, restore elsewhere, the same by the digest of every table. quality.md R19."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.core.db.base import db
from app.core.files.files import Storage, attach, received_file
from app.core.ledger.verify import mismatches
from app.core.search import index as search
from app.models.customers.customer import Customer
from app.models.sales.sales_order import SalesOrder
from app.operations.backup import manifest as manifests
from app.operations.backup import postgresql, stored_files
from app.operations.backup.back_up import back_up
from app.operations.backup.digest import current_digests, total_of
from app.operations.backup.restore import lacks_search_index, restore
from app.operations.errors import NotDone
from tests.support.office import Office
from tests.support.waiting import until

pytestmark = pytest.mark.committed

PAPER = b"%PDF-1.7 the terms of "


def attached(office: Office, storage: Storage, customer: Customer, content: bytes) -> None:
    key, taken = customer.id, received_file("terms.pdf", content)
    office.lin.does(lambda session, _actor: attach(session, storage, session.get(Customer, key), taken))


@pytest.fixture
def firm(office: Office, storage: Storage) -> Office:
    """Somebody has worked: an order half-way, money, a file, stock."""
    mask, glove = office.stocked("100", "50.5", unit="米")
    order = office.approved("lin", [(mask, "3"), (glove, "1.25")])
    office.shipped(order)
    office.finance.pays(order, "10")
    attached(office, storage, order.customer, PAPER + b"one")
    db.session.remove()
    return office


@contextmanager
def people_at_work(app: Flask, storage: Storage) -> Iterator[list[int]]:
    """Two people who write without a pause: orders approved, files attached; yields how often each was done."""
    over = threading.Event()
    done = [0, 0]

    def work(n: int) -> None:
        with app.app_context(), force_locale("zh"):
            office = Office()
            office.made = 1000 * (n + 1)  # names and numbers of one's own
            product = office.product()
            while not over.is_set():
                order = office.approved("lin" if n else "xu", [(product, "1")])
                attached(office, storage, order.customer, PAPER + str(order.id).encode())
                done[n] += 1
            db.session.remove()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def test_what_is_restored_is_what_was_copied(
    app: Flask, firm: Office, storage: Storage, elsewhere: Any, other_storage: Storage, migrations: Any, tmp_path: Path
) -> None:
    before = current_digests(db.engine)
    made = back_up(db.engine, storage, tmp_path / "backup")
    assert made.tables == before
    assert made.digest == total_of(before)
    assert made.missing == []
    assert made.revision == migrations.get_current_head()
    restore(elsewhere, other_storage, tmp_path / "backup", migrations, replace=False)
    assert current_digests(elsewhere) == before
    with elsewhere.connect() as connection:
        assert not lacks_search_index(connection)
        (name,) = stored_files.named_in_rows(connection)
    assert other_storage.read(name) == PAPER + b"one"
    with Session(elsewhere) as session:
        assert list(mismatches(session)) == []
        # What the database holds itself came along too.
        with pytest.raises(sa.exc.DBAPIError):
            session.execute(sa.text("DELETE FROM audit_entry"))


def test_a_backup_made_while_people_write_is_whole_and_adds_up(
    app: Flask, firm: Office, storage: Storage, elsewhere: Any, other_storage: Storage, migrations: Any, tmp_path: Path
) -> None:
    with people_at_work(app, storage) as done:
        until(lambda: all(done), "they begin to work")
        made = [back_up(db.engine, storage, tmp_path / f"backup{n}") for n in range(3)]
        at_the_end = sum(done)
    assert sum(done) >= at_the_end > 2
    assert made[0].digest != made[-1].digest  # they really went on
    for n, found in enumerate(made):
        assert found.missing == []
        restore(elsewhere, other_storage, tmp_path / f"backup{n}", migrations, replace=n > 0)
        assert total_of(current_digests(elsewhere)) == found.digest
        with Session(elsewhere) as session:
            assert list(mismatches(session)) == []
            named = stored_files.named_in_rows(session.connection())
            assert len(named) >= n + 1
            assert all(other_storage.read(name).startswith(PAPER) for name in named)


def test_the_digest_tells_a_changed_row_and_not_the_order_of_rows(app: Flask, firm: Office) -> None:
    before = current_digests(db.engine)
    rename = sa.text("UPDATE customer SET name = :name WHERE id = :id")
    with db.engine.begin() as connection:
        row = connection.execute(sa.text("SELECT id, name FROM customer LIMIT 1")).mappings().one()
        connection.execute(rename, {"id": row["id"], "name": "别的名字"})
    changed = current_digests(db.engine)
    assert {name for name in before if before[name] != changed[name]} == {"customer"}
    with db.engine.begin() as connection:
        # On PostgreSQL an update moves a row to the end of its table.
        connection.execute(rename, dict(row))
    assert current_digests(db.engine) == before


def test_a_database_with_rows_is_replaced_only_when_told_so(
    app: Flask, firm: Office, storage: Storage, migrations: Any, tmp_path: Path
) -> None:
    made = back_up(db.engine, storage, tmp_path / "backup")
    with db.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE left_over (id INTEGER)"))
        connection.execute(sa.update(SalesOrder.__table__).values(subject="改过"))
    with pytest.raises(NotDone, match="not empty"):
        restore(db.engine, storage, tmp_path / "backup", migrations, replace=False)
    assert "left_over" in current_digests(db.engine)
    restore(db.engine, storage, tmp_path / "backup", migrations, replace=True)
    assert current_digests(db.engine) == made.tables


@pytest.mark.parametrize(
    "damage", ["flipped", "shorter", "file_gone", "database_gone", "count", "manifest_gone", "text"]
)
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    app: Flask, firm: Office, storage: Storage, elsewhere: Any, other_storage: Storage, migrations: Any,
    tmp_path: Path, damage: str,
) -> None:  # fmt: skip
    directory = tmp_path / "backup"
    made = back_up(db.engine, storage, directory)
    database, manifest = directory / made.database, directory / manifests.NAME
    if damage == "flipped":
        content = bytearray(database.read_bytes())
        content[len(content) // 2] ^= 1
        database.write_bytes(content)
    elif damage == "shorter":
        database.write_bytes(database.read_bytes()[:-1])
    elif damage == "file_gone":
        next(path for path in (directory / manifests.FILES).rglob("*") if path.is_file()).unlink()
    elif damage == "database_gone":
        database.unlink()
    elif damage == "manifest_gone":
        manifest.unlink()
    elif damage == "text":
        manifest.write_text(manifest.read_text("utf-8")[:-9], "utf-8")
    else:
        content = json.loads(manifest.read_text("utf-8"))
        content["tables"]["customer"]["rows"] += 1
        manifest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(NotDone, match=r"damaged|no backup in"):
        restore(elsewhere, other_storage, directory, migrations, replace=True)
    assert current_digests(elsewhere) == {}
    assert stored_files.names(other_storage) == []


def test_a_full_disk_leaves_no_half_backup(
    app: Flask, firm: Office, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_anything: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stored_files, "copy_out", full)
    with pytest.raises(NotDone, match="No space left on device"):
        back_up(db.engine, storage, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_a_limit_hit_while_the_database_is_copied_leaves_no_half_backup(
    app: Flask, firm: Office, tmp_path: Path
) -> None:
    """The system itself stops the writing, in a process of its own, as a full disk would."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from pathlib import Path; import sqlalchemy as sa\n"
        "from app.core.files.files import Storage; from app.operations.backup.back_up import back_up\n"
        "from app.operations.errors import NotDone\n"
        "try: back_up(sa.create_engine(sys.argv[1]), Storage(sys.argv[2]), Path(sys.argv[3]))\n"
        "except NotDone as error: print(error)\n"
    )
    url = db.engine.url.render_as_string(hide_password=False)
    words = [sys.executable, "-c", code, url, str(tmp_path / "none"), str(tmp_path / "backup")]
    told = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert "no backup was made" in told.stdout, told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["a_file", "not_empty", "below_a_file"])
def test_a_place_that_cannot_be_used_is_refused_in_words(
    app: Flask, firm: Office, storage: Storage, tmp_path: Path, place: str
) -> None:
    (tmp_path / "not_empty").mkdir()
    (tmp_path / "not_empty" / "x").write_text("kept")
    (tmp_path / "a_file").write_text("kept")
    directory = tmp_path / "a_file" / "backup" if place == "below_a_file" else tmp_path / place
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NotDone, match=str(tmp_path / "a_file" if place == "below_a_file" else directory)):
        back_up(db.engine, storage, directory)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_backup_of_a_later_release_is_refused(
    app: Flask, firm: Office, storage: Storage, elsewhere: Any, other_storage: Storage, migrations: Any, tmp_path: Path
) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '29990101_0000_ffff'"))
    back_up(db.engine, storage, tmp_path / "backup")
    with pytest.raises(NotDone, match="update it first"):
        restore(elsewhere, other_storage, tmp_path / "backup", migrations, replace=False)
    assert current_digests(elsewhere) == {}


def test_a_file_lost_before_is_named_and_does_not_stop_the_backup(
    app: Flask, firm: Office, storage: Storage, tmp_path: Path
) -> None:
    with db.engine.connect() as connection:
        (name,) = stored_files.named_in_rows(connection)
    storage.filesystem.rm_file(f"{storage.root}/{name[:2]}/{name}")
    assert back_up(db.engine, storage, tmp_path / "backup").missing == [name]


def test_the_commands_say_what_they_did_and_how_it_ended(app: Flask, firm: Office, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["crm", "backup", str(tmp_path / "backup")])
    assert (made.exit_code, made.stdout.count("digest")) == (0, 1), made.output
    told = runner.invoke(args=["crm", "digest"])
    assert told.stdout.splitlines()[-1].split("\t")[2] == made.stdout.split()[-1]
    refused = runner.invoke(args=["crm", "restore", str(tmp_path / "backup")])
    assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    again = runner.invoke(args=["crm", "restore", "--replace", str(tmp_path / "backup")])
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "verified: everything adds up"), again.output
    assert "\nRPO 0.0 h: " in again.stdout
    assert " s: restored, compared and verified\n" in again.stdout
    twice = runner.invoke(args=["crm", "backup", str(tmp_path / "backup")])
    assert (twice.exit_code, "not empty" in twice.stderr) == (1, True)


def test_a_copy_without_search_index_gets_one(app: Flask, firm: Office, tmp_path: Path) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE {search.INDEX}"))
    runner = app.test_cli_runner()
    runner.invoke(args=["crm", "backup", str(tmp_path / "backup")])
    told = runner.invoke(args=["crm", "restore", "--replace", str(tmp_path / "backup")])
    assert told.exit_code == 0, told.output
    assert "search index made anew" in told.stdout
    customer = db.session.scalars(sa.select(Customer)).first()
    assert customer in db.session.scalars(sa.select(Customer).where(search.matches(Customer, customer.name[:2]))).all()


@pytest.mark.postgresql
def test_without_the_programs_of_postgresql_the_text_says_what_to_install(
    app: Flask, firm: Office, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql.shutil, "which", lambda _name: None)
    monkeypatch.setattr(postgresql.Path, "glob", lambda *_words: iter(()))
    with pytest.raises(NotDone, match="install postgresql-client"):
        back_up(db.engine, storage, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


@pytest.mark.postgresql
def test_a_restore_that_breaks_off_leaves_the_database_as_it_was(app: Flask, firm: Office, tmp_path: Path) -> None:
    with postgresql.snapshot(db.engine, tmp_path / "whole.dump"):
        pass
    before = current_digests(db.engine)
    content = (tmp_path / "whole.dump").read_bytes()
    (tmp_path / "half.dump").write_bytes(content[: len(content) // 2])
    with pytest.raises(NotDone, match="as it was before"):
        postgresql.load(db.engine, tmp_path / "half.dump")
    assert current_digests(db.engine) == before
