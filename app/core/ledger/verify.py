"""`crm verify` computes every cached figure anew and names each mismatch. design.md §4; quality R1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.chain.checking import ChainCheck
from app.core.db import append_only
from app.core.db.types import ZERO
from app.core.ledger.ledger import LEDGERS
from app.core.search.normal_forms import wrong_forms

Check = Callable[[Session], Iterator[str]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Register a check: it yields one line per mismatch.

    errors  ValueError when it is registered already
    """
    if function in CHECKS:
        raise ValueError(f"the check {function.__name__} is registered twice")
    CHECKS.append(function)
    return function


BATCH = 2000  # keys looked at together: a check never holds a whole table, however large the firm


def batches(session: Session, key: Any) -> Iterator[tuple[int, int]]:
    """Yield the first and the last key of each batch of rows."""
    low, high = session.execute(sa.select(sa.func.min(key), sa.func.max(key))).one()
    for first in range(low, high + 1, BATCH) if low is not None else ():
        yield first, first + BATCH - 1


def sums(session: Session, key: Any, value: Any, *conditions: Any) -> dict[int, Decimal]:
    """Return a mapping of key → sum of the values of the rows for which the conditions hold."""
    query = sa.select(key, sa.func.sum(value)).where(*conditions).group_by(key)
    return {row[0]: row[1] or ZERO for row in session.execute(query)}


def differences(name: str, what: str, stored: Any, computed: Any) -> Iterator[str]:
    """Yield a line when the stored figure is not the computed one."""
    if stored != computed:
        yield f"{name}: {what} is {stored}, its documents say {computed}"


def mismatches(session: Session, chain: ChainCheck | None = None) -> Iterator[str]:
    """Yield everything that does not add up; nothing when all is well.

    chain  what is asked of the chain over log and ledgers; all of it when left out
    """
    yield from append_only.faults(session.connection())
    yield from (chain or ChainCheck()).mismatches(session.connection())
    yield from wrong_forms(session)
    for ledger in LEDGERS:
        yield from ledger.mismatches(session)
    for found in CHECKS:
        yield from found(session)
