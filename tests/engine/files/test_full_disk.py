"""A disk that takes no file more: told in words whatever way a file comes, and nothing of it stays. quality.md R6."""

from __future__ import annotations

import ast
import errno
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import jobs
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.files import written
from app.core.files.files import Attachment, Storage, attach, received_file
from app.core.files.written import is_no_room, write_whole
from app.core.jobs.jobs import Job, enqueue
from app.core.jobs.prepared import FILE, FILE_KINDS, FileKind, MadeFile
from app.models.system.import_batch import ImportBatch
from app.operations.backup import stored_files
from app.security.accounts.people import actor_named
from tests.engine.imports.test_pages import sent
from tests.support.workbooks import company, customers

APP = Path(__file__).resolve().parents[3] / "app"
TROUBLES = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)
PDF = b"%PDF-1.7 terms"
# Who may open a file for writing besides core/files/written.py, and why.
WRITERS = {
    "core/files/written.py": "it is what all others write through",
    "core/jobs/turns.py": "files that hold nothing and are locked",
    "operations/backup/stored_files.py": "a backup is a folder that gets its name when it is whole",
}
WRITING = {"write_text", "write_bytes", "copyfile", "copy2", "copytree", "mkstemp"}
TRUE_FULL = """
import resource, sys
from app.core.files.files import Storage
from app.core.errors import Unavailable
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Storage(sys.argv[1]).write("abcdef", bytes(1_000_000))
except Unavailable as refusal:
    print(refusal.code)
"""


