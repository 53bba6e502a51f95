"""动态: what happened on a record and on what hangs on it, in plain sentences. spec.md §0; manual 8.7, 8.8."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest

from app.core.clock import SHANGHAI, utc_now
from app.core.db.base import db
from app.models.sales.sales_order import SalesOrder
from app.screens.record.timeline import SHOWN, relative
from tests.support.pages import without_right


def sentences(text: str) -> list[str]:
    """The sentences of the story, newest first, without the time."""
    story = text.split('id="story"')[1].split("</section>")[0]
    found = re.findall(r"<li>(.*?)</li>", story, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", part.split('<div class="w">')[0]).split()) for part in found]


def details(text: str) -> str:
    return " ".join(re.findall(r'<div class="w">(.*?)</div>', text.split('id="story"')[1], re.S))


@pytest.fixture
def lived(office: Any) -> int:
    """The key of an order that went from its draft to the money."""
    (product, other) = office.stocked("20", "20")
    order = office.order("lin", [(product, "4"), (other, "2")])
    office.lin.fires("submit", order)
    office.director.fires("approve", order)
    office.lin.fires("plan", order, instalments=3, first_on="2026-12-01")
    issue = office.lin.fires("issue", order)
    office.keeper.fires("confirm", issue)
    office.keeper.fires("ship", issue)
    office.finance.pays(order, "5")
    key: int = order.id
    return key


def test_the_only_instalment_of_an_order_is_called_by_its_number(at: Any, office: Any) -> None:
    """§8.14: the log does not know of which order it is, and on that order's page nobody needs to be told."""
    (product,) = office.stocked("20")
    order = office.approved("lin", [(product, "4")])
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    key = order.id
    assert sentences(at("lin").open(f"/salesorder/show/{key}").text)[0] == "林晓 回款计划 第 1 期"


def test_an_orders_story_tells_who_did_what_in_whole_sentences(at: Any, lived: int) -> None:
    """§8.7, §8.14, §11.5: the order, its goods and its money in one stream; what one act wrote is one sentence."""
    page = at("lin").open(f"/salesorder/show/{lived}").text
    told = sentences(page)
    assert told[0] == "财务 记录回款 ¥5.00"
    assert re.fullmatch(r"库管 发货 CK\S+ \S+", told[1]), "the issue and the shipment it made"
    assert re.fullmatch(r"库管 确认出库 CK\S+", told[2])
    assert re.fullmatch(r"林晓 生成出库单 CK\S+", told[3])
    assert told[4] == "林晓 回款计划 × 3"
    assert told[5] == "营销总监 同意"
    assert told[6] == "林晓 提交审批"
    assert told[7] == "林晓 新建订单"
    assert "2 行明细" in details(page)
    assert len(told) == SHOWN


def test_only_what_may_be_opened_is_told_and_linked(at: Any, office: Any, lived: int) -> None:
    """spec.md §1: who may not read payments hears of none; the keeper sees the issue, never the order behind it."""
    key = lived
    lin = at("lin").open(f"/salesorder/show/{key}").text.split('id="story"')[1]
    links = set(re.findall(r'href="(/(?:payment|goodsissue|shipment|paymentplan)/show/\d+)"', lin))
    assert len(links) >= 3
    for address in links:
        assert at("lin").open(address).status == 200
    issue = next(address for address in links if "goodsissue" in address)
    keeper = at("keeper").open(issue).text.split('id="story"')[1].split("</section>")[0]
    assert "¥" not in keeper
    assert "/salesorder/" not in keeper


def test_a_story_holds_nothing_its_reader_has_no_right_to(at: Any, office: Any) -> None:
    """spec.md §1: whose roles may not read payments hears of none, on the order's page and on its customer's."""
    order = office.approved("lin", [(office.product(), "1")])
    office.finance.pays(order, "5")
    pages = (f"/salesorder/show/{order.id}", f"/customer/show/{order.customer_id}")
    paid = [sentences(at("lin").open(page).text)[0] for page in pages]
    assert paid == ["财务 记录回款 ¥5.00"] * 2
    without_right("sales", "payment")
    for page in pages:
        assert "回款 ¥5.00" not in " ".join(sentences(at("lin").open(page).text))


@pytest.mark.parametrize(("login", "sees"), [("lin", False), ("product", True)])
def test_a_changed_cost_is_told_only_to_who_may_see_costs(at: Any, office: Any, login: str, sees: bool) -> None:
    """§8.8: not even that it was changed."""
    product = office.product(cost="6", price="10")
    office.product_manager.changes(product, cost_price=Decimal("7"))
    key = product.id
    told = at(login).open(f"/product/show/{key}").text
    assert ("成本" in details(told)) is sees
    assert any("修改" in sentence for sentence in sentences(told)) is sees


def test_what_the_system_computes_is_no_news(at: Any, office: Any, lived: int) -> None:
    told = " ".join(sentences(at("boss").open(f"/salesorder/show/{lived}").text))
    assert "修改" not in told


def test_what_a_step_changes_elsewhere_is_part_of_the_step(at: Any, lived: int) -> None:
    """§6.1: an approval signs the customer; on the customer's page that is one sentence, with the order's number."""
    customer = db.session.get_one(SalesOrder, lived).customer_id
    told = sentences(at("lin").open(f"/customer/show/{customer}").text)
    assert not [sentence for sentence in told if "修改" in sentence]
    assert [sentence for sentence in told if re.fullmatch(r"营销总监 同意 DD\S+", sentence)]
    assert [sentence for sentence in told if re.fullmatch(r"林晓 回款计划 DD\S+ × 3", sentence)]


def test_what_people_change_is_told_by_its_fields(at: Any, office: Any) -> None:
    customer = office.customer("lin", phone="010-1")
    office.lin.changes(customer, phone="010-2", remark="新")
    key = customer.id
    page = at("lin").open(f"/customer/show/{key}").text
    assert sentences(page)[0] == "林晓 修改客户"
    assert "电话、备注" in details(page)


def test_the_day_is_told_as_people_say_it(office: Any) -> None:
    now = utc_now().astimezone(SHANGHAI).replace(hour=9, minute=42)
    assert relative(now) == "今天 09:42"
    assert relative(now - dt.timedelta(days=1)) == "昨天 09:42"
    assert re.fullmatch(r"(\d{4}-)?\d\d-\d\d 09:42", relative(now - dt.timedelta(days=5)))
    assert relative(now - dt.timedelta(days=800)).startswith(str((now - dt.timedelta(days=800)).year))


def test_the_log_tells_lines_made_with_their_document_as_one_act(at: Any, lived: int) -> None:
    log = at("lin").open(f"/salesorder/tab/{lived}/log").text.split('id="log"')[1].split("</section>")[0]
    made = [re.sub(r"<[^>]+>", "", part) for part in re.findall(r"<li>(.*?)</li>", log, re.S) if "新建" in part]
    assert len(made) == 1
    assert re.search(r"新建\s+· 订单明细 × 2", made[0])
