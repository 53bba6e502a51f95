"""Files that strangers send are opened in a process of their own, which may take so much memory and time and no more.

A reader is a library in another language, and a spoiled file may make it allocate terabytes, run for hours or end its
process. That process is then a child that had nothing else to do: requests and jobs go on, and a sentence says why the
file was not taken. A task is a function of a module that imports nothing of the application but its like:

    def task(content: bytes, out: BinaryIO, *given) -> None

It writes what it has read to `out`, or raises BadFile.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import structlog
from flask_babel import gettext as _

from app.core.errors import Refused, Unavailable
from app.core.files import child_program
from app.core.files.bad_file import BadFile
from app.core.files.child_program import NO_MEMORY, NO_ROOM, READ, REFUSED, SECONDS
from app.core.files.written import no_room

AT_ONCE = 2  # children of one process
PATIENCE = 30  # seconds that a file waits for its turn
LONGEST = 60  # seconds by the clock, where the machine has too little processor time to give
_PROGRAM = str(Path(child_program.__file__).resolve())
_turns = threading.BoundedSemaphore(AT_ONCE)

Task = Callable[..., None]
log = structlog.get_logger(__name__)


def bad_file(text: Any) -> Refused:
    return Refused("bad_file", text, field="file")


def opened(task: Task, content: bytes, *given: int | str) -> BinaryIO:
    """Run the task on the content in a process of its own, and return what it wrote, to be read and closed.

    errors  Refused "bad_file" for what the task refuses, and for a file that takes too much memory or time or ends the
            process; Unavailable when too many files are being opened, or there is no room for what was read
    """
    if not _turns.acquire(timeout=PATIENCE):
        raise Unavailable("busy", _("Too many files are being opened just now. Please try again in a moment."))
    answer = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
    try:
        _run(task, content, given, answer)
    except BaseException:
        answer.close()
        raise
    finally:
        _turns.release()
    answer.seek(0)
    return answer


def _run(task: Task, content: bytes, given: tuple[int | str, ...], answer: BinaryIO) -> None:
    command = [sys.executable, "-I", _PROGRAM, str(SECONDS), task.__module__, task.__name__, json.dumps(given)]
    with (
        tempfile.TemporaryFile() as words,
        # The command is ours, and what a stranger has a say in is the content alone.
        subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=answer, stderr=words, env={"PATH": os.defpath}, cwd="/"
        ) as child,
    ):
        try:
            child.communicate(content, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
        if child.returncode != READ:
            words.seek(0)
            raise _failure(child.returncode, words.read(64 * 1024), task)


def _failure(ended: int, words: bytes, task: Task) -> Exception:
    if ended == REFUSED and words.startswith(b"{"):
        told = json.loads(words)
        return bad_file(in_words(BadFile(told["text"], **told["values"])))
    log.warning("file_not_opened", task=task.__name__, ended=ended, words=words.decode("utf-8", "replace")[-2000:])
    if ended == NO_ROOM:
        return no_room()
    if ended in (NO_MEMORY, -signal.SIGABRT):
        text = _("Opening the file takes more memory than one file may have. Make it smaller, or split it.")
    elif ended in (-signal.SIGXCPU, -signal.SIGKILL):
        text = _("Opening the file takes longer than one file may take. Make it smaller, or split it.")
    else:
        text = _("The file cannot be opened: it is damaged. Save it anew and send it again.")
    return bad_file(text)


def in_words(error: BadFile) -> str:
    """Return why a file was not taken, in the language of who asked."""
    return str(_(error.text, **error.values))
