"""Turns bound what is waited for at once: on a node, whichever its processes, and by one person."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from app.core.errors import TooMany
from app.core.jobs import turns

ANOTHER = """
import fcntl, os, sys, time
held = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(held, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def node(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A node of one turn, which is waited for shortly; this process may hold many."""
    monkeypatch.setitem(app.config, "CRM_TURNS", str(tmp_path))
    monkeypatch.setattr(turns, "AT_ONCE", 1)
    monkeypatch.setattr(turns, "PATIENCE", 0.2)
    monkeypatch.setattr(turns, "_in_process", threading.BoundedSemaphore(10))
    with app.test_request_context():
        yield tmp_path


def refused(person: int) -> str:
    with pytest.raises(TooMany) as error, turns.turn(person):
        pass
    assert (error.value.http_status, error.value.retry_after) == (429, turns.COMES_BACK)
    assert error.value.message
    return error.value.code


def test_one_person_has_so_many_turns_and_others_have_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F2: who asks again and again is told to wait; nobody else is."""
    monkeypatch.setattr(turns, "AT_ONCE", 10)
    with turns.turn(1), turns.turn(1):
        assert refused(1) == "too_many_of_yours"
        with turns.turn(2):
            pass
    with turns.turn(1):
        pass


def test_a_node_has_so_many_turns_whichever_process_holds_them(node: Path) -> None:
    """fault F2: what another process of the node does counts; when it dies its turn is free."""
    with subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(node / "node.0")], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert refused(1) == "too_many_at_once"
        other.kill()
    with turns.turn(1):
        pass


def test_a_turn_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 30.0)
    with ExitStack() as held:
        held.enter_context(turns.turn(1))
        threading.Timer(0.2, held.pop_all().close).start()
        with turns.turn(2):
            pass


def test_a_process_keeps_threads_that_wait_for_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """fault F2: of the threads of one process only so many wait, whoever asks; the others go on answering."""
    monkeypatch.setattr(turns, "_in_process", threading.BoundedSemaphore(1))
    monkeypatch.setattr(turns, "AT_ONCE", 10)
    with turns.turn(1):
        assert refused(2) == "too_many_at_once"
    with turns.turn(2):
        pass
