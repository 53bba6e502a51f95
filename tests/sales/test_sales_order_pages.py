"""The page of an order: what it tells, what it offers, the payment plan. Manual 8.7, 8.10, 8.14, 11.5."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.models.money.payment import PaymentPlan
from tests.sales.order_form import OrderForm, orders, reasons, settled
from tests.support.office import D
from tests.support.pages import Browser
from tests.support.statements import counted

pytestmark = pytest.mark.sql

At = Callable[[str], Browser]
MOST_STATEMENTS = 15


@pytest.fixture
def at(office: Any, client_as: Any) -> At:
    """`at("lin").open("/salesorder/list/")`; records made before can still be read."""

    def signed_in(login: str) -> Browser:
        settled()
        return Browser(client_as(login))

    return signed_in


# The page


def test_the_page_says_who_decides_and_what_the_decision_needs(at: At, office: Any) -> None:
    product = office.product("稀缺品", price="10")
    order = office.order("lin", [(product, "4", "8")])
    office.lin.fires("submit", order)
    page = at("director").open(f"/salesorder/show/{order.id}").text
    decide = page.split('class="card decide"')[1].split("</section>")[0]
    for told in ("销售主管、营销总监、总经理", "80%", "客户智能应收", "¥0.00", "稀缺品"):
        assert told in decide


def test_nobody_is_named_as_approver_of_what_they_submitted_themselves(at: At, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    office.manager.fires("submit", order)
    decide = at("lin").open(f"/salesorder/show/{order.id}").text.split('class="card decide"')[1].split("</section>")[0]
    assert "营销总监" in decide
    assert "销售主管" not in decide


def test_an_approved_order_is_closed_except_for_where_it_goes(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1")])
    browser = at("lin")
    page = browser.open(f"/salesorder/edit/{order.id}")
    assert "只能改收货信息和备注" in page.text
    form = dict(page.form())
    assert {"consignee", "consignee_address", "remark"} <= form.keys()
    assert not {"subject", "customer", "owner"} & form.keys()
    assert browser.fill(f"/salesorder/edit/{order.id}", consignee="李四").status == 303
    assert orders()[0].consignee == "李四"


def test_goods_are_requested_and_the_rest_is_offered_next_time(at: At, office: Any) -> None:
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "5")])
    browser = at("lin")
    action = f"/salesorder/action/{order.id}/issue"
    page = f"/salesorder/show/{order.id}"
    answer = browser.press(page, action, **{"lines-0-quantity": "2"})
    assert answer.status == 303
    assert browser.open(page).typed("lines-0-quantity", action) == "3"


def test_a_refused_step_says_why_on_the_page(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1")], consignee=None)
    page = at("lin").open(f"/salesorder/show/{order.id}").text
    assert 'id="why-issue"' in page


def test_the_order_page_reads_the_same_however_many_lines_there_are(at: At, office: Any) -> None:
    products = [office.product() for _ in range(12)]
    small = office.approved("lin", [(products[0], "1")])
    large = office.approved("lin", [(product, "1") for product in products])
    counts = {}
    browser = at("lin")
    with counted() as statements:
        for order in (small, large):
            path = f"/salesorder/show/{order.id}"
            browser.open(path)
            statements.clear()
            assert browser.open(path).status == 200
            counts[order.id] = len(statements)
    assert len(set(counts.values())) == 1, counts
    assert max(counts.values()) <= MOST_STATEMENTS


# Payment plan


def test_submitting_stays_in_its_place_while_the_plan_does_not_fit(at: At, office: Any) -> None:
    """Grey, with its reason as a note and the way out beside it; not behind “More”. Manual 8.14."""
    product = office.product()
    order = office.order("lin", [(product, "1", "100")])
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    office.lin.changes(order, lines=[{"product": product, "quantity": D("2"), "unit_price": D("100")}])
    key = order.id
    page = at("lin").open(f"/salesorder/show/{key}").text
    head = page.split('class="acts"', 1)[1].split("</details>", 1)
    assert 'aria-describedby="why-submit"' not in head[0], "not in the menu"
    assert 'aria-disabled="true" aria-describedby="why-submit"' in head[1]
    note = page.split('id="why-submit"', 1)[1].split("</div></div>", 1)[0]
    assert "¥200.00" in note
    assert 'data-dialog="d-plan"' in page.split('id="why-submit"', 1)[1][:400]


def test_the_plan_adds_up_to_the_cent_and_may_follow_ratios(at: At, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1", "100.01")])
    form = OrderForm(at("lin"), f"/salesorder/show/{order.id}")
    wanted = {"instalments": 3, "first_on": "2026-12-01", "interval_days": 10, "ratios": ["33.3", "33.3", "33.4"]}
    status, body = form.post(f"plan/{order.id}", {**wanted, "form_token": form.tokens["form_token"]})
    assert status == 200, body
    plans = list(db.session.scalars(sa.select(PaymentPlan).order_by(PaymentPlan.serial)))
    assert [plan.amount for plan in plans] == [D("33.30"), D("33.30"), D("33.41")]
    assert [plan.due_on.isoformat() for plan in plans] == ["2026-12-01", "2026-12-11", "2026-12-21"]


@pytest.mark.parametrize(
    "wrong", [{"ratios": ["50", "20"]}, {"instalments": 0}, {"first_on": "x"}, {"interval_days": -1}]
)
def test_a_plan_that_cannot_be_is_refused_beside_its_field(at: At, office: Any, wrong: dict[str, Any]) -> None:
    order = office.order("lin", [(office.product(), "1")])
    form = OrderForm(at("lin"), f"/salesorder/show/{order.id}")
    body = {"instalments": 2, "first_on": "2026-12-01", "form_token": form.tokens["form_token"], **wrong}
    status, answer = form.post(f"plan/{order.id}", body)
    assert status == 422
    assert next(iter(wrong)) in reasons(answer)


def test_a_decision_leads_on_to_the_order_that_waits_longest(at: At, office: Any) -> None:
    product = office.product()
    waiting = [office.order("lin", [(product, "1")]) for _ in range(3)]
    for order in waiting:
        office.lin.fires("submit", order)
    first, second = waiting[0].id, waiting[1].id
    browser = at("director")
    answer = browser.press(f"/salesorder/show/{first}", f"/salesorder/action/{first}/approve")
    assert f'href="/salesorder/show/{second}"' in browser.open(answer.location).text
    assert "下一张" not in browser.open(f"/salesorder/show/{first}").text


# How far an order is


def _row(page: str, order: Any) -> str:
    return next(row for row in page.split("<tr ")[1:] if f"/salesorder/show/{order.id}" in row)


def test_before_approval_no_order_is_executed_and_none_owes_goods(at: At, office: Any) -> None:
    """Its shipping status is told without colour, on the page with what it is the status of. Manual 8.11."""
    draft = office.order("lin", [(office.product(), "1")])
    pending = office.order("lin", [(office.product(), "1")])
    office.lin.fires("submit", pending)
    approved = office.approved("lin", [(office.product(), "1")])
    browser = at("lin")
    page = browser.open("/salesorder/list/").text
    shown = re.compile(r'class="tag (\w*)" id="shipping-status" data-code="(\w+)"[^>]*>([^<]+)<')
    for order, code, text in ((draft, "none", "--"), (pending, "not_issued", "未出库")):
        for quiet in ("执行中", text):
            assert f'<span class="mut">{quiet}</span>' in _row(page, order)
        found = shown.search(browser.open(f"/salesorder/show/{order.id}").text)
        assert found is not None
        assert found.groups() == ("", code, f"发货状态：{text}")
    for loud in ("执行中", "未出库"):
        assert re.search(rf'<span class="tag \w+">{loud}<', _row(page, approved))
    found = shown.search(browser.open(f"/salesorder/show/{approved.id}").text)
    assert found is not None
    assert found.groups() == ("wait", "not_issued", "未出库")


def test_a_ship_date_is_red_once_it_has_passed_and_goods_are_still_owed(at: At, office: Any) -> None:
    dates = {"signed_on": dt.date(2026, 10, 1), "latest_ship_on": dt.date(2026, 10, 2)}
    product, other = office.stocked("5", "5")
    late = office.approved("lin", [(product, "1")], **dates)
    draft = office.order("lin", [(other, "1")], **dates)
    gone = office.approved("lin", [(other, "1")], **dates)
    office.shipped(gone)
    browser = at("lin")
    page = browser.open("/salesorder/list/").text
    red = re.compile(r'class="red">(2026-)?10-02 逾期')
    assert [bool(red.search(_row(page, order))) for order in (late, draft, gone)] == [True, False, False]
    pages = [browser.open(f"/salesorder/show/{order.id}").text for order in (late, draft, gone)]
    assert [bool(red.search(text)) for text in pages] == [True, False, False]


def test_one_stage_at_most_is_the_current_one_and_none_of_a_stopped_order(at: At, office: Any) -> None:
    approved = office.approved("lin", [(office.product(), "1")])
    stopped = office.approved("lin", [(office.product(), "1")])
    office.lin.fires("stop", stopped, reason="客户取消")
    assert _tones(at("lin"), approved) == ["d", "d", "c", "", ""]
    assert _tones(at("lin"), stopped) == ["d", "d", "", "", "x"]


def _tones(browser: Browser, order: Any) -> list[str]:
    stages = browser.open(f"/salesorder/show/{order.id}").text.split('class="stages"')[1].split("</ol>")[0]
    return re.findall(r'<li class="(\w*)"', stages)


def test_a_price_below_cost_is_marked_for_who_may_see_cost(at: At, office: Any) -> None:
    order = office.order("lin", [(office.product(price="10", cost="6"), "1", "5")])
    assert "低于成本" in at("boss").open(f"/salesorder/show/{order.id}").text
    assert "低于成本" not in at("lin").open(f"/salesorder/show/{order.id}").text


def test_who_rejected_and_when_stands_beside_the_reason(at: At, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    office.lin.fires("submit", order)
    office.director.fires("reject", order, reason="价格偏低")
    page = at("lin").open(f"/salesorder/show/{order.id}").text
    assert re.search(r"营销总监，今天 \d\d:\d\d\s+<b>否决</b>：价格偏低", page)


def test_taking_back_is_at_hand_for_who_submitted_and_behind_more_for_others(at: At, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    office.lin.fires("submit", order)
    for login, is_beside in (("lin", True), ("director", False)):
        head = at(login).open(f"/salesorder/show/{order.id}").text.split('class="acts"')[1].split('class="two"')[0]
        before_more, _mark, _rest = head.partition('class="menu more"')
        assert ("/withdraw" in before_more) == is_beside, login
        assert "/withdraw" in head