@contextmanager
def full(number: int, *, after: int = 0) -> Iterator[None]:
    """The disk takes no file more once it has taken so many: what was written cannot be brought onto it."""
    real, taken = os.fsync, 0

    def fsync(descriptor: int) -> None:
        nonlocal taken
        if os.fstat(descriptor).st_mode & 0o170000 == 0o100000:
            taken += 1
            if taken > after:
                raise OSError(number, os.strerror(number))
        real(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(written.os, "fsync", fsync)
        yield


def everything_stored(app: Flask) -> list[str]:
    """Every file below the store, unfinished ones among them."""
    return sorted(str(path) for path in Path(app.extensions["storage"].root).rglob("*") if path.is_file())


def rows() -> list[int]:
    counted = [
        db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
        for model in (Attachment, ImportBatch, Job)
    ]
    db.session.remove()
    return counted


# By every way a file comes


@pytest.fixture
def lenient_app(app: Flask) -> Iterator[Flask]:
    """As on a server: a failure is answered and not raised into the test."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.config["PROPAGATE_EXCEPTIONS"] = True


@pytest.mark.parametrize("number", TROUBLES)
@pytest.mark.parametrize("way", ["add", "send", "import"])
def test_a_file_there_is_no_room_for_is_told_and_leaves_nothing(
    lenient_app: Flask, office: Any, at: Any, way: str, number: int
) -> None:
    """fault F8: a full disk of attachments was a failure (500), and a part of the file stayed."""
    customer = office.customer("lin")
    key, kinds = customer.id, {"add": "lin", "send": "lin", "import": "admin"}
    browser = at(kinds[way])
    token = browser.open("/password").typed("csrf_token")

    def asked(form: str) -> Any:
        if way == "import":
            return sent(browser.client, customers(company("甲")))
        data = {"csrf_token": token, "form_token": form, "file": (io.BytesIO(PDF), "a.pdf")}
        return browser.client.post(f"/attachment/{way}/customer/{key}", data=data, content_type="multipart/form-data")

    before, stored = rows(), everything_stored(lenient_app)
    with full(number):
        answer = asked("1" * 32)
        assert answer.status_code == 503
        text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else answer.get_json()["message"]
        assert "空间" in text
        assert answer.headers["Retry-After"]
    assert (rows(), everything_stored(lenient_app)) == (before, stored)
    assert asked("2" * 32).status_code in (200, 303)
    assert len(everything_stored(lenient_app)) == len(stored) + 1


def test_of_several_files_none_stays_when_one_finds_no_room(lenient_app: Flask, office: Any, at: Any) -> None:
    """fault F8: all files of a form or none, on the disk as in the database."""
    key = office.customer("lin").id
    browser = at("lin")
    token = browser.open("/password").typed("csrf_token")
    before, stored = rows(), everything_stored(lenient_app)
    with full(errno.ENOSPC, after=2):
        named = [(io.BytesIO(PDF), f"{n}.pdf") for n in range(3)]
        data = {"csrf_token": token, "form_token": "1" * 32, "file": named}
        answer = browser.client.post(f"/attachment/add/customer/{key}", data=data, content_type="multipart/form-data")
    assert answer.status_code == 503
    assert (rows(), everything_stored(lenient_app)) == (before, stored)


def test_a_thumbnail_there_is_no_room_for_is_shown_all_the_same(lenient_app: Flask, office: Any, at: Any) -> None:
    """fault F8: it is made again the next time."""
    from tests.hostile.spoiled.pictures import good

    customer = office.customer("lin")
    storage = lenient_app.extensions["storage"]
    taken = received_file("a.png", good("png"))
    key = office.lin.does(lambda session, _actor: attach(session, storage, customer, taken)).id
    db.session.remove()
    stored, browser = everything_stored(lenient_app), at("lin")
    with full(errno.ENOSPC):
        assert browser.client.get(f"/attachment/thumb/{key}").status_code == 200
    assert everything_stored(lenient_app) == stored


def test_a_job_that_finds_no_room_tells_so(lenient_app: Flask, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F8: the file of a long export is written by a job; its page says why there is none."""
    made = MadeFile("a.txt", "text/plain", b"text")
    kind = FileKind(lambda *_given: made, lambda *_given: "a.txt")
    monkeypatch.setitem(FILE_KINDS, "odd", kind)
    payload = {"kind": "odd", "title": "a.txt", "asked": {}, "stored": "f" * 40, "locale": "zh"}
    actor = actor_named(db.session(), "lin")
    key = in_unit_of_work(db.session(), lambda: enqueue(db.session(), FILE, payload, actor).id)
    stored = everything_stored(lenient_app)
    with full(errno.ENOSPC):
        while jobs.run_next():
            pass
    assert "空间" in str(db.session.get_one(Job, key).failure)
    assert everything_stored(lenient_app) == stored


def test_an_import_by_command_that_finds_no_room_says_so(lenient_app: Flask, imports: Any) -> None:
    """fault F8: one line with the reason and the exit code of a refused file."""
    stored = everything_stored(lenient_app)
    with full(errno.ENOSPC):
        code, lines = imports.command("customers", customers(company("甲")))
    assert (code, lines[0].partition("\t")[0], "空间" in lines[0]) == (1, "no_room", True)
    assert everything_stored(lenient_app) == stored


def test_a_form_there_is_no_room_for_is_told_in_words(
    lenient_app: Flask, office: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F8: a large file waits in a temporary file while its form is read."""
    browser = at("lin")
    token = browser.open("/password").typed("csrf_token")

    class Full(io.BytesIO):
        def write(self, _content: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", lambda *_given, **_more: Full())
    data = {"csrf_token": token, "file": (io.BytesIO(PDF), "a.pdf")}
    answer = browser.client.post("/attachment/add/customer/1", data=data, content_type="multipart/form-data")
    assert (answer.status_code, "空间" in answer.get_data(as_text=True)) == (503, True)


# The one writer


@pytest.mark.parametrize("step", ["fsync", "replace", "block"])
def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """fault F8: whatever fails, the old content stands and nothing lies beside it."""
    path = tmp_path / "a"
    write_whole(path, b"old")

    def broken(*_given: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    if step == "block":
        with pytest.raises(OSError, match="full"):
            _half(path, broken)
    else:
        monkeypatch.setattr(written.os if step == "fsync" else Path, step, broken)
        with pytest.raises(OSError, match="full"):
            write_whole(path, b"new")
    monkeypatch.undo()
    assert ([each.name for each in tmp_path.iterdir()], path.read_bytes()) == (["a"], b"old")


def _half(path: Path, broken: Any) -> None:
    with written.written_whole(path) as file:
        file.write(b"half")
        broken()


@pytest.mark.once
def test_a_true_limit_of_the_system_leaves_nothing(tmp_path: Path) -> None:
    """fault F8: the system itself stops the writing in the middle of a megabyte."""
    run = [sys.executable, "-c", TRUE_FULL, str(tmp_path)]
    told = subprocess.run(run, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}, check=True)
    assert told.stdout.split()[-1] == "no_room"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_goes_with_the_transaction_that_wrote_it(app: Flask, office: Any) -> None:
    """fault F8: rolled back, and tried again after a lost race, it leaves no file that no row names."""
    storage: Storage = app.extensions["storage"]
    customer, session, taken = office.customer("lin"), db.session(), received_file("a.txt", b"text")
    stored = everything_stored(app)
    attach(session, storage, customer, taken)
    with session.begin_nested() as part:
        part.rollback()
    assert len(everything_stored(app)) == len(stored) + 1, "a part of the transaction decides nothing"
    session.rollback()
    assert everything_stored(app) == stored
    kept = office.lin.does(lambda session, _actor: attach(session, storage, customer, taken)).stored_name
    db.session().rollback()
    assert storage.read(kept) == b"text"


def test_what_is_not_whole_yet_is_no_part_of_a_backup_and_is_tidied_up(app: Flask, office: Any) -> None:
    """fault F8: a process that was killed in the middle leaves a file that nobody waits for."""
    storage: Storage = app.extensions["storage"]
    storage.write("abcdef", b"text")
    left = Path(storage.root) / "ab" / f".x.0{written.ENDING}"
    left.write_bytes(b"half")
    names = [name for name in stored_files.names(storage) if name.startswith("ab/")]
    assert "ab/abcdef" in names
    assert not [name for name in names if written.ENDING in name]
    assert storage.remove_unfinished(time.time() - 60) == 0
    assert storage.remove_unfinished(time.time() + 60) == 1
    assert (left.exists(), storage.read("abcdef")) == (False, b"text")
    storage.remove("abcdef")


def test_a_store_that_is_no_folder_takes_files_whole_too() -> None:
    """fault F8: an object is there when all of it has come."""
    storage = Storage("memory://store")
    storage.write("abcdef", b"text")
    assert storage.read("abcdef") == b"text"
    assert storage.remove_unfinished(time.time() + 60) == 0


def test_other_faults_of_a_disk_are_not_taken_for_a_full_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F8: a folder of the wrong owner is a fault of the installation and stays one."""
    found = [is_no_room(OSError(number, "x")) for number in (*TROUBLES, errno.EACCES, errno.ENOENT)]
    assert found == [True, True, True, False, False]
    monkeypatch.setattr(written.os, "open", _forbidden)
    with pytest.raises(PermissionError):
        Storage(str(tmp_path)).write("abcdef", b"")


def _forbidden(*_given: Any) -> int:
    raise PermissionError(errno.EACCES, "not allowed")


def test_files_are_written_in_one_place() -> None:
    """fault F8: a second writer would leave its parts behind again."""
    found = {
        path.relative_to(APP).as_posix(): call.lineno
        for path in APP.rglob("*.py")
        if path.parts[len(APP.parts)] != "docs_generator"
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and _writes(call)
    }
    assert set(found) == set(WRITERS), found


def _writes(call: ast.Call) -> bool:
    """Whether a call opens a file to write to it, or writes one."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in WRITING:
        return True
    said = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    flags = {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
    return name in ("open", "fdopen") and (bool(said & {"w", "wb", "xb", "x", "ab", "a", "r+b"}) or "O_CREAT" in flags)
