"""A node goes on answering while people have large orders printed. docs/performance.md says how quickly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core.db.base import db
from app.views.system.printing import AT_ONCE
from tests.nodes.printing import large_orders, print_together
from tests.nodes.servers import Node, programs, settings_of
from tests.support import services

pytestmark = [pytest.mark.once, pytest.mark.committed]

PEOPLE, LINES = 3, 300


def test_a_node_answers_while_people_have_large_orders_printed(
    app: Flask, databases: Any, office: Any, say: Callable[[str], None]
) -> None:
    """fault F2: nobody waits for the printer, whether they ask for the list of orders or whether the server lives.

    The server was once silent for as long as it printed. Without Redis, with the two processes that `make run` starts.
    """
    assert LINES > AT_ONCE
    orders = large_orders(office, PEOPLE, LINES)
    db.session.remove()
    db.engine.dispose()
    with programs() as stack:
        directory = stack.enter_context(services.private_directory())
        node = Node(stack, settings_of(directory, databases.url))
        node.start()
        node.wait()
        found = print_together(node.address, orders, PEOPLE, idle_for=1.0)
    say(f"{PEOPLE} people × {LINES} lines: {found.seconds:.1f} s; idle: {found.idle.told()}; busy: {found.busy.told()}")
    assert found.idle.faults + found.busy.faults == []
    assert len(found.sizes) == PEOPLE
    assert len(found.busy.health) > 10
    assert found.ratio(found.busy.health) < 0.1
    assert found.ratio(found.busy.orders) < 0.2
