"""Mixed load on one served node: what people do all day, and what it costs over time. quality.md R23."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa
from flask_babel import force_locale

from app.core.actor import Actor
from app.rest.resources import resources
from app.security.policy import visible
from tests.nodes.callers import Browser, Caller
from tests.nodes.servers import Node, descendants, programs, settings_of
from tests.nodes.stories import PEOPLE, keyed_calls, one_order
from tests.support import firm
from tests.support.services import postgresql, private_directory

CLIENTS = int(os.environ.get("SOAK_CLIENTS", "6"))
SAMPLE_EVERY = 5.0  # seconds
PARTS = 4  # the first is for warming up
# In minutes Python still fills its pools, and others use the machine; over hours ask for 0.05 and 0.10.
RSS_DRIFT = float(os.environ.get("SOAK_RSS_DRIFT", "0.10"))
P95_DRIFT = float(os.environ.get("SOAK_P95_DRIFT", "1.00"))


@dataclass(frozen=True)
class Prepared:
    """What is asked for: the key of a product that is sold, addresses of pages, and REST lists."""

    product: int
    pages: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass
class Figures:
    """What was seen: (seconds since the beginning, seconds it took), (…, MB), (…, connections)."""

    began: float = field(default_factory=time.monotonic)
    times: list[tuple[float, float]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    connections: list[tuple[float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    orders: int = 0

    def now(self) -> float:
        return time.monotonic() - self.began


def resident(pid: int) -> float:
    """MB of a process and those below it, pages they share counted once for each."""
    pages = 0
    for one in [pid, *descendants(pid)]:
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def work(figures: Figures, address: str, ready: Prepared, n: int, seed: int, over: threading.Event) -> None:
    """One client: pages mostly, an order every now and then."""
    draw = random.Random(seed)
    people = {login: Caller([address], login) for login in PEOPLE}
    browser, count = Browser(address, "lin"), 0
    while not over.is_set():
        began = time.monotonic()
        try:
            if draw.random() < 0.1:
                count += 1
                one_order(keyed_calls(people, f"soak-{n}-{count}"), ready.product, 1, f"长跑{n}-{count}-")
                figures.orders += 1
                continue  # nine calls, not one
            if draw.random() < 0.3:
                people["lin"].get(draw.choice(ready.resources))
            else:
                browser.open(address + draw.choice(ready.pages))
            figures.times.append((figures.now(), time.monotonic() - began))
        except Exception as error:
            figures.faults.append(f"{type(error).__name__}: {error} {getattr(error, 'url', '')}"[:200])
        over.wait(draw.random() * 0.1)


def sample(figures: Figures, pid: int, address: str, over: threading.Event) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(address, autocommit=True) as connection:
        while not over.wait(SAMPLE_EVERY):
            figures.memory.append((figures.now(), resident(pid)))
            row = connection.execute(query).fetchone()
            figures.connections.append((figures.now(), float(row[0]) if row else 0.0))


def part(found: list[tuple[float, float]], n: int, seconds: float) -> list[float]:
    return sorted(value for at, value in found if n * seconds / PARTS <= at < (n + 1) * seconds / PARTS)


def at(values: list[float], share: float) -> float:
    return values[int((len(values) - 1) * share)] if values else 0.0


def told(figures: Figures, seconds: float) -> list[str]:
    """A line per part, and one of drifts; what drifts too far is a fault."""
    for n in range(PARTS):
        times, memory = part(figures.times, n, seconds), part(figures.memory, n, seconds)
        connections = part(figures.connections, n, seconds)
        p50, p95 = (at(times, share) * 1000 for share in (0.5, 0.95))
        print(
            f"  part {n}: {len(times)} requests, p50 {p50:.0f} ms, p95 {p95:.0f} ms,"
            f" RSS {at(memory, 0.5):.0f} MB, connections {at(connections, 1):.0f}",
            flush=True,
        )
    faults = [f"{times} times {what}" for what, times in Counter(figures.faults).items()]
    for name, found, share, allowed in (
        ("RSS", figures.memory, 0.5, RSS_DRIFT), ("p95", figures.times, 0.95, P95_DRIFT),
        ("connections", figures.connections, 1.0, 0.25),
    ):  # fmt: skip
        first, last = (at(part(found, n, seconds), share) for n in (1, PARTS - 1))
        drift = last / first - 1 if first else 0.0
        print(f"  drift of {name}: {drift:+.1%} (at most {allowed:.0%})", flush=True)
        if drift > allowed:
            faults.append(f"{name} drifts by {drift:.1%}")
    return faults


def soak(seconds: float, seed: int) -> list[str]:
    """Load one node for so long; what went wrong."""
    with programs() as stack:
        directory = stack.enter_context(private_directory())
        databases = firm.PostgresqlDatabases(stack.enter_context(postgresql()))
        ready = prepared(databases.url, directory)
        node = Node(stack, settings_of(directory, databases.url))
        node.start()
        node.wait()
        assert node.process is not None
        figures, over = Figures(), threading.Event()
        threads = [
            threading.Thread(target=work, args=(figures, node.address, ready, n, seed + n, over))
            for n in range(CLIENTS)
        ]
        threads.append(threading.Thread(target=sample, args=(figures, node.process.pid, _plain(databases.url), over)))
        for thread in threads:
            thread.start()
        over.wait(seconds)
        over.set()
        for thread in threads:
            thread.join(60)
        print(f"mixed load: {seconds:.0f} s, {CLIENTS} clients, {len(figures.times)} requests, {figures.orders} orders")
        return told(figures, seconds) + mismatches(databases.url, directory)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def prepared(url: str, directory: Path) -> Prepared:
    """A firm with goods and an order, and all that its salesperson may read of it."""
    from app.core.db.base import db
    from tests.support.office import Office

    app = firm.build_app(url, directory)
    firm.build_template(app)
    with app.app_context(), force_locale("zh"):
        office: Any = Office()
        product: int = office.stocked("1000000", price="20")[0].id
        office.approved("lin", [(office.product(), "1")])
        actor = office.lin.actor
        found = Prepared(product, tuple(pages_of(actor)), tuple(resources_of(actor)))
        db.session.remove()
        db.engine.dispose()
        return found


def pages_of(actor: Actor) -> Iterator[str]:
    """The desk, a search, and of each model this person may read the list, a quick search and a record."""
    from app.core.db.base import db
    from tests.support.everything import VIEWS

    yield from ("/", "/search?q=wjd")
    for model, view in VIEWS.items():
        if not actor.may("read", model):
            continue
        yield from (f"{view.route_base}/list/", f"{view.route_base}/list/?{urlencode({'q': '五金'})}")
        if key := db.session.scalar(visible(sa.select(model.id), model, actor).limit(1)):
            yield f"{view.route_base}/show/{key}"


def resources_of(actor: Actor) -> Iterator[str]:
    """The lists of the REST interface that this person may read."""
    return (f"{resource.name}/" for resource in resources() if actor.may("read", resource.model))


def mismatches(url: str, directory: Path) -> list[str]:
    from tests.support.office import Office

    with firm.build_app(url, directory).app_context():
        return Office().mismatches()
