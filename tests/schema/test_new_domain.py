"""A whole domain is added by its own files alone: everything that collects what domains declare finds it there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.own_process import outcome_of, stories_of

HERE = Path(__file__).with_name("new_domain")


@pytest.fixture(scope="module")
def told(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outcome_of(HERE, pytestconfig, tmp_path_factory.mktemp("new_domain"), "-p", "tests.schema.new_domain.finder")


@pytest.mark.parametrize("story", stories_of(HERE))
def test_a_new_domain_gets_what_every_domain_has(told: dict[str, str], story: str) -> None:
    assert told.get(story, "was not told") == "", told.get(story, "was not told")
