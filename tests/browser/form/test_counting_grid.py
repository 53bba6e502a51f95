"""The grid of lines that count by a field of their own: a count that exists only here. Manual 8.5."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.own_process import outcome_of, stories_of

pytestmark = pytest.mark.browser
HERE = Path(__file__).parents[2] / "schema" / "new_domain"
STORIES = "grid_stories.py"


@pytest.fixture(scope="module")
def told(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    scratch = tmp_path_factory.mktemp("counting")
    return outcome_of(HERE, pytestconfig, scratch, "-p", "tests.schema.new_domain.finder", file=STORIES)


@pytest.mark.parametrize("story", stories_of(HERE, STORIES))
def test_the_grid_asks_the_lines_what_counts(told: dict[str, str], story: str) -> None:
    assert told.get(story, "was not told") == "", told.get(story, "was not told")
