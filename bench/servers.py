"""The systems that are compared: each one gunicorn process with one worker, all alike."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cluster import HOME
from tests.support.services import free_port

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def server(name: str, application: str, python: str = sys.executable, **environment: str) -> Iterator[int]:
    """One system, serving; yields its port. What it says goes to a file of its name."""
    port = free_port()
    words = [
        python, "-m", "gunicorn", "--config", "/dev/null", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--worker-class", "sync", "--timeout", "120", "--no-control-socket", application,
    ]  # fmt: skip
    with (HOME / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(process, port, name)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, name: str) -> None:
    import http.client

    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError((HOME / f"{name}.log").read_text("utf-8", "replace")[-2000:])
