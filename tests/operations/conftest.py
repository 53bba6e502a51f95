"""A second, empty database beside the firm's, to restore into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask

from app.core.db import engine as engines
from app.core.db.base import db
from app.core.files.files import Storage


@pytest.fixture
def elsewhere(app: Flask, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database of the same kind."""
    with app.app_context():
        url = db.engine.url
    if url.get_backend_name() == "sqlite":
        other = sa.create_engine(f"sqlite:///{tmp_path}/elsewhere.db", **engines.engine_options("sqlite"))
        engines.prepare_engine(other)
        yield other
        other.dispose()
        return
    admin = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE DATABASE elsewhere")
        other = sa.create_engine(url.set(database="elsewhere"))
        yield other
        other.dispose()
        connection.execute("DROP DATABASE elsewhere WITH (FORCE)")


@pytest.fixture
def other_storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "other-files"))


@pytest.fixture
def migrations() -> ScriptDirectory:
    return ScriptDirectory("migrations")


@pytest.fixture
def storage(app: Flask) -> Any:
    return app.extensions["storage"]
