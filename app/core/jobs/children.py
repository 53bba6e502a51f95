"""Long work is handed to child processes, so that a web process goes on answering and can outlive what goes wrong.

    NOW.run("app.core.pdf:set_pdf", html, style)

A child has a limit of memory, of processor time and of time by the clock, and is killed beyond them. The work is a
function of a module that needs little of the product; it is called with `at`, by which it tells how far it is.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
from flask_babel import gettext as _

from app.core.errors import Unavailable
from app.core.jobs.child import MEGABYTE

PROGRAM = Path(__file__).with_name("child.py")
# Settings of the parent that a child needs; addresses and secrets are not among them.
HANDED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "XDG_CACHE_HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE")
WORKED_OUT = 200  # pieces of work after which a child is replaced by a new one
Told = Callable[[int, int], None]

log = structlog.get_logger(__name__)


class WorkStopped(Unavailable):
    """The work took more than it may, or its process was ended from outside; it can be asked for again."""


class WorkFailed(RuntimeError):
    """The work has a fault of ours; this is what the child process said about it."""


class Child:
    """One child process and the socket to it."""

    def __init__(self, megabytes: int, niceness: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            environment = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
            words = (theirs.fileno(), os.getpid(), megabytes, niceness)
            self.process = subprocess.Popen(  # noqa: S603  # our own program with four numbers
                [sys.executable, "-I", str(PROGRAM), *map(str, words)],
                pass_fds=(theirs.fileno(),), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self.connection = Connection(ours.detach())
        self.turns = 0

    def is_fit(self) -> bool:
        """Return whether it can be given further work."""
        return self.turns < WORKED_OUT and self.process.poll() is None

    def end(self) -> None:
        """End it whatever it does, and wait until it is gone."""
        self.connection.close()
        self.process.kill()
        self.process.wait()


class Children:
    """Child processes under the same limits; those that have done their work well wait for more.

    seconds    of a processor for one piece of work
    patience   seconds by the clock, of which a busy machine needs more; three times as many when left out
    megabytes  of memory that a child may reserve, its programs included
    niceness   how far it stands back behind other processes of the machine
    kept       how many wait for more work
    """

    def __init__(self, *, seconds: int, megabytes: int, patience: int = 0, niceness: int = 0, kept: int = 0) -> None:
        self.patience = patience or 3 * seconds
        self.seconds, self.megabytes, self.niceness, self.kept = seconds, megabytes, niceness, kept
        self._idle: list[Child] = []
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.end_idle)

    def run(self, target: str, *arguments: Any, told: Told | None = None) -> bytes:
        """Return the bytes that the function `target` ("module:name") makes of the arguments in a child process.

        told    is called with how much is done, and of how much, as often as the work says so
        errors  WorkStopped "took_too_long", "took_too_much", "cut_off"; WorkFailed
        """
        child = self._taken()
        try:
            result = self._done(child, target, arguments, told)
        except BaseException:
            child.end()
            raise
        child.turns += 1
        self._give_back(child)
        return result

    def end_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _taken(self) -> Child:
        with self._lock:
            child = self._idle.pop() if self._idle else None
        if child is not None and not child.is_fit():
            child.end()
            child = None
        return child or Child(self.megabytes, self.niceness)

    def _give_back(self, child: Child) -> None:
        with self._lock:
            if len(self._idle) < self.kept:
                self._idle.append(child)
                return
        child.end()

    def _done(self, child: Child, target: str, arguments: tuple[Any, ...], told: Told | None) -> bytes:
        ends = time.monotonic() + self.patience
        try:
            child.connection.send((target, arguments, self.seconds))
            while child.connection.poll(max(ends - time.monotonic(), 0)):
                event, *values = json.loads(child.connection.recv_bytes())
                if event == "at" and told is not None:
                    told(*values)
                elif event == "done":
                    return child.connection.recv_bytes()
                elif event == "memory":
                    raise self._stopped("took_too_much", target)
                elif event == "failed":
                    raise WorkFailed(values[0])
        except (EOFError, OSError):
            raise self._cut_off(child, target) from None
        raise self._stopped("took_too_long", target)

    def _cut_off(self, child: Child, target: str) -> WorkStopped:
        """Return the refusal for a child that has ended by itself: by its limits, or killed by somebody else."""
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(5)
        ended = child.process.returncode
        if ended == -signal.SIGXCPU:
            return self._stopped("took_too_long", target)
        # Libraries in C end the process when memory is refused to them.
        code = "took_too_much" if ended in (-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGSEGV) else "cut_off"
        return self._stopped(code, target)

    def _stopped(self, code: str, target: str) -> WorkStopped:
        log.warning("work_stopped", code=code, work=target)
        return WorkStopped(code, _stopped_texts(self)[code])

    def _forget(self) -> None:
        """Leave the children to the process that has started them; this one was forked from it."""
        self._lock = threading.Lock()
        for child in self._idle:
            child.connection.close()
        self._idle = []


def _stopped_texts(limits: Children) -> dict[str, str]:
    return {
        "took_too_long": _(
            "This took longer than %(n)s seconds and was stopped. Ask for less at once, or try again later.",
            n=limits.seconds,
        ),
        "took_too_much": _(
            "This needed more than %(n)s MB of memory and was stopped. Ask for less at once.",
            n=limits.megabytes * MEGABYTE // 10**6,
        ),
        "cut_off": _("This work was cut off on the server. Please ask for it again."),
    }  # fmt: skip


# What is waited for in a request, and what is done for somebody who will come back for it.
NOW = Children(seconds=10, megabytes=1_000, kept=2)
LATER = Children(seconds=120, megabytes=2_000, patience=1_800, niceness=5)
