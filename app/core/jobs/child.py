"""A child process does one piece of long work after another, as its parent tells it over a socket.

`children.py` starts this file by its path, without the product: of the package `app` only what the work imports is
loaded, which takes a few tenths of a second. It holds no connection to the database and no secret of its parent's.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
import types
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

IDLE = 300.0  # seconds without work, after which a child ends
WATCHED_EVERY = 1.0  # seconds between looks at whether the parent still lives
MEGABYTE = 2**20


def main(descriptor: int, parent: int, megabytes: int, niceness: int) -> None:
    """Work until the parent is gone or has had nothing to do for long."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is meant for the parent, which ends its children.
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))
    os.nice(niceness)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    package = types.ModuleType("app")
    package.__path__ = [str(Path(__file__).resolve().parents[2])]
    sys.modules["app"] = package
    # The objects of a piece of work live until its end; looking for garbage among them again and again costs a third.
    gc.set_threshold(200_000, 50, 100)
    connection = Connection(descriptor)
    while connection.poll(IDLE):
        try:
            target, arguments, seconds = connection.recv()
        except EOFError:
            return
        _bound_processor_time(seconds)
        _work(connection, target, arguments)


def _work(connection: Connection, target: str, arguments: tuple[Any, ...]) -> None:
    """Do a piece of work and tell how it went: its bytes behind "done", or "failed" with what went wrong, or "memory".

    What a child says is JSON and bytes, never pickled objects: its parent knows secrets that it does not.
    """

    def tell(event: str, *values: Any) -> None:
        connection.send_bytes(json.dumps([event, *values]).encode())

    module, _colon, name = target.partition(":")
    try:
        work = getattr(importlib.import_module(module), name)
        made = work(*arguments, at=lambda done, total: tell("at", done, total))
    except MemoryError:
        tell("memory")
    except Exception:
        tell("failed", traceback.format_exc())
    else:
        tell("done")
        connection.send_bytes(made)


def _bound_processor_time(seconds: int) -> None:
    """Let the system end this process when it has used so many more seconds of a processor."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def _end_with(parent: int) -> None:
    """End this process as soon as its parent has ended, in the middle of its work if need be."""
    while os.getppid() == parent:
        time.sleep(WATCHED_EVERY)
    os._exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
