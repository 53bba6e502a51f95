"""Figures and seeds of a run, on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def say(capsys: Any) -> Callable[[str], None]:
    """Say something to who watches, whatever else is captured."""

    def said(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return said
