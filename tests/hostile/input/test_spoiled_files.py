"""Files that no program writes: none ends a process, takes more than a file may, or is answered without words.

There are more than 300 workbooks, CSV files and pictures, made by rule (`tests/hostile/spoiled/`). `make test` opens a
part of them, drawn anew each time; SPOILED_FILES=1000 opens all, as `make soak` does, and SPOILED_SEED repeats a part.
"""

from __future__ import annotations

import io
import os
import random
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.errors import AppError, Refused, Unavailable
from app.core.files import child_process, child_program
from app.core.files.bad_file import BadFile
from app.core.files.files import received_file
from app.core.sheets import xlsx
from app.core.sheets.open_sheet import open_sheet
from tests.engine.imports.test_pages import run_jobs, sent
from tests.hostile.spoiled import csv_files, pictures, workbooks
from tests.support.workbooks import company, customers

pytestmark = pytest.mark.once

DRAWN = 50
MOST_MEMORY = 400  # MB
FEWEST = 200
# The program of a child that tells the test how large it has been, and knows modules of the test besides.
PROGRAM = """
import re, runpy, sys
sys.path.insert(0, {folder!r})
program = runpy.run_path({program!r})
ended = program["main"](*sys.argv[1:])
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
with open({told!r}, "a") as file:
    file.write(peak + "\\n")
sys.stderr.flush()
program["os"]._exit(ended)
"""
TASKS = """
import os, signal

def allocate(content, out):
    bytes(500_000_000)

def abort(content, out):
    os.abort()

def crash(content, out):
    os.kill(os.getpid(), signal.SIGSEGV)

def never_end(content, out):
    while True:
        pass

def fail(content, out):
    raise RuntimeError("an odd file")

def write_on(content, out):
    while True:
        out.write(bytes(1_000_000))

def see(content, out):
    out.write(repr(sorted(os.environ)).encode())
"""


@pytest.fixture
def peaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """How large each child was that came to its end, in MB."""
    told, program = tmp_path / "peaks", tmp_path / "program.py"
    told.touch()
    real = child_program.__file__
    program.write_text(PROGRAM.format(folder=str(tmp_path), program=real, told=str(told)))
    (tmp_path / "odd_tasks.py").write_text(TASKS)
    monkeypatch.setattr(child_process, "_PROGRAM", str(program))
    return lambda: [int(line) // 1024 for line in told.read_text().split()]


@pytest.fixture(autouse=True)
def _chinese(app: Flask) -> Iterator[None]:
    with app.app_context(), force_locale("zh"):
        yield


def processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def outcome(name: str, content: bytes) -> str:
    """What becomes of a file: it is read, or refused in words."""
    try:
        if name.endswith((".xlsx", ".csv")):
            list(open_sheet(content, name).rows())
        else:
            received_file(name, content)
    except Refused as caught:
        refusal = caught
    else:
        return "read"
    assert refusal.code == "bad_file", name
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.message), (name, refusal.message)
    return "refused"


def every_file() -> list[tuple[str, bytes]]:
    return [*workbooks.every(), *csv_files.every(), *pictures.every()]


