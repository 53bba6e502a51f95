from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.clock import utc_now
from app.core.db.base import db
from app.core.record.idempotency import StoredAnswer
from tests.plugins.rest import Firm, done, refused
from tests.support.office import Api

GIVEN = {"kind": "individual", "name": "赵一"}


def keyed(person: Api, path: str, body: Any, key: str) -> tuple[int, Any]:
    return person.post(path, body, Idempotency_Key=key)


def test_the_same_call_is_done_once_and_answered_the_same(firm: Firm) -> None:
    first = keyed(firm.lin, "customer/", GIVEN, "k-1")
    again = keyed(firm.lin, "customer/", dict(reversed(GIVEN.items())), "k-1")
    assert done(first, 201) == done(again, 201)
    assert done(firm.lin.get("customer/"))["count"] == 1


def test_an_action_is_done_once_too(firm: Firm) -> None:
    order = firm.approved()
    at = f"sales_order/{order['id']}/issue"
    first = done(keyed(firm.lin, at, {}, "k-1"))
    assert done(keyed(firm.lin, at, {}, "k-1")) == first
    assert done(firm.lin.get("goods_issue/"))["ids"] == [first["created"][0]["id"]]
    refused(firm.lin.post(at), 422, "nothing_left")


def test_a_key_holds_for_one_body_and_one_address(firm: Firm) -> None:
    customer = done(keyed(firm.lin, "customer/", GIVEN, "k-1"), 201)["id"]
    refused(keyed(firm.lin, "customer/", {**GIVEN, "name": "赵二"}, "k-1"), 422, "key_reused")
    refused(keyed(firm.lin, f"customer/{customer}/mark_hot", GIVEN, "k-1"), 422, "key_reused")
    assert done(firm.lin.get("customer/"))["count"] == 1


def test_a_key_is_one_person_s_own(firm: Firm) -> None:
    one = done(keyed(firm.lin, "customer/", GIVEN, "k-1"), 201)["id"]
    two = done(keyed(firm.zhou, "customer/", GIVEN, "k-1"), 201)["id"]
    assert one != two


def test_a_refused_call_keeps_nothing(firm: Firm) -> None:
    refused(keyed(firm.lin, "customer/", {"name": "赵一"}, "k-1"), 422, "invalid", "kind")
    assert done(keyed(firm.lin, "customer/", GIVEN, "k-1"), 201)["result"]["name"] == "赵一"


def test_a_key_that_is_empty_or_endless_is_refused(firm: Firm) -> None:
    for key in ("", "x" * 121):
        refused(keyed(firm.lin, "customer/", GIVEN, key), 422, "invalid")
    done(keyed(firm.lin, "customer/", GIVEN, "x" * 120), 201)


def test_without_a_key_nothing_is_remembered(firm: Firm) -> None:
    for _time in range(2):
        done(firm.lin.post("customer/", GIVEN), 201)
    assert done(firm.lin.get("customer/"))["count"] == 2


def test_a_key_may_be_used_anew_after_a_day(firm: Firm) -> None:
    first = done(keyed(firm.lin, "customer/", GIVEN, "k-1"), 201)["id"]
    with firm.inside():
        yesterday = utc_now() - dt.timedelta(hours=25)
        db.session.execute(sa.update(StoredAnswer.__table__).values(at=yesterday))
        db.session.commit()
    assert done(keyed(firm.lin, "customer/", {**GIVEN, "name": "赵三"}, "k-1"), 201)["id"] != first


@pytest.mark.committed
def test_eight_calls_at_once_make_one_record(firm: Firm) -> None:
    headers = firm.lin.headers | {"Idempotency-Key": "k-1"}

    def call(_number: int) -> tuple[int, Any]:
        answer = firm.app.test_client().post("/api/v1/customer/", json=GIVEN, headers=headers)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(call, range(8)))
    assert {status for status, _body in answers} == {201}
    assert len({body["id"] for _status, body in answers}) == 1
    assert done(firm.lin.get("customer/"))["count"] == 1


@pytest.mark.committed
def test_eight_equal_steps_at_once_are_taken_once(firm: Firm) -> None:
    order = firm.order()
    address = f"/api/v1/sales_order/{order['id']}/submit"

    def call(_number: int) -> int:
        return firm.app.test_client().post(address, json={}, headers=firm.lin.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(call, range(8)))
    assert answers == [200] + [409] * 7
    with firm.inside() as office:
        assert office.mismatches() == []
