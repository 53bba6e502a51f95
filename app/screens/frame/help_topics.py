"""An area declares its pages of the help beside its place in the menu. Manual 3.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Topic:
    """One page; its text is templates/help/topics/<name>.html.

    order  its place among the pages
    """

    name: str
    title: Any
    icon: str
    order: int


_TOPICS: dict[str, Topic] = {}


def declare_topic(topic: Topic) -> None:
    """Add a page to the help.

    errors  ValueError when there is a page of that name already
    """
    if topic.name in _TOPICS:
        raise ValueError(f"the help has two pages called {topic.name}")
    _TOPICS[topic.name] = topic


def topics() -> list[Topic]:
    """Return all pages, in their order."""
    return sorted(_TOPICS.values(), key=lambda topic: topic.order)
