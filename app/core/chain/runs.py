"""Keys of many rows are written as runs: `1-5000,5003` are five thousand and one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

Run = tuple[int, int]


def runs_of(keys: Iterable[int]) -> list[Run]:
    """Return the runs of keys that are given in their order."""
    found: list[Run] = []
    for key in keys:
        if found and found[-1][1] == key - 1:
            found[-1] = (found[-1][0], key)
        else:
            found.append((key, key))
    return found


def written(runs: Iterable[Run]) -> str:
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def read_runs(text: str) -> list[Run]:
    """Return the runs of a text that `written` made.

    errors  ValueError
    """
    parts = [part.partition("-") for part in text.split(",")] if text else []
    return [(int(first), int(last or first)) for first, _dash, last in parts]


def joined(runs: Iterable[Run]) -> list[Run]:
    """Return runs in their order, those that touch or overlap made one."""
    found: list[Run] = []
    for first, last in sorted(runs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def without(runs: Iterable[Run], taken: Iterable[Run]) -> list[Run]:
    """Return the keys of `runs` that are not in `taken`, as runs."""
    left = joined(runs)
    for first, last in joined(taken):
        left = [
            part
            for begin, end in left
            for part in ((begin, min(end, first - 1)), (max(begin, last + 1), end))
            if part[0] <= part[1]
        ]
    return joined(left)


def between(runs: Iterable[Run], last: int) -> list[Run]:
    """Return the keys from 1 to `last` that are in none of the runs."""
    edges = [(0, 0), *joined(runs), (last + 1, last + 1)]
    return [(one[1] + 1, other[0] - 1) for one, other in pairwise(edges) if one[1] + 1 <= other[0] - 1]


def keys_in(runs: Iterable[Run]) -> Iterator[int]:
    for first, last in runs:
        yield from range(first, last + 1)


def count_of(runs: Iterable[Run]) -> int:
    return sum(last - first + 1 for first, last in runs)
