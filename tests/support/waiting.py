"""Waiting until something is so: the one place of the tests that looks at the clock to give up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0  # seconds; a busy machine is no fault, so this bounds only a wait for what never comes
PAUSE = 0.05

Found = TypeVar("Found")


class WaitedInVain(AssertionError):
    """What was waited for has not come about."""


def until(found: Callable[[], Found], what: Callable[[], object] | str = "", patience: float = PATIENCE) -> Found:
    """The first answer of `found` that counts as true.

    what    describes what is waited for, or how things stand, when it has not come about
    errors  WaitedInVain
    """
    end = time.monotonic() + patience
    while not (answer := found()):
        if time.monotonic() > end:
            raise WaitedInVain(what if isinstance(what, str) else str(what()))
        time.sleep(PAUSE)
    return answer
