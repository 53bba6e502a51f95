"""This is the only place that commits; a lost race is tried again, a broken database rule becomes a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from flask_babel import gettext as _
from psycopg.pq import TransactionStatus
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.core.errors import AppError, StateConflict, refusal_of

TRIES = 3
PATIENCE = 10.0  # seconds; a writer that waited so long for a lock is refused instead of waiting once more
# SQLite must know before the first statement that a transaction is going to write (BEGIN IMMEDIATE).
writing: ContextVar[bool] = ContextVar("writing", default=True)
_LOST_RACES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock time-out

_KEPT = "kept_although_refused"

Result = TypeVar("Result")


def is_lost_race(error: BaseException) -> bool:
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in _LOST_RACES:
        return True
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


@contextmanager
def unit_of_work(session: Session) -> Iterator[Session]:
    """Commit when the block ends well, else roll back; database refusals leave as `AppError`."""
    try:
        yield session
        session.commit()
    except BaseException as error:
        session.rollback()
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


@contextmanager
def reading() -> Iterator[None]:
    """Let the next transaction of this thread only read, so that on SQLite it does not queue behind writers."""
    token = writing.set(False)
    try:
        yield
    finally:
        writing.reset(token)


def end_unfinished(driver: Any) -> None:
    """End what was not committed on a connection to PostgreSQL by a ROLLBACK, or a COMMIT where it could only read.

    At a ROLLBACK the driver forgets its prepared statements, and to plan a page's statements anew takes longer than
    to run them. When the connection is lost, so is what was not committed on it, and nothing is left to end; an answer
    that is already drawn does not fail for it. The pool makes a new connection.
    """
    try:
        if driver.read_only and driver.pgconn.transaction_status == TransactionStatus.INTRANS:
            driver.commit()
        else:
            driver.rollback()
    except driver.OperationalError:
        if not driver.closed:
            raise


@contextmanager
def _writing(session: Session) -> Iterator[None]:
    """Let transactions that begin here write; one that was begun only to read ends first."""
    if writing.get():
        yield
        return
    session.rollback()
    token = writing.set(True)
    try:
        yield
    finally:
        writing.reset(token)


def keep_although_refused(session: Session, act: Callable[[], None]) -> None:
    """Do what stays done even when the work is refused afterwards, such as a line of the log: then it is done again.

    act  knows keys and texts, but no rows: what it is done with after a refusal is a transaction of its own
    """
    act()
    session.info.setdefault(_KEPT, []).append(act)


def in_unit_of_work(session: Session, work: Callable[[], Result]) -> Result:
    """Do `work` in one transaction, at most three times when another writer was in the way.

    errors  StateConflict "busy" after the third lost race, or one that took long
    """
    with _writing(session):
        return _tried(session, work)


def _tried(session: Session, work: Callable[[], Result]) -> Result:
    began = time.monotonic()
    for attempt in range(1, TRIES + 1):
        try:
            session.info.pop(_KEPT, None)
            with unit_of_work(session):
                return work()
        except AppError:
            _keep(session)
            raise
        except Exception as error:
            if not is_lost_race(error):
                raise
            if attempt == TRIES or time.monotonic() - began > PATIENCE:
                text = _("Someone else is changing this right now. Please try again.")
                raise StateConflict("busy", text) from error
    raise AssertionError("unreachable")


def _keep(session: Session) -> None:
    """Do anew, after a refusal, what stays done."""
    if kept := session.info.pop(_KEPT, ()):
        with unit_of_work(session):
            for act in kept:
                act()
