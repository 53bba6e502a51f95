"""What a node stands on fails: the database, Redis, the disk. What was acknowledged stays; work goes on afterwards."""

from __future__ import annotations

import os
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import event

from app.core.db.base import db
from app.models.customers.customer import Customer
from app.models.system.import_batch import BatchState, ImportBatch
from tests.nodes.callers import Browser, Caller, hidden
from tests.nodes.durable import Postgresql
from tests.nodes.servers import Node, programs, settings_of
from tests.nodes.stories import PEOPLE, Told, keyed_calls, one_order, require_each_once
from tests.nodes.test_two_nodes import batch_after
from tests.support import firm
from tests.support.office import Api, Office
from tests.support.services import free_port
from tests.support.waiting import until
from tests.support.workbooks import many_customers

pytestmark = pytest.mark.committed

ORDERS = int(os.environ.get("OUTAGE_ORDERS", "12"))
KILLS = int(os.environ.get("OUTAGE_KILLS", "2"))


def asked(address: str, opener: Any = None) -> tuple[int, str]:
    try:
        with (opener or urllib.request.build_opener()).open(address, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def lose_database(database: Postgresql, node: Node, draw: random.Random, told: list[Told]) -> None:
    """Killed in the middle of work, again and again; meanwhile a page says so in words."""
    opener = Browser(node.address, "lin").opener
    for n in range(KILLS):
        until(lambda: len(told) > n * ORDERS // (KILLS + 1), f"{len(told)} orders before outage {n}")  # noqa: B023
        time.sleep(draw.random() / 4)
        database.kill()
        status, page = asked(f"{node.address}/customer/list/", opener)
        assert (status, "<h1>暂时无法使用</h1>" in page, "Traceback" in page) == (503, True, False), page[:2000]
        assert asked(f"{node.address}/healthz")[0] == 200
        assert asked(f"{node.address}/readyz")[0] == 503
        database.start()


@pytest.mark.postgresql
def test_postgresql_killed_in_the_middle_loses_nothing_that_was_acknowledged(tmp_path: Path, say: Any) -> None:
    """R6: orders by four people while the whole server is killed and comes back by itself."""
    seed = int(os.environ.get("RACES_SEED") or random.randrange(10**6))
    with programs() as stack:
        database = Postgresql(stack)
        node = Node(stack, settings_of(tmp_path, database.url))
        app = firm.build_app(database.url, tmp_path)
        firm.build_template(app)
        stack.enter_context(app.app_context())
        stack.enter_context(force_locale("zh"))
        stack.callback(lambda: (db.session.remove(), db.engine.dispose()))
        office = Office()
        product = office.stocked("1000", price="20")[0].id
        db.session.rollback()
        node.start()
        node.wait()
        told: list[Told] = []

        def one(n: int) -> int:
            people = {login: Caller([node.address], login) for login in PEOPLE}
            told.append(one_order(keyed_calls(people, f"outage-{n}"), product, 2, f"停电{n}-"))
            return sum(person.retried for person in people.values())

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(one, n) for n in range(ORDERS)]
            lose_database(database, node, random.Random(seed), told)
            retried = sum(found.result(120) for found in asking)
        say(f"seed {seed}: {len(told)} orders over {KILLS} kills of PostgreSQL, {retried} calls sent again")
        assert retried > 0
        db.session.rollback()
        db.engine.dispose()
        require_each_once(told, "停电")
        assert office.mismatches() == []


def signed_in_at(address: str) -> dict[str, Caller]:
    """Everybody with a token, or nobody while the node is not up."""
    try:
        return {login: Caller([address], login) for login in PEOPLE}
    except AssertionError:
        return {}


def test_without_redis_the_site_works_and_jobs_wait_in_the_database(
    office: Office, databases: Any, tmp_path: Path
) -> None:
    """R6: Redis is set and silent: orders go on, the node runs the import itself; the probe names what is missing."""
    product = office.stocked("100", price="20")[0].id
    db.session.rollback()
    with programs() as stack:
        node = Node(stack, settings_of(tmp_path, databases.url, f"redis://127.0.0.1:{free_port()}/0"), processes=1)
        node.start()
        people = until(lambda: signed_in_at(node.address), "the node serves people")
        status, parts = asked(f"{node.address}/readyz")
        assert (status, "ConnectionError" in parts) == (503, True), parts
        told = one_order(keyed_calls(people, "no-redis"), product, 1, "无队列-")
        browser = Browser(node.address, "admin")
        page = browser.open(f"{node.address}/import/")
        content = many_customers(100)
        browser.send(f"{node.address}/import/upload", hidden(page) | {"kind": "customers"}, ("客户.xlsx", content))
        batch_id = int(browser.at.rpartition("/")[2])
        assert batch_after(batch_id, BatchState.checked, BatchState.failed) == "checked"
        browser.send(f"{browser.at}/run", hidden(browser.open(browser.at)) | {"mode": "valid"})
        assert batch_after(batch_id, BatchState.done, BatchState.failed) == "done"
    require_each_once([told], "无队列")
    assert db.session.get_one(ImportBatch, batch_id).accepted == 100
    assert office.mismatches() == []


@contextmanager
def disk(trouble: str) -> Iterator[None]:
    """SQLite can write no page more, or nothing at all; the errors are those of a full and of a read-only disk."""

    def begin(connection: Any) -> None:
        if trouble == "full":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        else:
            connection.exec_driver_sql("PRAGMA query_only = ON")

    db.session.remove()
    event.listen(db.engine, "begin", begin)
    try:
        yield
    finally:
        event.remove(db.engine, "begin", begin)
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("trouble", ["full", "read_only"])
def test_a_disk_that_takes_nothing_more(
    app: Flask, office: Office, api_as: Callable[[str], Api], client_as: Callable[[str], Any], trouble: str
) -> None:
    """R6: reading goes on, a post is refused in words and leaves nothing; with room again it goes through."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the disk of SQLite")
    product = office.stocked("1000")[0]
    key = product.id
    db.session.rollback()
    lin, browser = api_as("lin"), client_as("lin")
    lines = [{"product": key, "quantity": "1", "unit_price": "20"}] * 60
    customer = lin.post("customer/", {"kind": "company", "name": "满盘五金店"})[1]["id"]
    body = {
        "customer": customer, "subject": "满盘", "signed_on": "2026-11-02", "latest_ship_on": "2026-12-01",
        "lines": lines,
    }  # fmt: skip
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Customer))
    with disk(trouble):
        status, answer = lin.post("sales_order/", body, Idempotency_Key="full")
        assert (status, answer["code"]) == (503, "unavailable")
        assert answer["message"]
        assert "sqlite" not in str(answer).lower()
        page = browser.get("/customer/list/")
        assert (page.status_code, "满盘五金店" in page.text) == (200, True)
    assert office.mismatches() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == before
    db.session.rollback()
    assert lin.post("sales_order/", body, Idempotency_Key="full")[0] == 201
    assert office.mismatches() == []
