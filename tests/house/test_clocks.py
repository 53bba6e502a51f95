"""No test asserts seconds: what takes half a second on one machine takes two on another, and neither is at fault."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "monotonic_ns", "perf_counter_ns"}
# `until` gives up by the clock; `make soak` watches figures over minutes and is no test.
ALLOWED = {"support/waiting.py", "soak/load.py", "soak/__main__.py"}
WHY = (
    "Assert a number of statements, or a ratio to something measured in the same run; wait with "
    "tests/support/waiting.py; or measure it in bench/."
)


def is_measured(node: ast.AST | None, known: set[str]) -> bool:
    """Whether a clock has a part in the value; an attribute named `seconds` is one that was read from a clock."""
    return node is not None and any(
        (isinstance(each, ast.Name) and each.id in known)
        or (isinstance(each, ast.Attribute) and (each.attr in CLOCKS or each.attr == "seconds"))
        for each in ast.walk(node)
    )


def changed_names(node: ast.AST) -> set[str]:
    """Names that an assignment to this expression changes: `spent` of `spent[0]`, `a` and `b` of `a, b`."""
    if isinstance(node, ast.Tuple | ast.List):
        return {name for part in node.elts for name in changed_names(part)}
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} - {"self"} if isinstance(node, ast.Name) else set()


def given_values(scope: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """(what receives a value, the value) for each assignment, loop and call of `append` in this scope."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            yield node.target, node.value
        elif isinstance(node, ast.For | ast.comprehension):  # of a key and its value, the value
            yield (node.target.elts[-1] if isinstance(node.target, ast.Tuple) else node.target), node.iter
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            yield from ((node.func.value, argument) for argument in node.args)


def measured_names(scope: ast.AST, known: set[str]) -> set[str]:
    """Names of this scope whose value comes from a clock; `known` are those of functions that return one."""
    given = [(name, value) for target, value in given_values(scope) for name in changed_names(target)]
    found = known - {name for name, _value in given}
    while True:
        before = len(found)
        found |= {name for name, value in given if is_measured(value, found)}
        if len(found) == before:
            return found


def is_now(node: ast.AST) -> bool:
    """`time.monotonic()`: compared with a moment, it is a limit of seconds as well."""
    return isinstance(node, ast.Call) and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in CLOCKS


def compared_with_constants(source: str) -> list[int]:
    """Lines on which something measured is compared with something that is not."""
    if not any(word in source for word in (*CLOCKS, ".seconds")):
        return []
    tree = ast.parse(source)
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] or [tree]
    known = set(CLOCKS)
    while True:
        before = len(known)
        known |= {
            scope.name
            for scope in scopes
            if isinstance(scope, ast.FunctionDef)
            for node in ast.walk(scope)
            if isinstance(node, ast.Return) and is_measured(node.value, measured_names(scope, known))
        }
        if len(known) == before:
            break
    wrong = set()
    for scope in scopes:
        names = measured_names(scope, known)
        for node in ast.walk(scope):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            if len({is_measured(side, names) for side in sides}) == 2 or any(is_now(side) for side in sides):
                wrong.add(node.lineno)  # type: ignore[attr-defined]
    return sorted(wrong)


def test_no_test_compares_a_clock_with_a_constant() -> None:
    wrong = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        if path.relative_to(TESTS).as_posix() not in ALLOWED
        for line in compared_with_constants(path.read_text("utf-8"))
    ]
    assert not wrong, f"{WHY}\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("began = time.monotonic()\nassert time.monotonic() - began < 0.6", [2]),
        ("began = sundial()\nassert sundial() - began < 0.6", []),
        ("end = monotonic() + 5\nwhile monotonic() < end:\n    pass", [2]),
        ("spent = []\nspent.append(time.thread_time() - 1)\nassert min(spent) < LIMIT", [3]),
        ("def cost():\n    return time.perf_counter()\n\n\ndef test():\n    assert cost() < 3 * cost()", []),
        ("def cost():\n    return time.perf_counter()\n\n\ndef test():\n    assert cost() < 3", [6]),
        ("assert all(event.seconds < 2 for event in history)", [1]),
        ("def one():\n    n = time.monotonic()\n\n\ndef two(n):\n    assert n == 3", []),
    ],
)
def test_a_comparison_with_a_constant_is_told_from_a_ratio(source: str, lines: list[int]) -> None:
    assert compared_with_constants(source) == lines
