"""The map of the manual: which clause is done where, and which tests tell its story."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.docs_generator.paths import DOCS, ROOT

_BY_MACHINE = (
    "<!-- Written by `make docs` from docs/manual_clauses.txt, docs/manual_status.toml and the citations. -->\n"
)
_NUMBER = r"(?:\d{1,2}(?:\.\d{1,2}b?)?|三\.\d)"
_LIST = rf"{_NUMBER}(?:\s*(?:,|–|and)\s*{_NUMBER})*"
_CITATION = re.compile(rf"(?:\b[Mm]anual\s+|\bmanual=\"|(?<!\.md )§)({_LIST})")


@dataclass
class Clause:
    """One clause: what it is about, how far it is, and who cites it."""

    number: str
    title: str
    status: str = "open"
    missing: str = ""
    code: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    @property
    def is_gap(self) -> bool:
        """Owed by this release, but without code or without a test that cites it."""
        return self.status != "open" and not (self.code and self.tests)


def clauses() -> list[Clause]:
    """Every clause of the manual with its status and citations, in the manual's order."""
    status = tomllib.loads((DOCS / "manual_status.toml").read_text("utf-8"))
    partly: dict[str, str] = status["partly"]
    found = {}
    for line in (DOCS / "manual_clauses.txt").read_text("utf-8").splitlines():
        number, tab, title = line.partition("\t")
        if tab:
            state = "done" if number in status["done"] else "partly" if number in partly else "open"
            found[number] = Clause(number, title, state, partly.get(number, ""))
    order = {number: place for place, number in enumerate(found)}
    for number, place, is_test in _citations(order):
        if number in found:
            where = found[number].tests if is_test else found[number].code
            if place not in where:
                where.append(place)
    return list(found.values())


def cited(text: str, order: dict[str, int] | None = None) -> list[str]:
    """Clause numbers a text cites: `Manual 8.4, 8.10–8.12` → 8.4, 8.10, 8.11, 8.12. Ranges follow `order`."""
    found = []
    for match in _CITATION.finditer(text):
        for part in re.split(r"\s*(?:,|and)\s*", match.group(1)):
            first, dash, last = (piece.strip() for piece in part.partition("–"))
            if dash and order and first in order and last in order:
                found += [number for number, place in order.items() if order[first] <= place <= order[last]]
            else:
                found += [number for number in (first, last) if number]
    return found


def _citations(order: dict[str, int]) -> Iterator[tuple[str, str, bool]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        for number in cited(path.read_text("utf-8"), order):
            yield number, path.relative_to(ROOT).as_posix(), False
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT).as_posix()
        for test, text in told_tests(path):
            for number in cited(text, order):
                yield number, f"{place}::{test}", True


def told_tests(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the docstring of every test function of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def manual_map() -> str:
    """One row per clause: what it is about, how far it is, where it is done, which tests tell its story."""
    found = clauses()
    counts = {state: sum(clause.status == state for clause in found) for state in ("done", "partly", "open")}
    parts = [
        _BY_MACHINE,
        "# Where the manual is implemented\n",
        f"{len(found)} clauses: {counts['done']} done, {counts['partly']} partly, {counts['open']} open.\n",
        "| clause | about | status | missing | code | tests |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(parts + [_clause_row(clause) for clause in found]) + "\n"


def _clause_row(clause: Clause) -> str:
    code = "<br>".join(f"`{place}`" for place in clause.code)
    tests = "<br>".join(f"`{place.partition('::')[2]}`" for place in clause.tests)
    return f"| §{clause.number} | {clause.title} | {clause.status} | {clause.missing} | {code} | {tests} |"
