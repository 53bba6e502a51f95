"""Two nodes, two workers, one PostgreSQL, one Redis: any of them may be lost, and nothing is lost or done twice."""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from app.core.db.base import db
from app.core.jobs.jobs import Job, JobState
from app.models.customers.customer import Customer
from app.models.products.product import Product
from app.models.system.import_batch import BatchState, ImportBatch, ImportBatchRow
from tests.nodes.callers import Browser, Caller, hidden
from tests.nodes.servers import BIN, ROOT, Node, Worker, programs, settings_of
from tests.nodes.stories import PEOPLE, Told, keyed_calls, one_order, require_each_once
from tests.support import services
from tests.support.office import Office
from tests.support.waiting import until
from tests.support.workbooks import many_customers

pytestmark = [pytest.mark.postgresql, pytest.mark.committed]

ORDERS = int(os.environ.get("NODES_ORDERS", "16"))
ROWS = int(os.environ.get("NODES_ROWS", "4000"))
CLIENTS = 4


@dataclass
class Firm:
    """The programs of one firm, and where its people call."""

    nodes: list[Node]
    workers: list[Worker]

    @property
    def addresses(self) -> list[str]:
        return [node.address for node in self.nodes]


@pytest.fixture(scope="module")
def served(_app: Flask, databases: Any) -> Iterator[Firm]:
    """Both nodes answer; the workers come when they come. Starting all this takes a while, so one for all stories."""
    with _app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.renew()
    with programs() as stack:
        directory = stack.enter_context(services.private_directory())
        environment = settings_of(directory, databases.url, stack.enter_context(services.redis()))
        firm = Firm([Node(stack, environment) for _n in range(2)], [Worker(stack, environment) for _n in range(2)])
        for program in (*firm.nodes, *firm.workers):
            program.start()
        for node in firm.nodes:
            node.wait()
        yield firm


@pytest.fixture
def office(served: Firm, _app: Flask) -> Iterator[Office]:
    """The cast on the served firm's database."""
    with _app.app_context(), force_locale("zh"):
        yield Office()
        db.session.remove()
        db.engine.dispose()


class Crowd:
    """A few people who enter orders at the same time and never give one up."""

    def __init__(self, addresses: list[str], product: int, seed: int) -> None:
        self.addresses = addresses
        self.product = product
        self.seed = seed
        self.quantities: list[int] = []
        self.told: list[Told] = []
        self.numbers = itertools.count()
        self.may_end = threading.Event()
        self.retried = 0

    def one(self, n: int) -> None:
        quantity = random.Random(self.seed + n).randint(1, 9)
        people = {login: Caller(self.addresses, login) for login in PEOPLE}
        subject = f"双机{n}-"
        self.told.append(one_order(keyed_calls(people, f"two-nodes-{n}"), self.product, quantity, subject))
        self.quantities.append(quantity)
        self.retried += sum(person.retried for person in people.values())

    def go_on(self, _client: int) -> None:
        """So many orders in all, and until everything has been lost that is to be lost."""
        while (n := next(self.numbers)) < ORDERS or not self.may_end.is_set():
            self.one(n)

    def work(self) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self.go_on, range(CLIENTS)))


def uploaded(browser: Browser, node: str) -> str:
    """A workbook sent at one node; the path of its batch."""
    page = browser.open(f"{node}/import/")
    browser.send(f"{node}/import/upload", hidden(page) | {"kind": "customers"}, ("客户.xlsx", many_customers(ROWS)))
    found = re.search(r"/import/\d+", browser.at)
    assert found, browser.at
    return found[0]


def batch_after(batch_id: int, *states: BatchState, rows: int = 0) -> str:
    """Its state once it has one of these, or has got so far."""
    query = sa.select(ImportBatch.state, ImportBatch.checkpoint).where(ImportBatch.id == batch_id)

    def now() -> tuple[str, int]:
        state, checkpoint = db.session.execute(query).one()
        db.session.rollback()
        return state, checkpoint

    def wanted() -> str:
        state, checkpoint = now()
        return str(state) if state in states or (rows and checkpoint >= rows) else ""

    return until(wanted, lambda: "still {} at row {}".format(*now()))


