"""What a record's page costs: few statements for everybody, however much hangs on the record. design.md §9."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.db.base import db
from tests.statements import counted

MOST_FOR_A_PAGE = 15
MOST_FOR_A_TAB = 10
# The frame of a page asks for what waits for its reader; what the record costs is counted besides.
MAIN_ROLES = ("lin", "manager", "director", "boss", "finance", "keeper", "product", "admin")


@pytest.fixture
def pages(office: Any) -> dict[str, str]:
    """Name → address of a page of every model of the slice, orders in each of their states."""
    (product, other) = office.stocked("90", "90")
    lines = [(product, "4"), (other, "2")]
    draft = office.order("lin", lines)
    customer = draft.customer
    pending = office.order("lin", lines, customer=customer)
    office.lin.fires("submit", pending)
    rejected = office.order("lin", lines, customer=customer)
    office.lin.fires("submit", rejected)
    office.director.fires("reject", rejected, reason="价格太低")
    approved = office.approved("lin", lines, customer=customer)
    office.lin.fires("plan", approved, instalments=2, first_on="2026-10-01")
    waiting = office.lin.fires("issue", approved)
    ended = office.approved("lin", lines, customer=customer)
    office.lin.fires("plan", ended, instalments=2, first_on="2026-10-01")
    shipment = office.shipped(ended)
    office.finance.pays(ended, str(ended.total))
    stopped = office.approved("lin", lines, customer=customer)
    office.lin.fires("stop", stopped, reason="客户取消")
    contact = office.contact(customer)
    keys = {
        **{f"order {n}": ("salesorder", o.id) for n, o in {
            "draft": draft, "pending": pending, "rejected": rejected, "approved": approved, "ended": ended,
            "stopped": stopped}.items()},
        "customer": ("customer", customer.id), "contact": ("contact", contact.id),
        "issue to confirm": ("goodsissue", waiting.id), "issue shipped": ("goodsissue", shipment.issue_id),
        "shipment": ("shipment", shipment.id), "product": ("product", product.id), "payment": ("payment", 1),
        "instalment": ("paymentplan", 1), "opening stock": ("stockinit", 1), "user": ("user", 1),
    }  # fmt: skip
    return {name: f"/{base}/show/{key}" for name, (base, key) in keys.items()}


def test_no_record_page_takes_more_than_fifteen_statements(at: Any, pages: dict[str, str]) -> None:
    """Every page of the slice, for whoever may open it, the approver of a pending order above all."""
    dear, seen = {}, set()
    for login in MAIN_ROLES:
        browser = at(login)
        frame = _cost(browser, "/password")
        for name, address in pages.items():
            if browser.open(address).status != 200:
                continue
            seen.add(name)
            cost = _cost(browser, address)
            if cost - frame + 2 > MOST_FOR_A_PAGE:  # who is asking is counted with the page
                dear[f"{name} for {login}"] = cost
    assert dear == {}
    assert seen == pages.keys()


def test_opening_a_tab_takes_few_statements(at: Any, pages: dict[str, str]) -> None:
    boss = at("boss")
    dear = {}
    for address in pages.values():
        for tab in set(re.findall(r'href="(/\w+/tab/\d+/\w+)" id="t-', boss.open(address).text)):
            with counted() as sent:
                assert boss.client.get(tab, headers={"X-Fragment": "1"}).status_code == 200
            if len(sent) > MOST_FOR_A_TAB:
                dear[tab] = sent
    assert dear == {}


def _cost(browser: Any, address: str) -> int:
    browser.open(address)
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
