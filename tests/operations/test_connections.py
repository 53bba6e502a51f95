"""A connection that has rested is asked whether it still stands; one just used is believed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.core import engine
from app.core.base import db

pytestmark = pytest.mark.postgresql


def killed(app: Any) -> None:
    """The server ends the connection that lies in the pool."""
    with db.engine.connect() as connection:
        number = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    other = sa.create_engine(db.engine.url)
    with other.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    other.dispose()


@pytest.fixture
def alone(app: Any) -> Any:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        yield
        db.engine.dispose()


def test_who_comes_back_to_a_lost_connection_gets_another(
    app: Any, alone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE", -1)  # whatever lies in the pool has rested long enough
    killed(app)
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_after_the_one_that_fails_everybody_gets_another(app: Any, alone: Any) -> None:
    """Lost within a second of its last use: that is told, once."""
    killed(app)
    with db.engine.connect() as connection, pytest.raises(OperationalError):
        connection.scalar(sa.text("SELECT 1"))
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
