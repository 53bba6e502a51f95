"""Answers from tables that every page asks and that hardly ever change last until one of these tables changes.

A session reads at one version, a word that the database tells along with the person at the beginning of a request.
`security/cache_version.py` says which tables change it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.core.cache.per_process import BoundedCache
from app.core.db.unit_of_work import writing

MOST_CACHED = 5_000  # Most answers are the few hundred rights of a person.
_VERSION = "cache_version"
_answers: BoundedCache[Any] = BoundedCache(MOST_CACHED)

Answer = TypeVar("Answer")


def begin_version(session: Session, version: str | None) -> None:
    """Let this session read at this version; without a version it caches nothing."""
    session.info[_VERSION] = version


def cached_per_version(session: Session, key: Hashable, answer: Callable[[], Answer]) -> Answer:
    """Return the answer, which is computed once in each version; a transaction that writes computes it each time."""
    version: str | None = session.info.get(_VERSION)
    if version is None or writing.get():
        return answer()
    found: Answer = _answers.get((version, key), answer)
    return found
