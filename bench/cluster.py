"""A PostgreSQL cluster that is kept between runs, with one database per size of the firm."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.services import answers_sql, free_port, postgresql_programs, run, start, wait_until

HOME = Path(__file__).resolve().parent / "output"
# Durable commits, as in production; memory as one would give a machine of this size.
SETTINGS = {
    "shared_buffers": "2GB",
    "maintenance_work_mem": "512MB",
    "work_mem": "32MB",
    "effective_cache_size": "8GB",
    "max_wal_size": "16GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "jit": "off",
}


@contextmanager
def cluster() -> Iterator[str]:
    """The server runs while the block runs; yields the address without a database's name, as psycopg takes it."""
    programs = postgresql_programs()
    user = "postgres" if os.geteuid() == 0 else None
    directory = HOME / "postgresql"
    directory.mkdir(parents=True, exist_ok=True)
    if user:
        shutil.chown(directory, user, pwd.getpwnam(user).pw_gid)
    if not (directory / "cluster").exists():
        words = ["-D", "cluster", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        run([f"{programs}/initdb", *words], directory, user)
    port = free_port()
    settings = {
        **SETTINGS,
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(directory),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = start([f"{programs}/postgres", "-D", "cluster", *options], directory, user)
    address = f"postgresql://postgres@127.0.0.1:{port}/"
    try:
        wait_until(lambda: answers_sql(f"{address}postgres"), server, directory)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def names(address: str) -> set[str]:
    """Databases there are."""
    with psycopg.connect(f"{address}postgres") as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def execute(address: str, *statements: str) -> None:
    """Outside any transaction."""
    with psycopg.connect(f"{address}postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def sqlalchemy_url(address: str, name: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg://", 1) + name
