"""A PostgreSQL of its own that keeps its promises as in production, can be killed, and comes back at the same port."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path

from tests.nodes.servers import descendants
from tests.support.services import (
    answers_sql,
    free_port,
    guarded,
    postgresql_programs,
    private_directory,
    run,
    start,
    wait_until,
)


class Postgresql:
    """With commits that wait for the disk, and an empty database."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.programs = postgresql_programs()
        self.user = "postgres" if os.geteuid() == 0 else None
        self.directory = stack.enter_context(private_directory(self.user))
        words = ["-D", "cluster", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        run([f"{self.programs}/initdb", *words], self.directory, self.user)
        self.port = free_port()
        self.address = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self.url = self.address.replace("postgresql://", "postgresql+psycopg://", 1)
        self.start()

    def start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.directory}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [f"{self.programs}/postgres", "-D", "cluster", "-c", "timezone=UTC", *options]
        self.server = start(command, self.directory, self.user)
        self.stack.enter_context(guarded(self.server, Path(self.directory) / "gone", "QUIT"))
        self.stack.callback(self.kill)
        wait_until(lambda: answers_sql(self.address), self.server, self.directory)

    def kill(self) -> None:
        """SIGKILL to the server and each of its processes, as when the power fails."""
        for pid in [self.server.pid, *descendants(self.server.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.server.wait()
