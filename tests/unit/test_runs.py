"""Keys as runs: nothing is lost, doubled or made up by writing, joining and taking away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.chain.runs import between, count_of, joined, keys_in, read_runs, runs_of, without, written

KEYS = st.sets(st.integers(1, 60))


def keys(runs: object) -> set[int]:
    return set(keys_in(runs))  # type: ignore[arg-type]


@given(KEYS)
def test_runs_are_read_as_they_are_written(some: set[int]) -> None:
    runs = runs_of(sorted(some))
    assert keys(read_runs(written(runs))) == some
    assert count_of(runs) == len(some)
    assert len(runs) == sum(1 for key in some if key - 1 not in some), "as few as can be"


@given(KEYS, KEYS)
def test_runs_are_joined_and_taken_away_like_sets(some: set[int], others: set[int]) -> None:
    one, other = runs_of(sorted(some)), runs_of(sorted(others))
    assert keys(joined([*one, *other])) == some | others
    assert keys(without(one, other)) == some - others
    assert keys(between(one, 60)) == set(range(1, 61)) - some


def test_a_text_says_runs_and_single_keys() -> None:
    assert written([(1, 5), (9, 9)]) == "1-5,9"
    assert read_runs("") == []
