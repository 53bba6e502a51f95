"""Three caches, each with a life that its name tells, and no other. docs/architecture.md, “Caches”."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.cache.per_process import BoundedCache, cached_per_process
from tests.house.test_architecture import APP, python_files, short, tree_of

pytestmark = pytest.mark.once
# `flask.g` is for what a request is, who asks and in which language; these layers know of no request.
WITHOUT_REQUEST = ("views", "query", "reports", "workflows", "imports", "printing", "security", "models", "core")


def _imported(path: Path, module: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name == module)


def test_every_cache_is_one_of_the_three() -> None:
    others = {"cache", "lru_cache", "functools"}
    wrong = [
        f"{short(path)}:{line} {name}"
        for path in python_files(APP)
        if path.parent != APP / "core" / "cache"
        for line, name in _imported(path, "functools")
        if name in others
    ]
    assert not wrong, "Take cached_per_process(), or another one of core/cache:\n" + "\n".join(wrong)


def test_nothing_is_cached_in_the_request() -> None:
    wrong = [
        f"{short(path)}:{line}"
        for layer in WITHOUT_REQUEST
        for path in python_files(APP / layer)
        for line, name in _imported(path, "flask")
        if name == "g"
    ]
    assert not wrong, "Take cached_per_transaction(session, key, answer):\n" + "\n".join(wrong)


def test_a_full_cache_begins_anew_and_answers_as_before() -> None:
    cache: BoundedCache[int | None] = BoundedCache(most=2)
    asked: list[str] = []

    def length(text: str) -> int | None:
        def answer() -> int | None:
            asked.append(text)
            return len(text) or None

        return cache.get(text, answer)

    assert [length(text) for text in ("a", "", "a", "")] == [1, None, 1, None]
    assert asked == ["a", ""], "an answer that is None is an answer"
    assert [length(text) for text in ("abc", "a", "abc")] == [3, 1, 3]
    assert asked == ["a", "", "abc", "a"], "the third answer emptied the cache"


def test_a_function_is_asked_once_for_each_set_of_arguments() -> None:
    asked: list[tuple[int, int]] = []

    @cached_per_process(most=1)
    def added(first: int, second: int) -> int:
        asked.append((first, second))
        return first + second

    assert [added(1, 2), added(1, 2), added(2, 2), added(1, 2)] == [3, 3, 4, 3]
    assert asked == [(1, 2), (2, 2), (1, 2)], "no more than one answer is kept"
