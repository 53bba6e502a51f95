"""Answers that several parts of one page ask for last as long as the transaction that reads the page."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.core.db.unit_of_work import writing

_TRANSACTION, _ANSWERS = "cached_in_transaction", "cached_answers"

Answer = TypeVar("Answer")


def cached_per_transaction(session: Session, key: Hashable, answer: Callable[[], Answer]) -> Answer:
    """Return the answer, which is computed once while a transaction only reads.

    A transaction that writes asks each time, for what it does may change the answer.
    """
    transaction = session.get_transaction()
    if writing.get() or transaction is None:
        return answer()
    if session.info.get(_TRANSACTION) is not transaction:
        session.info[_TRANSACTION], session.info[_ANSWERS] = transaction, {}
    answers: dict[Hashable, Any] = session.info[_ANSWERS]
    if key not in answers:
        answers[key] = answer()
    found: Answer = answers[key]
    return found
