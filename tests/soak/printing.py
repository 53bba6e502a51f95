"""Eight people have orders of 2,000 lines printed at one node: does it go on answering? docs/performance.md."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import psycopg
from flask_babel import force_locale

from tests.nodes.printing import PEOPLE, Outcome, large_orders, p95, print_together
from tests.nodes.servers import Node, programs, settings_of
from tests.support import firm
from tests.support.services import postgresql, private_directory

LINES = int(os.environ.get("PRINT_LINES", "2000"))
SLOWEST_HEALTH, SLOWEST_LIST, LONGEST_IDLE = 1.0, 2.0, 5.0  # seconds
SAMPLE_EVERY = 0.5


def measured(people: int) -> tuple[Outcome, float]:
    """Print on PostgreSQL; returns what was answered, and how long a transaction did nothing at most, in seconds."""
    with programs() as stack:
        directory = stack.enter_context(private_directory())
        databases = firm.PostgresqlDatabases(stack.enter_context(postgresql()))
        orders = prepared(databases.url, directory)
        node = Node(stack, settings_of(directory, databases.url))
        node.start()
        node.wait()
        idle, over = [0.0], threading.Event()
        address = databases.url.replace("postgresql+psycopg://", "postgresql://", 1)
        watch = threading.Thread(target=longest_idle, args=(address, idle, over))
        watch.start()
        found = print_together(node.address, orders, people, idle_for=5.0)
        over.set()
        watch.join()
    return found, idle[0]


def soak() -> list[str]:
    """Print, say the figures, and return what went wrong."""
    found, idle = measured(len(PEOPLE))
    health, orders_list = p95(found.busy.health), p95(found.busy.orders)
    print(f"  {len(PEOPLE)} people × {LINES} lines: all printed after {found.seconds:.0f} s", flush=True)
    print(f"  idle: {found.idle.told()}; meanwhile: {found.busy.told()}", flush=True)
    print(f"  slowest: /healthz {max(found.busy.health):.2f} s, list {max(found.busy.orders):.2f} s", flush=True)
    print(f"  longest transaction that did nothing: {idle:.1f} s", flush=True)
    limits = (("healthz", health, SLOWEST_HEALTH), ("list", orders_list, SLOWEST_LIST), ("idle", idle, LONGEST_IDLE))
    slow = [f"{name} takes {took:.1f} s while people print" for name, took, most in limits if took > most]
    missing = len(PEOPLE) - len(found.sizes)
    return [*found.idle.faults, *found.busy.faults, *slow, *([f"{missing} files are missing"] if missing else [])]


def longest_idle(address: str, longest: list[float], over: threading.Event) -> None:
    """Note for how long a transaction of the firm stood open at most without doing anything."""
    query = (
        "SELECT max(extract(epoch FROM now() - state_change)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        while not over.wait(SAMPLE_EVERY):
            row = connection.execute(query).fetchone()
            longest[0] = max(longest[0], float(row[0]) if row and row[0] is not None else 0.0)


def prepared(url: str, directory: Path) -> list[int]:
    """Make a firm with large orders of four people; returns their keys."""
    from app.core.db.base import db
    from tests.support.office import Office

    app = firm.build_app(url, directory)
    firm.build_template(app)
    with app.app_context(), force_locale("zh"):
        office: Any = Office()
        found = large_orders(office, 4, LINES)
        db.session.remove()
        db.engine.dispose()
    return found
