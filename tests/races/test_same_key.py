"""The same thing asked twenty times at once, over REST and by forms: one effect, one answer. quality.md R3."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from app import jobs
from app.core.db import unit_of_work
from app.core.db.base import db
from app.core.record.idempotency import claim
from app.models.customers.customer import Customer
from app.models.sales.sales_order import SalesOrder
from app.models.system.import_batch import ImportBatch
from tests.nodes.stories import one_order, require_each_once
from tests.support.office import Api, Office
from tests.support.pages import Browser
from tests.support.workbooks import many_customers

pytestmark = pytest.mark.committed

TIMES = int(os.environ.get("RACES_TIMES", "20"))
Answer = tuple[int, Any]


def at_once(work: Callable[[], Answer]) -> Answer:
    """The one answer that all got."""
    gate = threading.Barrier(TIMES)

    def one(_n: int) -> Answer:
        gate.wait(30)
        return work()

    with ThreadPoolExecutor(TIMES) as pool:
        answers = list(pool.map(one, range(TIMES)))
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


class Insistent:
    """People who send everything twenty times under one key, then something else under the same key."""

    def __init__(self, app: Flask, api_as: Callable[[str], Api]) -> None:
        self.app = app
        self.api_as = api_as
        self.people: dict[str, Api] = {}
        self.sent = 0

    def __call__(self, who: str, path: str, body: dict[str, Any], _n: int = 0) -> Any:
        if who not in self.people:
            self.people[who] = self.api_as(who)
        person, self.sent = self.people[who], self.sent + 1
        headers = person.headers | {"Idempotency-Key": f"insistent-{self.sent}"}

        def call(given: dict[str, Any]) -> Answer:
            answer = self.app.test_client().post(f"/api/v1/{path}", json=given, headers=headers)
            return answer.status_code, answer.get_json()

        status, answer = at_once(lambda: call(body))
        assert status in (200, 201), (path, answer)
        other = call(body | {"remark": "别的内容"})
        assert (other[0], other[1]["code"]) == (422, "key_reused"), (path, other)
        return answer


@pytest.fixture
def insist(app: Flask, api_as: Callable[[str], Api]) -> Insistent:
    return Insistent(app, api_as)


def test_every_posting_of_an_order_over_rest(app: Flask, office: Office, insist: Insistent) -> None:
    """R3: create, submit, approve, plan, issue, confirm, ship, pay; then sign and void."""
    product = office.stocked("100", price="20")[0]
    key = product.id
    db.session.rollback()
    told = one_order(insist, key, 3, "坚持-")
    require_each_once([told], "坚持-")
    db.session.rollback()
    insist("keeper", f"shipment/{told.shipment}/sign", {"signed_by": "王明"})
    insist("finance", f"payment/{told.payment}/void", {"reason": "记错"})
    assert (office.on_hand(product), office.reserved(product), office.mismatches()) == (97, 0, [])


def test_every_way_back_over_rest(app: Flask, office: Office, insist: Insistent) -> None:
    """R3: withdraw, reject, revoke, stop, reopen, finish, cancel: each once, however often it is sent."""
    product = office.stocked("100", price="20")[0]
    at = f"sales_order/{office.order('lin', [(product, '4')]).id}"
    db.session.rollback()
    for who, action, body in (
        ("lin", "submit", {}), ("lin", "withdraw", {}), ("lin", "submit", {}), ("director", "reject", {"reason": "贵"}),
        ("lin", "submit", {}), ("director", "approve", {}), ("director", "revoke", {}), ("lin", "submit", {}),
        ("director", "approve", {}), ("lin", "stop", {"reason": "缺货"}), ("lin", "reopen", {}), ("lin", "finish", {}),
        ("lin", "reopen", {}),
    ):  # fmt: skip
        insist(who, f"{at}/{action}", body)
    issue = insist("lin", f"{at}/issue", {})["created"][0]["id"]
    insist("keeper", f"goods_issue/{issue}/confirm", {})
    insist("keeper", f"goods_issue/{issue}/cancel", {})
    assert (office.on_hand(product), office.reserved(product), office.mismatches()) == (100, 4, [])


class InsistentForms:
    """One browser session whose every form is sent twenty times with one form token."""

    def __init__(self, app: Flask, client: Any) -> None:
        self.app = app
        self.cookie = f"zhanggui={client.get_cookie('zhanggui').value}"
        self.csrf = Browser(client).open("/password").typed("csrf_token")
        self.cookie = f"zhanggui={client.get_cookie('zhanggui').value}"
        self.sent = 0

    def post(self, path: str, values: dict[str, Any], status: int = 303, *, as_json: bool = False) -> Any:
        """Where it leads, or the JSON answer. Then the same form filled in differently is refused."""
        self.sent += 1
        body = values | {"form_token": f"insistent-{self.sent}"}

        def call(given: dict[str, Any]) -> Answer:
            given = {k: (io.BytesIO(v), "客户.xlsx") if isinstance(v, bytes) else v for k, v in given.items()}
            sent = {"json": given} if as_json else {"data": given}
            headers = {"Cookie": self.cookie, "X-CSRFToken": self.csrf}
            answer = self.app.test_client(use_cookies=False).post(path, headers=headers, **sent)
            return answer.status_code, answer.get_json() if as_json else answer.headers.get("Location", answer.text)

        found, answer = at_once(lambda: call(body))
        assert found == status, (path, answer)
        assert call(body | {"remark": "别的内容"})[0] == 422
        return answer


def test_every_form_of_a_page(app: Flask, office: Office, client_as: Callable[[str], Any]) -> None:
    """R3: a customer, an order, its steps; twenty clicks are one."""
    product = office.stocked("100", price="20")[0]
    key = product.id
    db.session.rollback()
    lin, director, keeper = (InsistentForms(app, client_as(login)) for login in ("lin", "director", "keeper"))
    to = lin.post("/customer/add", {"name": "坚持五金店", "kind": "company"})
    customer = int(to.rpartition("/")[2].partition("?")[0])
    head = {"customer": str(customer), "subject": "坚持", "signed_on": "2026-11-02", "latest_ship_on": "2026-12-02"}
    head |= {"warehouse": "1", "consignee": "王明", "consignee_phone": "13800000000", "consignee_address": "一号库"}
    line = {"product": key, "quantity": "2", "unit_price": "10", "tax_rate": "0.13"}
    order = lin.post("/salesorder/save", {"head": head, "lines": [line]}, 200, as_json=True)["id"]
    lin.post(f"/salesorder/action/{order}/submit", {})
    director.post(f"/salesorder/action/{order}/approve", {})
    lin.post(f"/salesorder/action/{order}/issue", {})
    keeper.post("/goodsissue/action/1/confirm", {})
    keeper.post("/goodsissue/action/1/ship", {})
    assert [db.session.scalar(sa.select(sa.func.count()).select_from(m)) for m in (Customer, SalesOrder)] == [1, 1]
    assert (office.on_hand(product), office.reserved(product), office.mismatches()) == (98, 0, [])


def test_an_import_is_received_and_begun_once(app: Flask, office: Office, client_as: Callable[[str], Any]) -> None:
    """R3: the same workbook sent twenty times from one page, the button pressed twenty times."""
    db.session.rollback()
    admin = InsistentForms(app, client_as("admin"))
    path = admin.post("/import/upload", {"kind": "customers", "file": many_customers(30)})
    while jobs.run_next():
        pass
    db.session.rollback()
    admin.post(f"{path}/run", {"mode": "valid"})
    while jobs.run_next():
        pass
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportBatch)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 30


@contextmanager
def short_waits() -> Iterator[list[Any]]:
    """A lock is waited for a tenth of a second, so that a test need not wait ten."""
    begun: list[Any] = []

    def begin(connection: Any) -> None:
        begun.append(connection)
        connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")

    event.listen(db.engine, "begin", begin)
    yield begun
    event.remove(db.engine, "begin", begin)


@pytest.mark.postgresql
def test_a_key_whose_first_request_is_still_under_way_is_told_so(
    app: Flask, office: Office, api_as: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3: 409 "busy" after one patience, not three; once the first has gone wrong the second does it."""
    lin, body = api_as("lin"), {"kind": "individual", "name": "赵一"}
    monkeypatch.setattr(unit_of_work, "PATIENCE", 0.05)
    with db.engine.connect() as connection, sa.orm.Session(connection) as first:
        claim(first, "under-way", "/api/v1/customer/", body, office.lin.actor)
        db.session.rollback()
        with short_waits() as begun:
            status, answer = lin.post("customer/", body, Idempotency_Key="under-way")
        assert (status, answer["code"]) == (409, "busy")
        assert len(begun) == 1
        first.rollback()
    assert lin.post("customer/", body, Idempotency_Key="under-way")[0] == 201
