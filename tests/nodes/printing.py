"""Several people have large orders printed at one node, while others ask it whether it lives and open the list."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.nodes.callers import Browser, hidden
from tests.support.waiting import until

# Who prints whose order: the first four their own, their superiors and finance those of the others.
PEOPLE = ("lin", "zhou", "xu", "ma", "manager", "director", "boss", "finance")
OWNERS = PEOPLE[:4]
LIST = "/salesorder/list/"
PAUSE = 0.02  # seconds between two questions
LOOK_EVERY = 0.5  # seconds between two looks at a file in the making


@dataclass
class Answers:
    """How long a node took to answer, in seconds; what was answered otherwise than with 200 is a fault."""

    health: list[float] = field(default_factory=list)
    orders: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def told(self) -> str:
        return f"/healthz {p95(self.health) * 1000:.0f} ms, order list {p95(self.orders) * 1000:.0f} ms (p95)"


def p95(times: Sequence[float]) -> float:
    return sorted(times)[int((len(times) - 1) * 0.95)] if times else 0.0


def large_orders(office: Any, count: int, lines: int) -> list[int]:
    """Keys of approved orders of so many lines, one for each of the first people."""
    goods = [office.product(f"内六角圆柱头螺钉 {n}") for n in range(min(lines, 50))]
    wanted = [(goods[n % len(goods)], "2") for n in range(lines)]
    return [office.approved(OWNERS[n], wanted).id for n in range(min(count, len(OWNERS)))]


def asked(address: str, reader: Browser, over: threading.Event, answers: Answers) -> None:
    """Ask in turn whether the node lives and for the list of orders, until it is over."""
    while not over.is_set():
        lists = lambda: reader.open(address + LIST)  # noqa: E731
        for times, ask in ((answers.health, lambda: _alive(address)), (answers.orders, lists)):
            began = time.monotonic()
            try:
                ask()
            except Exception as error:
                answers.faults.append(f"{type(error).__name__}: {error}"[:200])
            times.append(time.monotonic() - began)
        over.wait(PAUSE)


def _alive(address: str) -> None:
    with urllib.request.urlopen(f"{address}/healthz", timeout=90) as answer:
        assert answer.status == 200


def printed(address: str, person: Browser, order: int) -> int:
    """Have an order printed as a person does, and wait for its file; returns its size."""
    place = f"{address}/salesorder/pdf/{order}"
    person.send(place, hidden(person.open(place)))
    page = person.at

    def made() -> bool:
        time.sleep(LOOK_EVERY)
        told = json.loads(person.open(f"{page}/status"))
        assert told["state"] != "failed", told
        return bool(told["state"] == "done")

    until(made, f"{page} is not there", patience=600)
    with person.opener.open(f"{page}/file", timeout=60) as answer:
        content: bytes = answer.read()
    assert content.startswith(b"%PDF-")
    return len(content)


@dataclass
class Outcome:
    """What was answered on an idle node, and while the orders were printed, which took so many seconds."""

    idle: Answers
    busy: Answers
    seconds: float
    sizes: list[int]

    def ratio(self, times: Sequence[float]) -> float:
        """Return how long an answer takes (p95), as a part of the time that all was printed in."""
        return p95(times) / self.seconds


def print_together(address: str, orders: Sequence[int], people: int, idle_for: float) -> Outcome:
    """Let so many people have an order printed at the same moment, and ask around meanwhile."""
    reader = Browser(address, "director")
    printers = [Browser(address, login) for login in PEOPLE[:people]]
    outcome = Outcome(Answers(), Answers(), 0.0, [])
    over = threading.Event()
    idle = threading.Thread(target=asked, args=(address, reader, over, outcome.idle))
    idle.start()
    over.wait(idle_for)
    over.set()
    idle.join()
    over.clear()
    watching = threading.Thread(target=asked, args=(address, reader, over, outcome.busy))
    watching.start()
    began = time.monotonic()

    def prints(person: Browser, order: int) -> None:
        try:
            outcome.sizes.append(printed(address, person, order))
        except BaseException as error:
            outcome.busy.faults.append(f"{type(error).__name__}: {error}"[:300])

    threads = [
        threading.Thread(target=prints, args=(person, orders[n % len(orders)])) for n, person in enumerate(printers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.monotonic() - began
    over.set()
    watching.join()
    return outcome
