"""Stories on PostgreSQL share one connection: nothing of a test stays, and what one connection cannot do is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db
from app.core.db.unit_of_work import reading
from app.models.customers.customer import Customer
from tests.plugins.savepoints import NeedsCommitted

pytestmark = pytest.mark.postgresql
COUNT = sa.select(sa.func.count()).select_from(Customer)


@pytest.mark.parametrize("_time", ["first", "second"])
def test_a_test_finds_nothing_of_the_one_before(office: Any, _time: str) -> None:
    """Rows, and the keys that were given to them."""
    assert db.session.scalar(COUNT) == 0
    db.session.remove()
    assert office.customer().id == 1


def test_what_is_committed_is_there_for_another_connection_and_what_is_not_goes(office: Any) -> None:
    office.customer()
    db.session.execute(sa.update(Customer).values(name="别的"))
    db.session.rollback()
    with db.engine.connect() as other:
        assert other.scalars(sa.select(Customer.name)).all() == ["北京第1五金店"]


def test_a_transaction_that_reads_still_cannot_write(app: Flask) -> None:
    with app.app_context(), reading(), db.engine.connect() as connection:
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            connection.execute(sa.update(Customer).values(name="别的"))
        connection.rollback()
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.update(Customer).values(name="别的"))


def _roll_back_after_another_commit() -> None:
    with db.engine.connect() as one, db.engine.connect() as other:
        one.execute(COUNT)
        other.execute(COUNT)
        other.commit()
        one.rollback()


def _commit_before_a_later_one() -> None:
    with db.engine.connect() as one, db.engine.connect() as other:
        one.execute(COUNT)
        other.execute(COUNT)
        one.commit()


def _use_another_thread() -> None:
    told: list[BaseException] = []
    engine = db.engine

    def read() -> None:
        try:
            with engine.connect() as connection:
                connection.execute(COUNT)
        except NeedsCommitted as error:
            told.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    raise told[0]


@pytest.mark.parametrize("work", [_roll_back_after_another_commit, _commit_before_a_later_one, _use_another_thread])
def test_what_one_connection_cannot_do_fails_the_test_even_when_it_is_caught(
    app: Flask, databases: Any, work: Callable[[], None]
) -> None:
    with app.app_context(), pytest.raises(NeedsCommitted):
        work()
    with app.app_context():
        db.engine.dispose()
    with pytest.raises(NeedsCommitted):
        databases.end()
    databases.renew(committed=False)


@pytest.mark.committed
def test_a_test_may_ask_for_a_database_of_its_own(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        processes = {connection.scalar(sa.text("SELECT pg_backend_pid()")) for connection in (one, other)}
    assert len(processes) == 2
