"""Long work in child processes: each has its limits, ends with its parent, and knows none of its secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.core.jobs.children import HANDED_ON, Child, Children, WorkFailed, WorkStopped
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
SET = "app.core.pdf:set_pdf"
LONG = "<p>货 " * 20_000  # takes many seconds

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.fixture
def children() -> Iterator[Children]:
    found = Children(seconds=30, megabytes=1_000, kept=1)
    yield found
    found.end_idle()


def children_of(parent: int) -> list[int]:
    """The processes that this one has started and that still run."""
    found = subprocess.run(["ps", "-o", "pid=,stat=", "--ppid", str(parent)], capture_output=True, text=True)
    rows = [line.split() for line in found.stdout.splitlines()]
    return [int(pid) for pid, state in rows if not state.startswith("Z")]


def test_a_child_does_one_piece_of_work_after_another_and_tells_how_far_it_is(children: Children) -> None:
    told: list[tuple[int, int]] = []
    html = "<p>甲<p style='break-before: page'>乙"
    assert children.run(SET, html, "", 1, told=lambda done, total: told.append((done, total)))[:5] == b"%PDF-"
    assert told == [(1, 1), (2, 2)]
    [child] = children._idle
    assert children.run(SET, html, "", 1)[:5] == b"%PDF-"
    assert children._idle == [child]


def test_work_beyond_its_time_is_stopped_and_told(children: Children) -> None:
    """fault F2: killed when over its time; the next piece of work gets a new child."""
    impatient = Children(seconds=1, megabytes=1_000)
    with pytest.raises(WorkStopped) as stopped:
        impatient.run(SET, LONG, "", 1)
    assert (stopped.value.code, stopped.value.http_status) == ("took_too_long", 503)
    assert "1 秒" in stopped.value.message


def test_work_beyond_its_memory_is_stopped_and_told() -> None:
    """fault F2: a memory limit of its own, so that no document takes the memory of the server."""
    with pytest.raises(WorkStopped) as stopped:
        Children(seconds=30, megabytes=420).run(SET, LONG, "", 1)
    assert stopped.value.code == "took_too_much"


def test_a_child_that_is_killed_is_told(children: Children) -> None:
    """fault F2: whoever kills it, the request that waits for it goes on, and so does the next one."""
    children.run(SET, "<p>", "", 1)
    pid = children._idle[0].process.pid
    killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(WorkStopped) as stopped:
        children.run(SET, LONG, "", 1)
    assert stopped.value.code == "cut_off"
    assert children.run(SET, "<p>", "", 1)[:5] == b"%PDF-"


def test_a_fault_of_ours_is_told_with_its_trace(children: Children) -> None:
    with pytest.raises(WorkFailed, match="Traceback"):
        children.run("app.core.pdf:nothing_of_the_kind")


def test_a_child_knows_neither_the_database_nor_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SECRET_KEY", "REDIS_URL", "METRICS_TOKEN", "DEMO_PASSWORD"):
        monkeypatch.setenv(name, "secret-of-the-parent")
    child = Child(1_000, 0)
    try:
        until(
            lambda: b"child.py" in Path(f"/proc/{child.process.pid}/cmdline").read_bytes(), "the child does not start"
        )
        known = Path(f"/proc/{child.process.pid}/environ").read_text()
    finally:
        child.end()
    assert "secret-of-the-parent" not in known
    assert {part.partition("=")[0] for part in known.split("\0") if part} <= {*HANDED_ON}


PARENT = f"""
import threading
from app.core.jobs.children import LATER
threading.Thread(target=LATER.run, args=("{SET}", "<p>货 " * 20_000, "", 1), daemon=True).start()
threading.Event().wait(60)
"""


def test_a_child_ends_with_its_parent_in_the_middle_of_its_work() -> None:
    """fault F2: a web process that is killed leaves nobody behind who works on."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT)
    try:
        until(lambda: children_of(parent.pid), "no child is started")
        [child] = children_of(parent.pid)
    finally:
        parent.kill()
        parent.wait()
    until(lambda: not Path(f"/proc/{child}").exists(), "the child works on")
