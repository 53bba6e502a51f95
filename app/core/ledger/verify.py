"""`crm verify`: every cached figure is recomputed and each mismatch named. design.md §4; quality R1."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from app.core.db import append_only
from app.core.ledger.ledger import LEDGERS

Check = Callable[[Session], Iterator[str]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Register a check: it yields one line per mismatch."""
    CHECKS.append(function)
    return function


def mismatches(session: Session) -> Iterator[str]:
    """Everything that does not add up; nothing when all is well."""
    for name in append_only.missing(session.connection()):
        yield f"trigger {name} is missing"
    for ledger in LEDGERS:
        yield from ledger.mismatches(session)
    for found in CHECKS:
        yield from found(session)
