"""docs/reliability.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_the_sheet_names_exists() -> None:
    named = NAMED.findall((ROOT / "docs" / "reliability.md").read_text("utf-8"))
    assert len(named) > 40
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file()
        or (name and not re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE))
    ]
    assert missing == []
