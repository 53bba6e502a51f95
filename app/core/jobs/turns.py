"""Work that a person waits for in a request is bounded: so many at once on a node, and so many of them by one person.

A turn is a lock on a file that all processes of the node share. The system gives it back when its process ends, however
that comes. Work of another kind and importance waits in the queue of jobs instead.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from app.core.errors import TooMany

AT_ONCE = max(2, os.cpu_count() or 2)  # on this node
OF_ONE_PERSON = 2
PATIENCE = 3.0  # seconds to wait for a turn of the node
# Requests of one process that work or wait; its other threads go on answering (gunicorn.conf.py has four).
OF_ONE_PROCESS = 3
LOOK_EVERY = 0.05  # seconds
COMES_BACK = 5  # seconds after which to try again

_in_process = threading.BoundedSemaphore(OF_ONE_PROCESS)


@contextmanager
def turn(person: int) -> Iterator[None]:
    """Hold one of this node's turns, and one of this person's, while the block runs; call it without a transaction.

    errors  TooMany "too_many_of_yours", "too_many_at_once"
    """
    folder = Path(current_app.config["CRM_TURNS"])
    with ExitStack() as held:
        mine = _taken(folder, f"person-{person}", OF_ONE_PERSON)
        if mine is None:
            text = _("You are having %(n)s files made already. Wait until one of them is there.", n=OF_ONE_PERSON)
            raise TooMany("too_many_of_yours", text, COMES_BACK)
        held.callback(os.close, mine)
        if not _in_process.acquire(blocking=False):
            raise _too_many_at_once()
        held.callback(_in_process.release)
        held.callback(os.close, _waited_for(folder))
        yield


def _waited_for(folder: Path) -> int:
    ends = time.monotonic() + PATIENCE
    while (taken := _taken(folder, "node", AT_ONCE)) is None:
        if time.monotonic() > ends:
            raise _too_many_at_once()
        time.sleep(LOOK_EVERY)
    return taken


def _taken(folder: Path, name: str, most: int) -> int | None:
    """Return the descriptor of a lock that was free, whose closing gives it back; None where all are held."""
    for place in range(most):
        descriptor = _opened(folder / f"{name}.{place}")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return descriptor
    return None


def _opened(path: Path) -> int:
    """Return the descriptor of a file, which is made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _too_many_at_once() -> TooMany:
    text = _("Many files are being made just now. Please try again in %(n)s seconds.", n=COMES_BACK)
    return TooMany("too_many_at_once", text, COMES_BACK)
