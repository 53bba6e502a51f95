"""`kill -9` in the middle of every posting and of a job: afterwards all of it happened, or nothing, and it goes on."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db
from app.core.jobs.jobs import Job, JobState
from app.models.money.payment import Payment
from app.models.sales.sales_order import SalesOrder
from app.models.system.import_batch import BatchState, ImportBatch, ImportBatchRow
from tests.nodes.callers import LOST, Browser, Caller, hidden
from tests.nodes.servers import Node, programs, settings_of
from tests.nodes.stories import PEOPLE, Told, one_order, require_each_once
from tests.nodes.test_two_nodes import batch_after
from tests.support.waiting import until
from tests.support.workbooks import many_customers

pytestmark = pytest.mark.committed

ORDERS = int(os.environ.get("KILL_ORDERS", "3"))
JOBS = int(os.environ.get("KILL_JOBS", "2"))
ROWS = 600


@pytest.fixture
def node(app: Flask, databases: Any, tmp_path: Path) -> Iterator[Node]:
    """One process that serves and runs jobs, and is started again by its master when it dies."""
    with programs() as stack:
        environment = settings_of(tmp_path, databases.url) | {"FAULT_FILE": str(tmp_path / "fault")}
        found = Node(stack, environment, processes=1, conf="tests/nodes/faults.py")
        found.start()
        found.wait()
        yield found


class Fatal:
    """Calls that first kill the process somewhere, then are sent again with the same key."""

    def __init__(self, node: Node, seed: int) -> None:
        self.people = {login: Caller([node.address], login) for login in PEOPLE}
        self.draw = random.Random(seed)
        self.statements: dict[int, int] = {}  # of each step, as the first order needed them
        self.killed: list[tuple[int, str]] = []
        self.order = 0

    def __call__(self, who: str, path: str, body: dict[str, Any], n: int) -> Any:
        key, person = f"fatal-{self.order}-{n}", self.people[who]
        if n not in self.statements:
            answer = person.done(path, body, key)
            self.statements[n] = int(person.answered["X-Statements"])
            return answer
        fault = self.fault(n)
        try:
            answered = person.once("POST", path, body, **{"Idempotency-Key": key, "X-Fault": fault})
        except LOST:
            self.killed.append((n, fault))
        else:
            raise AssertionError(f"step {n} outlived {fault}: {answered}")
        return person.done(path, body, key)

    def fault(self, n: int) -> str:
        """Around the commit every third time each, else at one of the step's statements."""
        kind = (self.order + n) % 3
        if kind < 2:
            return ("before_commit", "after_commit")[kind]
        return str(self.draw.randint(1, self.statements[n]))


def test_a_process_killed_anywhere_in_a_posting_leaves_all_of_it_or_nothing(node: Node, office: Any, say: Any) -> None:
    """R5: nine postings an order, each killed once at a drawn point, then sent again."""
    seed = int(os.environ.get("RACES_SEED", str(random.randrange(10**6))))
    there = sum(range(1, ORDERS + 2)) + 10
    product = office.stocked(str(there), price="20")[0]
    key = product.id
    db.session.rollback()
    fatal, told = Fatal(node, seed), list[Told]()
    for fatal.order in range(ORDERS + 1):
        told.append(one_order(fatal, key, fatal.order + 1, f"断电{fatal.order}-"))
        assert office.mismatches() == []
    say(f"seed {seed}: killed {len(fatal.killed)} times")
    assert len(fatal.killed) == 9 * ORDERS
    require_each_once(told, "断电")
    assert office.on_hand(product) == 10
    void_killed(fatal, told[0])
    assert office.mismatches() == []


def job_over(job_id: int | None) -> None:
    """Its runner has written down that it ended, which comes a moment after what it did."""

    def is_over() -> bool:
        state = db.session.execute(sa.select(Job.state).where(Job.id == job_id)).scalar_one()
        db.session.rollback()
        return bool(state == JobState.done)

    until(is_over, "the job's end")


def void_killed(fatal: Fatal, told: Told) -> None:
    """Taking money back, too: before the commit nothing of it, after it all."""
    db.session.rollback()
    person, path, body = fatal.people["finance"], f"payment/{told.payment}/void", {"reason": "记错"}
    for fault, state, received in (("before_commit", "recorded", 20), ("after_commit", "voided", 0)):
        with pytest.raises(LOST):
            person.once("POST", path, body, **{"Idempotency-Key": "void-1", "X-Fault": fault})
        db.session.rollback()
        assert db.session.get_one(Payment, told.payment).state == state
        assert db.session.get_one(SalesOrder, told.id).received == received
        db.session.rollback()
    assert person.done(path, body, "void-1")["state"] == "voided"


def test_an_import_killed_anywhere_goes_on_where_it_was(node: Node, office: Any, tmp_path: Path) -> None:
    """R5: the process that checks and imports a workbook dies again and again; each row comes in once."""
    seed = int(os.environ.get("RACES_SEED", str(random.randrange(10**6))))
    draw = random.Random(seed)
    browser = Browser(node.address, "admin")
    for n in range(JOBS):
        db.session.rollback()
        (tmp_path / "fault").write_text(str(draw.randint(3, 20)))
        page = browser.open(f"{node.address}/import/")
        content = many_customers(ROWS, seed=n + 1)
        browser.send(f"{node.address}/import/upload", hidden(page) | {"kind": "customers"}, ("客户.xlsx", content))
        batch_id = int(browser.at.rpartition("/")[2])
        batch_after(batch_id, BatchState.checked)
        job_over(db.session.get_one(ImportBatch, batch_id).job_id)  # the next death is the next job's
        (tmp_path / "fault").write_text(str(draw.randint(3, 25)))
        browser.send(f"{browser.at}/run", hidden(browser.open(browser.at)) | {"mode": "valid"})
        assert batch_after(batch_id, BatchState.done, BatchState.failed) == "done"
        assert not (tmp_path / "fault").exists(), f"seed {seed}: nobody died"
        batch = db.session.get_one(ImportBatch, batch_id)
        rows = sa.select(ImportBatchRow.sheet_row).where(
            ImportBatchRow.batch_id == batch_id, ImportBatchRow.model == "customer"
        )
        assert len(set(db.session.scalars(rows))) == len(list(db.session.scalars(rows))) == batch.accepted
        assert db.session.get_one(Job, batch.job_id).attempts > 1
    assert office.mismatches() == []
