"""Whatever is sent to whatever address by whomever: an answer below 500, and nothing told of the inside. quality R8.

HOSTILE_REQUESTS=10000 HOSTILE_SEED=7 .venv/bin/pytest -s tests/hostile/input/test_any_input.py
"""

from __future__ import annotations

import logging
import os
import random
import re
import traceback
from typing import Any

import pytest
from flask import Flask

from tests.hostile.asking import Known, Route, Stranger, asked, leaks, routes
from tests.support.everything import distinct_people
from tests.support.office import Office

# Besides one for each route and method.
DRAWN = int(os.environ.get("HOSTILE_REQUESTS", "500"))
SEED = int(os.environ.get("HOSTILE_SEED", "20261124"))
NOBODY = ""
WRITES = re.compile(r"/(add|save|quick|edit/<int:pk>|reset/<int:pk>)$|^/api/v1/\w+/(<pk>/<action>)?$|^/setting/$")
# After these a person may have to sign in anew.
LEAVES = {"SignInView.logout", "SignInView.login", "SignInView.password"}


class Faults(logging.Handler):
    """What the application itself says went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.traces: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.traces.append("".join(traceback.format_exception(record.exc_info[1])[-6:])[-1500:])


def _weight(route: Route) -> int:
    """What is written is drawn more often than what is read: there a value goes furthest."""
    if route.method == "PUT" or WRITES.search(route.rule.rule) and route.method == "POST":
        return 6
    return 2 if route.method == "GET" and route.rule.rule.startswith("/api/") else 1


def _schedule(app: Flask, known: Known, draw: random.Random) -> list[tuple[Route, str]]:
    """Every route once, then routes by their weight; mostly by who may write there, else by anybody and nobody."""
    every = routes(app)
    drawn = draw.choices(every, [_weight(route) for route in every], k=DRAWN)
    found = []
    for route in [*draw.sample(every, len(every)), *drawn]:
        may = known.writers.get(route.base)
        anybody = (*distinct_people(), NOBODY)
        found.append((route, draw.choice(may) if may and draw.random() < 0.6 else draw.choice(anybody)))
    return found


def _sent(person: Stranger, sent: dict[str, Any]) -> tuple[int, str]:
    client = person.client
    if "Cookie" in sent["headers"]:
        client = person.app.test_client(use_cookies=False)
    with client.open(**sent) as answer:
        return answer.status_code, answer.get_data().decode("utf-8", "replace")


@pytest.fixture
def faults(lenient: Flask) -> Any:
    handler = Faults()
    lenient.logger.addHandler(handler)
    yield handler
    lenient.logger.removeHandler(handler)


def _read_forms(person: Stranger, known: Known) -> None:
    """What the forms and bodies hold of whatever this person may write, as they stand."""
    for base in (base for base, writers in known.writers.items() if person.login in writers):
        paths = [f"/{base}/{page}" for page in ("add", f"edit/{known.keys[base][0]}", "list/", "quick")]
        person.read_forms([*paths, *(f"/{base}/show/{key}" for key in known.keys[base][:4])], known)
    person.read_forms(["/setting/", "/import/", "/recycle/list/", "/report/"], known)
    person.read_bodies(known)


def test_no_request_makes_the_system_fail(lenient: Flask, known: Known, faults: Faults) -> None:
    """quality R8: every route × hostile values × people of different rights, and nobody."""
    print(f"\nHOSTILE_SEED={SEED} HOSTILE_REQUESTS={DRAWN}")
    draw = random.Random(SEED)
    schedule = _schedule(lenient, known, draw)
    people = {login: Stranger(lenient, login) for login in (*distinct_people(), NOBODY)}
    for person in people.values():
        if person.login:
            _read_forms(person, known)
    broken: list[str] = []
    statuses: dict[int, int] = {}
    asked_routes: set[str] = set()
    for number, (route, who) in enumerate(schedule):
        person = people[who]
        sent = asked(route, known, person, draw)
        before = len(faults.traces)
        status, text = _sent(person, sent)
        asked_routes.add(str(route))
        statuses[status] = statuses.get(status, 0) + 1
        told = [*leaks(text), *(["500"] if status >= 500 else [])]
        if told:
            trace = "".join(faults.traces[before:])
            broken.append(f"#{number} {route} as {person.login or 'nobody'}: {told}\n{str(sent)[:900]}\n{trace}")
        if route.rule.endpoint in LEAVES or number % 100 == 99:
            for each in people.values():
                each.is_in() or each.sign_in()
    print(dict(sorted(statuses.items())))
    assert not broken, f"{len(broken)} of {len(schedule)}\n" + "\n".join(broken[:12])
    assert asked_routes == {str(route) for route in routes(lenient)}
    assert statuses[200] > len(schedule) * 0.1, "too few requests get as far as a page"
    with lenient.app_context():
        assert Office().mismatches() == []