def press_import(browser: Browser, nodes: list[str], path: str) -> int:
    """Checked at whoever ran it; the button is on the other node."""
    batch_id = int(path.rpartition("/")[2])
    batch_after(batch_id, BatchState.checked)
    browser.send(f"{nodes[1]}{path}/run", hidden(browser.open(f"{nodes[0]}{path}")) | {"mode": "valid"})
    return batch_id


def lose_one_of_each(firm: Firm, batch_id: int) -> None:
    """The worker that runs the import, and a node; then, when that one is back, the other node."""
    batch_after(batch_id, BatchState.done, rows=ROWS // 6)
    for worker in firm.workers:
        worker.kill()
    firm.workers[0].start()
    for lost in firm.nodes:
        lost.kill()
        time.sleep(0.5)
        lost.start()
        lost.wait()
    firm.workers[1].start()


def require_imported_once(batch_id: int, others: int) -> None:
    """Every row of the workbook is one customer; the job has ended, and none is stuck."""
    assert batch_after(batch_id, BatchState.done, BatchState.failed, BatchState.interrupted) == "done"
    batch = db.session.get_one(ImportBatch, batch_id)
    made = sa.select(sa.func.count(), sa.func.count(sa.distinct(ImportBatchRow.record_id))).where(
        ImportBatchRow.batch_id == batch_id, ImportBatchRow.model == "customer"
    )
    assert db.session.execute(made).one() == (ROWS, ROWS)
    assert (batch.accepted, batch.refused, batch.rows_done) == (ROWS, 0, ROWS)
    customers = sa.select(sa.func.count(), sa.func.count(sa.distinct(Customer.number)))
    assert db.session.execute(customers).one() == (ROWS + others, ROWS + others)
    until(lambda: not jobs_left(), jobs_left)


def jobs_left() -> list[tuple[Any, ...]]:
    """Jobs that have not ended, and how they stand."""
    found = db.session.execute(sa.select(Job.kind, Job.state, Job.failure).where(Job.state != JobState.done)).all()
    db.session.rollback()
    return [tuple(row) for row in found]


def test_a_person_may_be_sent_to_another_node_with_every_request(served: Firm, office: Any) -> None:
    """A session, a form's tokens and a file belong to the firm, not to a node; the same form twice is saved once."""
    one, two = served.addresses
    browser = Browser(one, "lin")
    tokens = hidden(browser.open(f"{two}/customer/add"))
    given = tokens | {"name": "来回五金店", "kind": "company"}
    for address in (one, two, one):
        browser.send(f"{address}/customer/add", given)
        assert "/customer/show/" in browser.at
    found = db.session.scalars(sa.select(Customer).where(Customer.name == "来回五金店")).one()
    assert "来回五金店" in browser.open(f"{two}/customer/show/{found.id}")
    lin = Caller(served.addresses, "lin")
    assert {lin.get(f"customer/{found.id}")["result"]["name"] for _n in range(4)} == {"来回五金店"}


def test_any_node_and_any_worker_may_be_lost(served: Firm, office: Any, say: Any) -> None:
    """R5, R6: orders by four people at once and an import, while each node in turn and the workers are killed."""
    seed = int(os.environ.get("RACES_SEED", str(random.randrange(10**6))))
    product = office.stocked("100000", price="20")[0].id
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Customer))
    db.session.rollback()
    browser = Browser(served.addresses[0], "admin")
    path = uploaded(browser, served.addresses[1])
    crowd = Crowd(served.addresses, product, seed)
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        orders = pool.submit(crowd.work)
        try:
            batch_id = press_import(browser, served.addresses, path)
            lose_one_of_each(served, batch_id)
        finally:
            crowd.may_end.set()
        orders.result(180)
    seconds = time.monotonic() - began
    say(f"seed {seed}: {len(crowd.told)} orders in {seconds:.1f} s, {crowd.retried} calls sent again")

    assert len(crowd.told) >= ORDERS
    assert crowd.retried > 0
    require_each_once(crowd.told, "双机")
    require_imported_once(batch_id, before + len(crowd.told))
    assert office.on_hand(db.session.get_one(Product, product)) == 100000 - sum(crowd.quantities)
    environment = {**os.environ, **served.nodes[0].environment}
    command = [str(BIN / "flask"), "--app", "run", "crm", "verify"]
    verified = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
