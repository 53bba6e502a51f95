"""Copying a PostgreSQL database with its own programs: pg_dump under an exported snapshot, pg_restore in one go."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import Connection, Engine

from app.operations.errors import NotDone

FILE_NAME = "database.dump"

_EMPTY = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT relname, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
      WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
  LOOP EXECUTE format('DROP %s IF EXISTS %I CASCADE', found.kind, found.relname); END LOOP;
  FOR found IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
  LOOP EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', found.name); END LOOP;
  FOR found IN SELECT typname FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typtype = 'e'
  LOOP EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', found.typname); END LOOP;
END $$;
"""


@contextmanager
def snapshot(engine: Engine, path: Path) -> Iterator[Connection]:
    """Dump the database to `path`; yields a connection that sees exactly what was dumped."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        name = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        schema = connection.scalar(sa.text("SELECT current_schema()"))
        command = [_program("pg_dump"), "--format=custom", f"--schema={schema}", f"--snapshot={name}", f"--file={path}"]
        with _spoken() as words:
            done = subprocess.run(  # noqa: S603 - our own words only
                [*command, _address(engine)], env=_environment(engine), stderr=words, stdin=subprocess.DEVNULL
            )
            if done.returncode:
                raise NotDone(f"pg_dump failed, no backup was made: {_last_words(words)}")
        yield connection
        connection.rollback()


def load(engine: Engine, path: Path) -> None:
    """Replace all that is in the database by the dump, in one transaction: it is all there, or all as before.

    errors  NotDone
    """
    with engine.connect() as connection:
        schema = connection.scalar(sa.text("SELECT current_schema()"))
    engine.dispose()
    reading = [_program("pg_restore"), "--no-owner", "--no-privileges", f"--schema={schema}", "--file=-", str(path)]
    writing = [_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", _address(engine)]
    with (
        _spoken() as words,
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=words) as source,  # noqa: S603
        subprocess.Popen(  # noqa: S603
            writing, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words, env=_environment(engine)
        ) as target,
    ):
        if source.stdout is None or target.stdin is None:
            raise AssertionError("pipes were asked for")
        with suppress(BrokenPipeError):  # psql has stopped at an error and says so
            target.stdin.write(f"BEGIN;\n{_EMPTY}".encode())
            shutil.copyfileobj(source.stdout, target.stdin)
            if source.wait() == 0:  # without COMMIT everything is as before
                target.stdin.write(b"\nCOMMIT;\n")
        with suppress(BrokenPipeError):
            target.stdin.close()
        source.stdout.close()
        if source.wait() or target.wait():
            raise NotDone(f"the database is as it was before: {_last_words(words)}")


@contextmanager
def _spoken() -> Iterator[IO[bytes]]:
    """Where programs say what went wrong; a file, for a full pipe would stop them."""
    with tempfile.TemporaryFile() as words:
        yield words


def _last_words(words: IO[bytes]) -> str:
    words.seek(0)
    return " ".join(words.read()[-1000:].decode("utf-8", "replace").split()) or "it did not say why"


def _program(name: str) -> str:
    """errors  NotDone when PostgreSQL's programs are not on this machine"""
    found = shutil.which(name)
    if found:
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise NotDone(f"{name} is not on this machine: install postgresql-client")
    return str(versions[-1])


def _parts(engine: Engine) -> dict[str, Any]:
    found: dict[str, Any] = dict(engine.dialect.create_connect_args(engine.url)[1])
    return found


def _address(engine: Engine) -> str:
    """Where to connect, without the password: everyone on the machine can read a program's words."""
    known = ("host", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "service")
    parts = {name: value for name, value in _parts(engine).items() if name in known}
    return "--dbname=" + make_conninfo("", **parts)


def _environment(engine: Engine) -> dict[str, str]:
    password = _parts(engine).get("password")
    return {**os.environ, "PGOPTIONS": "-c lock_timeout=60s"} | ({"PGPASSWORD": str(password)} if password else {})
