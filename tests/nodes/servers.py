"""Nodes and workers as they are served for real: gunicorn and `rq worker`, each killable with all its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.support.services import free_port, guarded, private_directory, start, wait_until

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


class Program:
    """A long-running program of ours that can be lost like a machine, and started again."""

    def __init__(self, stack: ExitStack, command: list[str], environment: dict[str, str]) -> None:
        self.stack = stack
        self.command = command
        self.environment = environment
        self.directory = stack.enter_context(private_directory())
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [f"{name}={value}" for name, value in self.environment.items()]
        self.process = start(["env", "-C", str(ROOT), *words, *self.command], self.directory)
        # What the guard removes at its end is no directory anybody needs: the program may have been started again.
        self.stack.enter_context(guarded(self.process, self.directory / "gone", "TERM"))
        self.stack.callback(self.kill)

    def kill(self) -> None:
        """SIGKILL to it and everything it has started, as when the machine is lost; it is seen to be gone."""
        assert self.process is not None
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text("utf-8", "replace")


class Node(Program):
    """One gunicorn at a port of its own, with the file of settings that production uses unless another is named."""

    def __init__(self, stack: ExitStack, environment: dict[str, str], *, processes: int = 2, conf: str = "") -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [str(BIN / "gunicorn"), "-c", conf or "gunicorn.conf.py"]
        more = {"PORT": str(self.port), "WEB_CONCURRENCY": str(processes)}
        super().__init__(stack, command, environment | more)

    def wait(self) -> None:
        assert self.process is not None
        wait_until(self.is_ready, self.process, self.directory)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Worker(Program):
    """What `make worker` starts."""

    def __init__(self, stack: ExitStack, environment: dict[str, str]) -> None:
        command = [str(BIN / "rq"), "worker", "--with-scheduler", "--url", environment["REDIS_URL"]]
        super().__init__(stack, command, environment)


def descendants(pid: int) -> list[int]:
    """Processes below this one: a worker's horse leads a group of its own, so the group is not all of them."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found, looked_at = [], [pid]
    while looked_at:
        above = looked_at.pop()
        below = [child for child, parent in parents.items() if parent == above]
        found += below
        looked_at += below
    return found


def settings_of(directory: Path, url: str, redis_url: str = "") -> dict[str, str]:
    """The environment of every node of one firm."""
    return {
        "CRM_ENV": "demo",
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "CRM_DATA": str(directory / "files"),
        "CRM_INSTANCE": str(directory),
        "SECRET_KEY": "nodes-only-" + "0123456789" * 3,
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def programs() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack
