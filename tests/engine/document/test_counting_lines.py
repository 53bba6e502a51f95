"""Lines that count by a field of their own, or by none: a count and a leaflet that exist only here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.own_process import outcome_of, stories_of

HERE = Path(__file__).parents[2] / "schema" / "new_domain"
STORIES = "count_stories.py"


@pytest.fixture(scope="module")
def told(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    scratch = tmp_path_factory.mktemp("counting")
    return outcome_of(HERE, pytestconfig, scratch, "-p", "tests.schema.new_domain.finder", file=STORIES)


@pytest.mark.parametrize("story", stories_of(HERE, STORIES))
def test_a_line_says_itself_what_counts(told: dict[str, str], story: str) -> None:
    assert told.get(story, "was not told") == "", told.get(story, "was not told")