def drawn(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    most = int(os.environ.get("SPOILED_FILES") or DRAWN)
    seed = int(os.environ.get("SPOILED_SEED", "0")) or random.randrange(1, 10**6)
    print(f"SPOILED_SEED={seed}")
    return random.Random(seed).sample(files, min(most, len(files)))


def test_no_spoiled_file_ends_a_process_or_takes_more_than_it_may(peaks: Callable[[], list[int]]) -> None:
    """fault F1: each is opened in a child within 400 MB and ten seconds, and answered in words."""
    files = every_file()
    assert len({name for name, _content in files}) == len(files) >= FEWEST
    found = {}
    for name, content in drawn(files):
        before = processor_time()
        found[name] = outcome(name, content)
        assert processor_time() - before < child_program.SECONDS + 1, name
    assert max(peaks()) < MOST_MEMORY
    assert set(found.values()) == {"read", "refused"}
    print(f"{len(found)} files, {list(found.values()).count('refused')} refused, {max(peaks())} MB at most")


def test_a_far_cell_that_is_sent_ends_in_a_sentence_on_the_page_of_its_batch(app: Flask, client_as: Any) -> None:
    """fault F1: a workbook of 1.5 kB killed a web process; the next request finds this one well."""
    client = client_as("admin")
    far = workbooks.with_part(workbooks.SHEET, workbooks.sheet(workbooks.headed('<c r="CV4294967295"><v>1</v></c>')))
    address = sent(client, far).headers["Location"]
    assert client.get(f"{address}/status").get_json() == {"state": "checking", "busy": True, "done": 0, "total": 0}
    run_jobs(app)
    page = client.get(address).get_data(as_text=True)
    assert client.get(f"{address}/status").get_json()["state"] == "failed"
    assert "损坏" in page.partition('role="alert"')[2].partition("</div>")[0]
    address = sent(client, customers(company("甲"))).headers["Location"]
    run_jobs(app)
    assert client.get(f"{address}/status").get_json()["state"] == "checked"


@pytest.mark.usefixtures("opened_here")
@pytest.mark.parametrize("address", workbooks.FAR)
def test_no_address_reaches_the_reader_that_its_row_does_not_bear_out(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F1: one cell at CV4294967295 made the reader take 13 TB; it is refused before the reader is asked."""

    def unasked(*_given: Any) -> None:
        raise AssertionError("the reader was asked")

    monkeypatch.setattr(xlsx.CalamineWorkbook, "from_filelike", unasked, raising=False)
    rows = workbooks.headed(f'<c r="{address}"><v>1</v></c>')
    assert outcome("a.xlsx", workbooks.with_part(workbooks.SHEET, workbooks.sheet(rows))) == "refused"


@pytest.mark.usefixtures("opened_here")
@pytest.mark.parametrize("count", ["4294967295", "18446744073709551615", "-1", "x"])
def test_the_reader_makes_no_room_for_texts_that_are_only_said_to_be_there(count: str) -> None:
    """fault F1: a list that said it had 4294967295 texts made the reader ask for 103 GB."""
    changed = workbooks.in_part(workbooks.TEXTS, 'uniqueCount="', f'uniqueCount="{count}" was="')
    assert outcome("a.xlsx", changed) == "refused"
    assert outcome("a.xlsx", workbooks.good()) == "read"


@pytest.mark.usefixtures("opened_here")
def test_a_text_counts_as_often_as_cells_refer_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F1: a reader gives each cell a text of its own, so that forty kilobytes became gigabytes."""
    repeated = [(name, content) for name, content in workbooks.texts() if name.startswith("one text")]
    assert [outcome("a.xlsx", content) for _name, content in repeated] == ["refused"] * 3
    with pytest.raises(BadFile, match="too many cells"):
        xlsx.read_workbook(repeated[0][1], io.BytesIO())


@pytest.mark.usefixtures("opened_here")
def test_the_reader_sees_the_sheet_that_was_examined_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F1: two readers read one file differently, so the second is given another file, of examined parts alone."""
    made = dict(workbooks.books())
    seen: list[list[str]] = []
    real = xlsx.Archive.only

    def only(self: Any, names: Any, more: Any) -> bytes:
        seen.append(sorted({*names, *more}))
        return real(self, names, more)

    monkeypatch.setattr(xlsx.Archive, "only", only)
    sheet = open_sheet(made["two sheets of one name"], "a.xlsx")
    assert sheet.headings == ["甲", "乙"]
    assert seen == [[
        "_rels/.rels", workbooks.LINKS, TEXTS_NAME, workbooks.STYLES, workbooks.BOOK, workbooks.SHEET,
    ]]  # fmt: skip
    assert outcome("a.xlsx", made["another case"]) == outcome("a.xlsx", made["another slash"]) == "refused"


TEXTS_NAME = workbooks.TEXTS


def ended(task: str) -> AppError:
    """How people are told of a child that came to this end."""
    odd = type("odd", (), {"__module__": "odd_tasks", "__name__": task})
    odd.__name__ = task
    with pytest.raises(AppError) as caught:
        child_process.opened(odd, b"x" * 200_000)
    return caught.value


@pytest.mark.usefixtures("peaks")
@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("allocate", "内存"),
        ("abort", "内存"),
        ("crash", "损坏"),
        ("fail", "损坏"),
        ("never_end", "时间"),
        ("write_on", "内存"),
    ],
)
def test_however_a_child_ends_the_reason_is_told_in_words(
    task: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault F1: what a reader does to its process, it does to a process of its own."""
    monkeypatch.setattr(child_process, "SECONDS", 1)
    refusal = ended(task)
    assert (refusal.code, words in refusal.message) == ("bad_file", True), refusal.message


@pytest.mark.usefixtures("peaks")
def test_a_child_knows_nothing_that_a_file_could_carry_away() -> None:
    """fault F1: it has no setting and no secret in its environment."""
    odd = type("see", (), {"__module__": "odd_tasks"})
    with child_process.opened(odd, b"") as answer:
        assert answer.read() == b"['LC_CTYPE', 'PATH']"


def test_a_full_disk_of_temporary_files_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F1, F8: what a child reads goes to a temporary file, and that may find no room."""
    real = child_process.tempfile.TemporaryFile
    full = iter([lambda: Path("/dev/full").open("r+b", buffering=0), real])  # noqa: SIM115 - who opens a file closes it
    monkeypatch.setattr(child_process.tempfile, "TemporaryFile", lambda: next(full)())
    with pytest.raises(Unavailable) as caught:
        open_sheet(customers(company("甲")), "a.xlsx")
    assert caught.value.code == "no_room"


def test_so_many_files_are_opened_at_once_and_the_next_waits_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F1: twenty people who send pictures do not take twenty times the memory."""
    monkeypatch.setattr(child_process, "PATIENCE", 0.01)
    for _turn in range(child_process.AT_ONCE):
        child_process._turns.acquire()
    try:
        with pytest.raises(Unavailable) as caught:
            open_sheet(customers(company("甲")), "a.xlsx")
        assert (caught.value.code, caught.value.http_status) == ("busy", 503)
    finally:
        child_process._turns.release(child_process.AT_ONCE)
    assert open_sheet(customers(company("甲")), "a.xlsx").size == 1


def test_a_child_imports_what_parses_and_not_the_application() -> None:
    """fault F1: it starts for every file, and the application takes seconds to start."""
    import subprocess

    program = (
        f"import runpy, sys; run = runpy.run_path({child_program.__file__!r}); run['import_alone']();"
        "import app.core.sheets.xlsx, app.core.sheets.csv_file, app.core.files.pictures;"
        "print(sorted({'flask', 'sqlalchemy', 'babel', 'pypinyin', 'werkzeug'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
