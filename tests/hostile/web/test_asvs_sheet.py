"""docs/asvs.md keeps its word: every “yes” names a test that is there, every number stands once."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
SHEETS = tuple(ROOT / "docs" / name for name in ("asvs.md", "asvs_2.md"))
ANSWERS = ("yes", "partly", "no", "does not apply")
REQUIREMENTS = 253  # of levels 1 and 2 in ASVS 5.0: 70 and 183
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:\w[\w.-]*/)*[\w-]+\.(?:md|toml|txt|json|py|html|js))`")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
COUNTED = re.compile(rf"^\| ({'|'.join(ANSWERS)}) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


class Row(NamedTuple):
    """One requirement as it stands in the sheet."""

    sheet: int
    number: str
    asked: str
    answer: str
    shown: str


@cache
def rows() -> tuple[Row, ...]:
    return tuple(
        Row(sheet, number, *(cell.strip() for cell in cells))
        for sheet, path in enumerate(SHEETS)
        for number, *cells in ROW.findall(path.read_text("utf-8"))
    )


@cache
def stories_in(file: str) -> frozenset[str]:
    """Names of the tests of a file; nothing where there is none."""
    path = ROOT / file
    if not path.is_file() or not path.name.startswith("test_"):
        return frozenset()
    found = (node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


def proofs(shown: str) -> int:
    """How many tests a cell names; a document and the program itself prove nothing."""
    return len(TEST.findall(shown))


def missing(shown: str) -> list[str]:
    """What a cell names and nobody finds."""
    tests = [f"{file}::{name}" for file, name in TEST.findall(shown) if name not in stories_in(file)]
    return tests + [name for name in FILE.findall(shown) if not (ROOT / name).is_file()]


def test_every_yes_names_a_test() -> None:
    """fault F14: a yes that nothing holds to is a promise."""
    unproved = [row.number for row in rows() if row.answer == "yes" and not proofs(row.shown)]
    assert unproved == []


def test_everything_the_sheet_names_is_there() -> None:
    wrong = [f"{row.number}: {name}" for row in rows() for name in missing(row.shown)]
    assert wrong == []


def test_every_other_answer_says_why_in_words() -> None:
    assert {row.answer for row in rows()} <= set(ANSWERS)
    others = [row for row in rows() if row.answer != "yes"]
    assert [row.number for row in others if not re.search("[A-Za-z]{2}", TEST.sub("", row.shown))] == []


def test_every_number_stands_once_and_in_order() -> None:
    numbers = [tuple(map(int, row.number.split("."))) for row in rows()]
    assert [number for number, often in Counter(numbers).items() if often > 1] == []
    assert numbers == sorted(numbers)
    assert len(numbers) == REQUIREMENTS


def test_no_line_of_the_tables_is_passed_over() -> None:
    """A row with a cell too many, or a number that cannot be read, would count for nothing."""
    lines = [line for path in SHEETS for line in path.read_text("utf-8").splitlines() if re.match(r"\| *\d", line)]
    assert [line for line in lines if not ROW.match(line)] == []


def test_the_counts_at_the_head_are_those_of_the_tables() -> None:
    told = {answer: tuple(map(int, counts)) for answer, *counts in COUNTED.findall(SHEETS[0].read_text("utf-8"))}
    found = Counter((row.answer, row.sheet) for row in rows())
    assert told == {
        answer: (found[answer, 0], found[answer, 1], found[answer, 0] + found[answer, 1]) for answer in ANSWERS
    }


def test_the_rules_of_the_sheet_tell_right_from_wrong() -> None:
    here = "tests/hostile/web/test_asvs_sheet.py"
    assert missing(f"`{here}::test_every_number_stands_once_and_in_order`, `SECURITY.md`") == []
    assert missing(f"`{here}::test_nobody_wrote`, `docs/nowhere.md`") == [
        f"{here}::test_nobody_wrote",
        "docs/nowhere.md",
    ]
    assert missing("`tests/hostile/asking.py::routes`") == ["tests/hostile/asking.py::routes"]
    assert proofs("`app/screens/web/headers.py` sends it, `config.py` says so") == 0
    assert proofs("`docs/operations.md`, “Logs”") == 0
    assert proofs(f"`{here}::test_every_number_stands_once_and_in_order`, `SECURITY.md`") == 1
