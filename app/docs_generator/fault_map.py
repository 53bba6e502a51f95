"""The map of faults: what people and an attacker met, how far it is mended, and which tests keep it mended."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.docs_generator.manual_map import told_tests
from app.docs_generator.paths import DOCS, ROOT

_BY_MACHINE = "<!-- Written by `make docs` from docs/faults.toml and the docstrings of the tests. -->\n"
_HEAD = """# Faults that were met, and the tests that keep them mended

Each entry is one sighting of a kind, met on the running system by people or by an attacker; the kind was mended, and
the right value is kept as a test. A test names its fault at the beginning of its docstring: `fault A1: …`,
`fault F1, F8: …`.
"""
_NUMBER = r"[A-Z]\d{1,2}"
_FAULT = re.compile(rf"fault ({_NUMBER}(?:, {_NUMBER})*):\s")
_LOOSE = re.compile(rf"\bfaults?\s+{_NUMBER}\b", re.IGNORECASE)


@dataclass
class Fault:
    """One entry: what the fault was, what is still missing of its mending, and the tests that name it."""

    number: str
    text: str
    missing: str = ""
    tests: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        if not self.missing:
            return "mended"
        return "partly" if self.tests else "open"


def faults() -> list[Fault]:
    """Return every declared fault with the tests that name it, in the order of the declaration."""
    declared = tomllib.loads((DOCS / "faults.toml").read_text("utf-8"))
    missing: dict[str, str] = declared["open"]
    found = {number: Fault(number, text, missing.get(number, "")) for number, text in declared["faults"].items()}
    for place, text in docstrings():
        for number in named(text):
            if number in found:
                found[number].tests.append(place)
    return list(found.values())


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield the place and the docstring of every test."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, text in told_tests(path):
            yield f"{path.relative_to(ROOT).as_posix()}::{test}", text


def named(text: str) -> list[str]:
    """Return the faults that a docstring names at its beginning: `fault F1, F8: …` → F1, F8."""
    match = _FAULT.match(text)
    return match.group(1).split(", ") if match else []


def is_misspelt(text: str) -> bool:
    """Return whether a docstring speaks of a fault by its number without naming it in the way that is read."""
    return bool(_LOOSE.search(text)) and not named(text)


def fault_map() -> str:
    """Return one row per fault: what it was, how far it is mended, what is missing, which tests keep it."""
    found = faults()
    states = ("mended", "partly", "open")
    told = ", ".join(f"{sum(fault.status == state for fault in found)} {state}" for state in states)
    parts = [
        _BY_MACHINE,
        _HEAD,
        f"{len(found)} faults: {told}.\n",
        "| fault | what it was | status | missing | tests |",
        "|---|---|---|---|---|",
    ]
    return "\n".join(parts + [_row(fault) for fault in found]) + "\n"


def _row(fault: Fault) -> str:
    tests = "<br>".join(f"`{place}`" for place in fault.tests)
    return f"| {fault.number} | {fault.text} | {fault.status} | {fault.missing} | {tests} |"
