"""Answers that follow from their arguments alone last as long as the process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, Generic, ParamSpec, TypeVar, cast

MOST_CACHED = 1024

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_MISSING: Any = object()


def cached_per_process(
    *, most: int | None = MOST_CACHED
) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """Decorate a function whose arguments tell all that its answer is made of; the types of both are kept.

    Above all a function that makes a statement: to make one takes as long as the database takes to answer it. What
    differs from one question to the next is a `bindparam` of the statement.

    most  how many answers of the function are kept, the latest used; None keeps all of them
    """

    def decorate(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
        return cast(Callable[Given, Answer], lru_cache(maxsize=most)(function))

    return decorate


class BoundedCache(Generic[Answer]):
    """A bounded cache holds answers by their keys, for questions that are no function's arguments.

    When full it begins anew.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._answers: dict[Hashable, Answer] = {}

    def get(self, key: Hashable, answer: Callable[[], Answer]) -> Answer:
        found: Answer = self._answers.get(key, _MISSING)
        if found is _MISSING:
            found = answer()
            if len(self._answers) >= self.most:
                self._answers.clear()
            self._answers[key] = found
        return found
