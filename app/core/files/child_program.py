"""The program of the process that opens one file of a stranger. `child_process.py` starts it.

It binds itself to so much memory and processor time before it reads the first byte, imports only what parses the file,
and has no setting, no database and no secret of the application. It starts for each file, so that it must be quick.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import resource
import sys
import traceback
import types
from typing import Any, BinaryIO

MEMORY = 400 * 1024 * 1024  # bytes of addresses, the interpreter included
SECONDS = 10  # of processor time
LARGEST_ANSWER = 1024 * 1024 * 1024
OPEN_FILES = 64
READ, BROKEN, REFUSED, NO_MEMORY, NO_ROOM = 0, 1, 3, 4, 5  # what the process ends with


def bind(seconds: int) -> None:
    """Let this process take no more than a file may cost."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_ANSWER, LARGEST_ANSWER))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def import_alone() -> None:
    """Make modules of the application importable without the application, which takes seconds to start."""
    package = types.ModuleType("app")
    package.__path__ = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))]
    sys.modules["app"] = package


def main(seconds: str, module: str, name: str, given: str) -> int:
    """Open the file that comes in, write what was read of it to the standard output, and return how it ended."""
    bind(int(seconds))
    import_alone()
    try:
        return _run(module, name, json.loads(given), sys.stdin.buffer.read(), sys.stdout.buffer)
    except MemoryError:
        return NO_MEMORY
    except Exception as error:
        number = getattr(error, "errno", None)
        traceback.print_exc()
        return {errno.EFBIG: NO_MEMORY, errno.ENOSPC: NO_ROOM, errno.EDQUOT: NO_ROOM}.get(number or 0, BROKEN)


def _run(module: str, name: str, given: list[Any], content: bytes, out: BinaryIO) -> int:
    bad_file = importlib.import_module("app.core.files.bad_file")
    task = getattr(importlib.import_module(module), name)
    try:
        task(content, out, *given)
        out.flush()
    except bad_file.BadFile as error:
        sys.stderr.write(json.dumps({"text": error.text, "values": error.values}))
        return REFUSED
    return READ


if __name__ == "__main__":
    ended = main(*sys.argv[1:])
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(ended)  # What could not be written must not be tried again at the end of the interpreter.
