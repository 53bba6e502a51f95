"""What a record's page costs: few statements for everybody, however much hangs on the record. design.md §9."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.db.base import db
from app.security.policy import is_visible
from tests.furnish import goods
from tests.support.everything import VIEWS, codes_of_rows, distinct_people
from tests.support.statements import counted

MOST_FOR_A_PAGE = 15
MOST_FOR_A_TAB = 10

Page = tuple[str, int]


@pytest.fixture
def pages(furnished: dict[str, int], office: Any) -> list[Page]:
    """Address and key of a record of every model, one for each combination of codes: orders in each of their states.

    One order has hanging on it whatever an order can have.
    """
    order = office.approved("lin", [(goods(), "4"), (office.product(counts_stock=False), "2")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-10-01")
    office.shipped(order)
    office.finance.pays(order, str(order.total))
    codes = codes_of_rows()
    db.session.remove()
    return sorted({(base, codes[base, key]): (base, key) for base, key in sorted(codes)}.values())


@pytest.mark.parametrize("login", distinct_people())
def test_no_record_page_takes_more_than_fifteen_statements(at: Any, pages: list[Page], login: str) -> None:
    """Every page, for whoever may open it, the approver of a pending order above all."""
    browser = at(login)
    # The frame of a page asks for what waits for its reader; what the record costs is counted besides.
    frame = _cost(browser, "/password")
    dear = {}
    for base, key in pages:
        address = f"{base}/show/{key}"
        if browser.open(address).status == 200 and (cost := _cost(browser, address)) - frame + 2 > MOST_FOR_A_PAGE:
            dear[address] = cost  # who is asking is counted with the page
    assert dear == {}


def test_somebody_opens_every_page_that_is_counted(office: Any, pages: list[Page]) -> None:
    actors = [office.person(login).actor for login in distinct_people()]
    models = {str(view.route_base): model for model, view in VIEWS.items()}
    unseen = [
        (base, key)
        for base, key in pages
        if not any(is_visible(db.session(), db.session.get_one(models[base], key), actor) for actor in actors)
    ]
    assert {base for base, _key in pages} == set(models)
    assert unseen == []


def test_opening_a_tab_takes_few_statements(at: Any, pages: list[Page]) -> None:
    boss = at("boss")
    dear = {}
    for base, key in pages:
        for tab in set(re.findall(r'href="(/\w+/tab/\d+/\w+)" id="t-', boss.open(f"{base}/show/{key}").text)):
            with counted() as sent:
                assert boss.client.get(tab, headers={"X-Fragment": "1"}).status_code == 200
            if len(sent) > MOST_FOR_A_TAB:
                dear[tab] = sent
    assert dear == {}


def _cost(browser: Any, address: str) -> int:
    with counted() as sent:
        assert browser.open(address).status == 200
    return len(sent)


def test_answers_are_remembered_only_while_nothing_is_written(office: Any) -> None:
    """A step that changes who may do what must see what it changed."""
    from app.core.cache.per_transaction import cached_per_transaction
    from app.core.db.unit_of_work import reading

    session = db.session()
    asked: list[int] = []

    def answer() -> int:
        asked.append(1)
        return len(asked)

    db.session.rollback()
    with reading():
        session.connection()
        assert [cached_per_transaction(session, "q", answer) for _twice in range(2)] == [1, 1]
    assert [cached_per_transaction(session, "q", answer) for _twice in range(2)] == [2, 3]
    db.session.rollback()
    with reading():
        session.connection()
        assert cached_per_transaction(session, "q", answer) == 4, "another transaction, another answer"
    db.session.rollback()
