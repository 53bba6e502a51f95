"""The interface keeps what it says of itself: Schemathesis reads our description and tries it. quality R8.

CONTRACT_EXAMPLES=100 CONTRACT_SEED=7 .venv/bin/pytest -s tests/hostile/web/test_openapi_contract.py
"""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.config._checks import POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from app.core.appbuilder import Role
from app.core.db.base import db
from app.security.accounts.people import user_named
from app.security.roles import R
from tests.support.office import Office

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "3"))
SEED = int(os.environ.get("CONTRACT_SEED", "20261124"))
IS_LONG = "CONTRACT_EXAMPLES" in os.environ
# All but steps, signing in, and one document with lines.
ELSEWHERE = r"^(GET|PUT|DELETE) |^POST /api/v1/(?!sales_order/)\w+/$"
# Of a socket, which a call within the process has none of.
OF_A_SOCKET = ("max_redirects", "verify", "cert", "proxies")


@pytest.fixture
def within(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the way within the process needs.

    Requests sent a second time, with other credentials, bring options that it refuses. A drawn Idempotency-Key is short
    and comes again and again, which says that a request is one of before: each gets a number.
    """
    real = WSGITransport.send
    numbers = itertools.count()

    def send(self: Any, case: Any, *, session: Any = None, **options: Any) -> Any:
        kept = {name: value for name, value in options.items() if name not in OF_A_SOCKET}
        key = (case.headers or {}).get("Idempotency-Key")
        if isinstance(key, str) and re.fullmatch(r"[!-~]{1,100}", key):
            case.headers["Idempotency-Key"] = f"{key}{next(numbers)}"
        return real(self, case, session=session, **kept)

    monkeypatch.setattr(WSGITransport, "send", send)


@pytest.fixture
def token(office: Any, furnished: dict[str, int], api_as: Any) -> str:
    """Of the general manager, who holds every role here: nothing ends at a missing right."""
    every = list(db.session.scalars(sa.select(Role).where(Role.name.in_([str(role) for role in R]))))
    office.admin.changes(user_named(db.session(), "boss"), roles=every)
    db.session.remove()
    return str(api_as("boss").headers["Authorization"]).removeprefix("Bearer ")


def configuration(token: str) -> SchemathesisConfig:
    """Every check there is, on examples, on each edge of each schema, on drawn values, on calls that follow each other.

    One status is added to one check: 422 is no fault where the body is as described. A schema knows no other rows:
    that the day of shipping is not before the day of signing, that there is such a label, such a state.
    Edges are 30,000 requests: all of them are left to the long run; drawn values are tried everywhere.
    """
    accepted = [*POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES, "422"]
    edges = {"include-name-regex": ELSEWHERE, "phases": {"coverage": {"enabled": IS_LONG}}}
    return SchemathesisConfig.from_dict({
        "seed": SEED,
        "auth": {"openapi": {"bearer": {"bearer": token}}},
        "headers": {"Accept-Encoding": "identity"},
        "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none", "no-shrink": True},
        "checks": {"positive_data_acceptance": {"expected-statuses": accepted}},
        "operations": [edges],
        "continue-on-failure": True,
        "cache": {"enabled": False},
    })  # fmt: skip


class Run:
    """What came of it."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.phases: Counter[str] = Counter()
        self.checks: set[str] = set()
        self.accepted: set[str] = set()
        self.faults: dict[tuple[str, str], str] = {}

    def note(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.NonFatalError | events.FatalError):
            self.faults["error", type(event).__name__] = str(getattr(event, "info", "") or event.__dict__)
        if not isinstance(event, events.ScenarioFinished):
            return
        recorder = event.recorder
        answers = {key: each.response for key, each in recorder.interactions.items() if each.response}
        self.statuses.update(answer.status_code for answer in answers.values())
        self.phases[event.phase.value] += len(answers)
        self.accepted |= {
            recorder.cases[key].value.operation.label for key, a in answers.items() if a.status_code < 300
        }
        for key, checks in recorder.checks.items():
            self.checks |= {check.name for check in checks}
            for name, told in _failed(checks):
                answer = answers[key].content[:400].decode("utf-8", "replace") if key in answers else ""
                self.faults.setdefault((name, recorder.cases[key].value.operation.label), f"{told}\n{answer}")


def _failed(checks: list[Any]) -> Iterator[tuple[str, str]]:
    for check in checks:
        if check.failure_info is not None:
            failure = check.failure_info.failure
            yield check.name, f"{failure.title}: {failure.message}\n{check.failure_info.code_sample}"


@pytest.mark.committed  # each call is a thread of its own
def test_every_answer_is_as_described(lenient: Flask, token: str, within: None) -> None:
    """quality R8: statuses, types, shapes, headers, methods, who must be signed in, what is refused, what is gone."""
    print(f"\nCONTRACT_SEED={SEED} CONTRACT_EXAMPLES={EXAMPLES}")
    answer = lenient.test_client().get("/api/v1/_openapi", headers={"Authorization": f"Bearer {token}"})
    schema = schemathesis.openapi.from_dict(answer.get_json(), config=configuration(token))
    schema.app = lenient
    run = Run()
    for event in from_schema(schema).execute():
        run.note(event)
    print(dict(sorted(run.statuses.items())), dict(run.phases), f"{len(run.accepted)} operations done")
    told = [f"{check} · {operation}\n{text}" for (check, operation), text in run.faults.items()]
    assert not told, f"{len(told)}\n" + "\n\n".join(told[:12])
    load_all_checks()
    assert run.checks >= set(CHECKS.get_all_names())
    assert len(run.accepted) > 30, f"too few calls get as far as being done: {sorted(run.accepted)}"
    with lenient.app_context():
        assert Office().mismatches() == []
