"""Which tests run on which database: `--database`, and the markers of pyproject.toml."""

from __future__ import annotations

import os

import pytest

from tests.plugins.domains import areas

# Folders of stories, which are about domains: one for each area.
STORIES = areas()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default=os.environ.get("TEST_DATABASE", "sqlite"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Engines are tested on both; stories of a domain on SQLite, unless they say something about SQL."""
    runs = _runs_on_postgresql if config.getoption("--database") == "postgresql" else _runs_on_sqlite
    dropped = [item for item in items if not runs(item)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def _runs_on_sqlite(item: pytest.Item) -> bool:
    return not _has_any(item, "postgresql")


def _runs_on_postgresql(item: pytest.Item) -> bool:
    if _has_any(item, "browser", "once"):
        return False
    return item.path.parent.name not in STORIES or _has_any(item, "sql", "postgresql")


def _has_any(item: pytest.Item, *names: str) -> bool:
    return any(item.get_closest_marker(name) for name in names)
