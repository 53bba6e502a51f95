"""What is made once and asked often; above all statements: making one costs as much as the database takes to answer.

What differs from one question to the next is a `bindparam`; what is kept is known by its arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

MOST_CACHED = 1024  # of each kind

Given = ParamSpec("Given")
Made = TypeVar("Made")


def cached_statement(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Keep what is made for each set of arguments, which must tell all that it is made of."""
    return cast(Callable[Given, Made], lru_cache(maxsize=MOST_CACHED)(make))
