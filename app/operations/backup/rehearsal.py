"""恢复演练 Rehearsal: a backup is put into a database that is made for it and thrown away again."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.core.db.engine import engine_options, prepare_engine
from app.operations.backup.back_up import reason_of
from app.operations.errors import NotDone


@contextmanager
def scratch(beside: Engine) -> Iterator[Engine]:
    """An empty database of the same kind, on the same server, gone at the end; `beside` itself is not touched.

    errors  NotDone when none can be made
    """
    make = _scratch_of_postgresql if beside.dialect.name == "postgresql" else _scratch_file
    with make(beside.url) as url:
        engine = sa.create_engine(url, **engine_options(url.get_backend_name()))
        prepare_engine(engine)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _scratch_file(_beside: sa.URL) -> Iterator[sa.URL]:
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as directory:
        yield sa.URL.create("sqlite", database=f"{directory}/scratch.db")


@contextmanager
def _scratch_of_postgresql(beside: sa.URL) -> Iterator[sa.URL]:
    name = f"rehearsal_{secrets.token_hex(4)}"  # two at once do not meet
    server = sa.create_engine(beside, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    try:
        with server.connect() as connection:
            # The server's own pattern, which nobody has put anything into.
            connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    except sa.exc.SQLAlchemyError as error:
        raise NotDone(
            f"no database can be made to rehearse in: {reason_of(error).strip()}. Give the account CREATEDB, or let "
            "DATABASE_URL name a server where it has it"
        ) from error
    try:
        yield beside.set(database=name)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
