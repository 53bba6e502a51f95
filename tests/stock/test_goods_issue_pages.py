"""Pages of the keeper and of finance: issues, shipments, stock, payments. Manual 8.14, 11.2–11.10."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.models.money.payment import Payment, PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockInit, StockLedgerEntry
from tests.support.office import D, refused
from tests.support.pages import Browser

At = Callable[[str], Browser]


def now(model: type[Any], *conditions: Any) -> list[Any]:
    """Rows as they stand in the database, with nothing left open."""
    found = list(db.session.scalars(sa.select(model).where(*conditions).order_by(model.id)))
    for row in found:
        db.session.refresh(row)
    db.session.expunge_all()
    db.session.remove()
    return found


@pytest.fixture
def requested(office: Any) -> dict[str, int]:
    """An approved order of 5 pieces of which 3 are on hand, and the issue its owner asked for."""
    (product,) = office.stocked("3")
    order = office.approved("lin", [(product, "5", "10")])
    issue = office.lin.fires("issue", order)
    return {"order": order.id, "issue": issue.id, "line": issue.lines[0].id, "product": product.id}


# Goods issues


def test_a_keepers_list_begins_with_what_is_to_be_done(at: At, requested: dict[str, int]) -> None:
    answer = at("keeper").open("/goodsissue/list/")
    assert answer.status == 302
    assert "view=open" in answer.location


def test_the_keeper_sees_where_the_goods_go_although_the_order_is_hidden(at: At, requested: dict[str, int]) -> None:
    browser = at("keeper")
    page = browser.open(f"/goodsissue/show/{requested['issue']}").text
    for told in ("王明", "13800000000", "北京市通州区一号库"):
        assert told in page
    assert f"/salesorder/show/{requested['order']}" not in page
    assert browser.open(f"/salesorder/show/{requested['order']}").status == 404


def test_the_dialog_offers_what_is_on_the_shelf_and_less_may_be_confirmed(at: At, requested: dict[str, int]) -> None:
    browser = at("keeper")
    page, action = f"/goodsissue/show/{requested['issue']}", f"/goodsissue/action/{requested['issue']}/confirm"
    assert browser.open(page).typed("lines-0-quantity", action) == "3"
    assert browser.press(page, action, **{"lines-0-quantity": "2"}).status == 303
    assert now(GoodsIssue)[0].state == "confirmed"
    assert "2" in browser.open(page).typed("lines-0-quantity", f"/goodsissue/action/{requested['issue']}/ship")


def test_more_than_there_is_comes_back_with_the_dialog_as_it_was_sent(at: At, requested: dict[str, int]) -> None:
    browser = at("keeper")
    page, action = f"/goodsissue/show/{requested['issue']}", f"/goodsissue/action/{requested['issue']}/confirm"
    answer = browser.press(page, action, **{"lines-0-quantity": "5"})
    assert answer.status == 422
    assert "data-open" in answer.text
    assert answer.typed("lines-0-quantity", action) == "5"
    assert now(GoodsIssue)[0].state == "draft"


def test_goods_are_shipped_with_their_papers_and_signed_for(at: At, office: Any, requested: dict[str, int]) -> None:
    office.keeper.fires(
        "confirm",
        db.session.get_one(GoodsIssue, requested["issue"]),
        lines=[{"id": requested["line"], "quantity": "3"}],
    )
    browser = at("keeper")
    issue = f"/goodsissue/show/{requested['issue']}"
    sent = {"carrier": "顺丰速运", "tracking_number": "SF1"}
    assert browser.press(issue, f"/goodsissue/action/{requested['issue']}/ship", **sent).status == 303
    page = browser.open("/shipment/show/1")
    assert page.status == 200
    assert "/shipment/pdf/1" in page.text
    assert "SF1" in page.text
    assert browser.press("/shipment/show/1", "/shipment/action/1/sign", signed_by="王明").status == 303
    assert "SF1" in browser.open("/shipment/list/").text


def test_the_tracking_number_is_written_down_after_the_goods_have_left(at: At, office: Any) -> None:
    """fault D7: §11.6: as the carrier tells it, once and again; what is emptied is taken away; others may not."""
    (product,) = office.stocked("9")
    order = office.approved("lin", [(product, "2")])
    shipment = office.shipped(order)
    key = shipment.id
    office.lin.fires("track", shipment, carrier="顺丰速运", tracking_number="SF1", freight="12")
    office.keeper.fires("sign", shipment)
    office.keeper.fires("track", shipment, tracking_number="SF2")
    assert (shipment.carrier, shipment.tracking_number, shipment.freight) == ("顺丰速运", "SF2", D(12))
    with refused("not_allowed"):
        office.finance.fires("track", shipment, tracking_number="SF3")
    db.session.rollback()
    browser = at("keeper")
    page = browser.open(f"/shipment/show/{key}")
    assert 'value="SF2"' in page.text, "the dialog begins with what is known"
    pressed = browser.press(
        f"/shipment/show/{key}", f"/shipment/action/{key}/track", carrier="", tracking_number="SF4", freight=""
    )
    assert pressed.status == 303
    found = db.session.get_one(Shipment, key)
    assert (found.carrier, found.tracking_number, found.freight) == (None, "SF4", None)
    db.session.rollback()


def test_keepers_confirm_and_ship_several_issues_from_the_list(at: At, office: Any) -> None:
    """fault D7: §11.2b, §11.5: each as it was asked for; what is short is refused by its number, alone."""
    plenty, few = office.stocked("100", "1")
    orders = [office.approved("lin", [(product, "2")]) for product in (plenty, few, plenty)]
    issues = [office.lin.fires("issue", order) for order in orders]
    keys, short = [issue.id for issue in issues], issues[1].number
    db.session.rollback()
    browser = at("keeper")
    for action in ("confirm", "ship"):
        assert browser.post(f"/goodsissue/list/bulk/{action}", id=[str(key) for key in keys]).status_code == 303
    told = browser.open("/goodsissue/list/?view=open").text
    assert short in told
    states = [db.session.get_one(GoodsIssue, key).state.value for key in keys]
    assert states == ["shipped", "draft", "shipped"]
    db.session.rollback()


def test_what_a_dialog_refuses_of_a_line_names_its_product(at: At, office: Any) -> None:
    """fault D7: §11.5: half a piece, no number, too much: each says which product it is about."""
    names = ("羊角锤", "防割手套", "钢卷尺")
    goods = [office.product(name, unit="把") for name in names]
    office.stock(dict.fromkeys(goods, "9"))
    issue = office.lin.fires("issue", office.approved("lin", [(product, "2") for product in goods]))
    key, lines = issue.id, [line.id for line in issue.lines]
    db.session.rollback()
    for sent, text in ((("1.5", "1", "1"), "羊角锤"), (("1", "x", "1"), "防割手套"), (("1", "1", "3"), "钢卷尺")):
        typed = {f"lines-{n}-id": str(line) for n, line in enumerate(lines)}
        typed |= {f"lines-{n}-quantity": quantity for n, quantity in enumerate(sent)}
        page = at("keeper").press(f"/goodsissue/show/{key}", f"/goodsissue/action/{key}/confirm", **typed)
        (told,) = re.findall(r'<div class="note stop"[^>]*>(.*?)</div>', page.text, re.DOTALL)
        assert [name for name in names if name in told] == [text], told


def test_whoever_cancels_goods_is_asked_why(at: At, office: Any) -> None:
    """fault D7: §11.2b: the reason stands in the story of the issue; over REST it may be left out."""
    (product,) = office.stocked("9")
    issue = office.lin.fires("issue", office.approved("lin", [(product, "2")]))
    key = issue.id
    db.session.rollback()
    browser = at("keeper")
    assert 'name="reason"' in browser.open(f"/goodsissue/show/{key}").text
    pressed = browser.press(f"/goodsissue/show/{key}", f"/goodsissue/action/{key}/cancel", reason="客户改期")
    assert pressed.status == 303
    assert "客户改期" in browser.open(f"/goodsissue/show/{key}").text


def test_another_salesperson_finds_neither_issue_nor_shipment(at: At, office: Any) -> None:
    (product,) = office.stocked("5")
    shipment = office.shipped(office.approved("lin", [(product, "1")]))
    key = shipment.id
    browser = at("zhou")
    assert browser.open(f"/shipment/show/{key}").status == 404
    assert browser.open("/goodsissue/show/1").status == 404


# Payments


def test_an_order_fills_in_everything_but_the_day(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    key, customer, owner = order.id, order.customer_id, order.owner_id
    plan = now(PaymentPlan)[0].id
    browser = at("finance")
    form = dict(browser.open(f"/payment/add?sales_order={key}").form())
    told = {name: form[name] for name in ("sales_order", "customer", "amount", "plan", "salesperson")}
    assert told == {
        "sales_order": str(key), "customer": str(customer), "amount": "50.00", "plan": str(plan),
        "salesperson": str(owner),
    }  # fmt: skip
    answer = browser.fill(f"/payment/add?sales_order={key}")
    assert answer.status == 303
    assert answer.location.startswith(f"/salesorder/show/{key}")
    assert now(PaymentPlan)[0].status == "settled"


def test_too_much_money_is_refused_with_the_form_as_typed(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    key = order.id
    answer = at("finance").fill(f"/payment/add?sales_order={key}", amount="100.01")
    assert answer.status == 422
    assert answer.typed("amount") == "100.01"
    assert answer.typed("sales_order") == str(key)
    assert now(Payment) == []


def test_a_refused_payment_still_says_whose_order_it_pays(at: At, office: Any) -> None:
    """Finance sees no customers, yet may name any: the form comes back with names, not with blanks. design.md §6"""
    order = office.approved("lin", [(office.product(), "1", "100")])
    key, number, name = order.id, order.number, order.customer.name
    browser = at("finance")
    path = f"/payment/add?sales_order={key}"
    for page in (browser.open(path), browser.fill(path, amount="100.01")):
        assert f"selected>{name}</option>" in page.text
        assert f"selected>{number} {name}</option>" in page.text


def test_a_prepayment_comes_from_any_customer_and_finds_its_order(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    customer, key, name = order.customer_id, order.id, order.customer.name
    browser = at("finance")
    found = browser.client.get(f"/pick/customer?for=payment.customer&q={name}").get_json()
    assert [set(row) for row in found] == [{"id", "text", "hint"}]
    assert browser.open(f"/customer/show/{customer}").status == 404
    assert browser.fill("/payment/add", customer=str(customer), amount="30").status == 303
    (payment,) = now(Payment)
    assert payment.prepayment
    page, action = f"/payment/show/{payment.id}", f"/payment/action/{payment.id}/assign"
    assert browser.press(page, action, sales_order=str(key)).status == 303
    assert now(SalesOrder)[0].received == D("30")


def test_a_payment_is_voided_with_a_reason(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    payment = office.finance.pays(order, "40").id
    browser = at("finance")
    page, action = f"/payment/show/{payment}", f"/payment/action/{payment}/void"
    assert browser.press(page, action, reason="").status == 422
    assert browser.press(page, action, reason="记错了").status == 303
    assert now(SalesOrder)[0].received == 0


@pytest.mark.parametrize("login", ["lin", "director", "keeper"])
def test_nobody_but_finance_records_money(at: At, office: Any, login: str) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    key = order.id
    browser = at(login)
    assert browser.open("/payment/add").status == 403
    assert browser.client.get("/payment/orders?q=a").status_code == 403
    assert "/payment/add" not in browser.open(f"/salesorder/show/{key}").text


def test_instalments_are_listed_by_what_is_due(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    office.lin.fires("plan", order, instalments=2, first_on="2020-01-01", interval_days=3000)
    draft = office.order("lin", [(office.product(), "1")])
    office.lin.fires("plan", draft, instalments=1, first_on="2020-01-01")
    browser = at("finance")
    rows = {
        view: browser.open(f"/paymentplan/list/?view={view}").text.count("/paymentplan/show/")
        for view in ("open", "overdue")
    }
    assert rows == {"open": 2, "overdue": 1}, "a draft's instalments are nobody's to collect"


def test_an_instalment_tells_what_covered_it_though_no_payment_names_it(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    office.lin.fires("plan", order, instalments=2, first_on="2020-01-01", interval_days=3000)
    payments = [office.finance.pays(order, amount) for amount in ("20", "25.5", "10")]
    numbers = [payment.number for payment in payments]
    page = at("finance").open("/paymentplan/show/1").text
    panel = page.split('id="payments"', 1)[1].split("</section>", 1)[0]
    assert [number in panel for number in numbers] == [True, True, True]
    assert panel.count("¥4.50") == 1, "the third payment covers the rest of the first instalment"
    assert "¥50.00" in panel.split("<tfoot>", 1)[1]


def test_the_list_of_instalments_begins_with_what_is_open_and_says_how_late_it_is(at: At, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1", "100")])
    office.lin.fires("plan", order, instalments=2, first_on="2020-01-01", interval_days=3600)
    name = f"{order.number} 第 1 期"
    browser = at("finance")
    opened = browser.open("/paymentplan/list/")
    assert (opened.status, opened.location) == (302, "/paymentplan/list/?view=open&sort=due_on")
    first, second = browser.open(opened.location).text.split("<tbody>", 1)[1].split("</tr>")[:2]
    assert 'class="tag stop">逾期' in first
    assert "tag stop" not in second
    assert name in first


# Stock


def test_the_stock_list_tells_what_is_available_and_opens_the_movements(at: At, office: Any) -> None:
    (product,) = office.stocked("3")
    office.approved("lin", [(product, "5")])
    key = product.id
    browser = at("keeper")
    page = browser.open("/stockbalance/list/").text
    assert '<span class="red">-2</span>' in page
    assert browser.open("/stockbalance/list/?view=short").rows == 1
    opened = browser.open("/stockbalance/show/1")
    assert opened.status == 302
    assert f"product={key}" in opened.location


def test_a_balance_below_its_minimum_is_told_as_such_and_no_other(at: At, office: Any) -> None:
    low, _enough = office.stocked("3", "30", stock_minimum="10")
    name = low.name
    rows = at("keeper").open("/stockbalance/list/").text.split("<tbody>", 1)[1].split("</tr>")[:2]
    warned = [row for row in rows if "低于下限" in row]
    assert len(warned) == 1
    assert name in warned[0]


def test_what_moved_bears_its_sign_and_zeros_are_quiet(at: At, office: Any) -> None:
    (product,) = office.stocked("9")
    office.issued(office.approved("lin", [(product, "2")]))
    page = at("keeper").open("/stockledgerentry/list/").text
    assert [f">{text}<" in page for text in ("+9", "−2", "+2")] == [True, True, True]
    assert '<span class="mut">0</span>' in page
    assert ">+0<" not in page


def test_a_movement_opens_its_document_for_who_may_see_that(at: At, office: Any) -> None:
    (product,) = office.stocked("9")
    office.issued(office.approved("lin", [(product, "2")]))
    entries = {row.document_model: row.id for row in now(StockLedgerEntry)}
    assert set(entries) == {"stock_init", "sales_order", "goods_issue"}
    keeper, director = at("keeper"), at("director")
    assert keeper.open(f"/stockledgerentry/show/{entries['goods_issue']}").location == "/goodsissue/show/1"
    assert keeper.open(f"/stockledgerentry/show/{entries['sales_order']}").status == 200, "the movement, not the order"
    assert director.open(f"/stockledgerentry/show/{entries['sales_order']}").location == "/salesorder/show/1"


def test_opening_stock_is_reversed_from_its_page(at: At, office: Any) -> None:
    office.stocked("9")
    key = now(StockInit)[0].id
    browser = at("keeper")
    assert browser.press(f"/stockinit/show/{key}", f"/stockinit/action/{key}/reverse").status == 303
    assert now(StockInit)[0].state == "reversed"


@pytest.mark.parametrize("path", ["/stockbalance/list/", "/stockledgerentry/list/", "/stockinit/list/"])
def test_the_books_of_the_stock_are_not_for_everybody(at: At, office: Any, path: str) -> None:
    assert at("lin").open(path).status == 403
    assert at("purchaser").open(path).status == 200
