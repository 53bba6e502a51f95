"""承诺 What is reserved for an order is promised to it: nobody takes it silently. Manual 11.5; spec.md §11."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.errors import AppError
from app.models.office.message import Message
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.stock.goods_issue import GoodsIssue
from app.models.stock.promise import TakenPromise
from app.models.stock.stock_transfer import StockTransfer
from app.models.system.user import AppUser
from app.query.choices import Circumstances, goods
from tests.support.office import SIGNED, Api, D, Office, refused
from tests.support.pages import Browser
from tests.support.statements import counted

pytestmark = pytest.mark.sql
At = Callable[[str], Browser]
BY = SIGNED + dt.timedelta(days=20)


class Story:
    """100 on hand. A, of 林晓, was approved first and has reserved 80; B, of 许可, wants 60 and asks for them."""

    def __init__(self, office: Office, wanted: str = "60") -> None:
        self.office = office
        (self.product,) = office.stocked("100")
        self.first = office.approved("lin", [(self.product, "80")], latest_ship_on=BY)
        self.second = office.approved("xu", [(self.product, wanted)])
        self.issue: GoodsIssue = office.xu.fires("issue", self.second)


@pytest.fixture
def story(office: Office) -> Story:
    return Story(office)


def inbox(login: str) -> list[Message]:
    query = sa.select(Message).join(AppUser, AppUser.id == Message.to_id).where(AppUser.username == login)
    return list(db.session.scalars(query.order_by(Message.id)))


def reasons(error: AppError) -> list[tuple[str, Any, Any]]:
    return [(one.code, one.facts.get("product"), one.facts.get("sales_order")) for one in error.reasons]


def test_the_keeper_is_told_whose_goods_an_issue_would_take(story: Story) -> None:
    """fault A6: 80 of 100 are reserved for A; an issue of 60 for B took 40 of them without a word. Manual 11.5."""
    office = story.office
    with refused("promised") as caught:
        office.keeper.fires("confirm", story.issue)
    assert reasons(caught.value) == [("promised", story.product.id, story.first.id)]
    for told in (story.first.number, str(story.product), "林晓", BY.isoformat(), "40"):
        assert told in caught.value.message
    assert str(story.first.customer) not in caught.value.message, "a keeper does not see the order"
    assert (story.issue.state, office.on_hand(story.product), inbox("lin")) == ("draft", D(100), [])
    assert office.mismatches() == []


def test_goods_are_taken_knowingly_and_the_owner_of_the_other_order_is_told(story: Story) -> None:
    """fault A6: taking them needs a confirmation, and A's owner gets a message in the same transaction. Manual 11.5."""
    office = story.office
    office.keeper.fires("confirm", story.issue, take_promised=True)
    assert (story.issue.state, office.on_hand(story.product)) == ("confirmed", D(40))
    (message,) = inbox("lin")
    assert (message.about, message.read_at) == (f"sales_order/{story.first.id}", None)
    for told in (story.first.number, story.issue.number, str(story.product), "40", BY.isoformat()):
        assert told in message.text
    (taken,) = db.session.scalars(sa.select(TakenPromise))
    assert (taken.order_number, taken.quantity, taken.document_id) == (story.first.number, D(40), story.issue.id)
    assert office.mismatches() == []


def test_what_is_left_for_the_others_is_taken_without_a_question(office: Office) -> None:
    """fault A6: 20 of 100 are promised to nobody else, and 21 are one too many. Manual 11.5."""
    story = Story(office)
    line = story.issue.lines[0].id
    with refused("promised"):
        office.keeper.fires("confirm", story.issue, lines=[{"id": line, "quantity": "21"}])
    office.keeper.fires("confirm", story.issue, lines=[{"id": line, "quantity": "20"}])
    assert (office.on_hand(story.product), inbox("lin")) == (D(80), [])


def test_whoever_was_approved_first_takes_what_is_theirs(story: Story) -> None:
    """fault A6: promises rank by the time of approval, so A need not ask B. Manual 11.5."""
    office = story.office
    office.lin.fires("issue", story.first)
    issue = db.session.scalars(sa.select(GoodsIssue).where(GoodsIssue.order_id == story.first.id)).one()
    office.keeper.fires("confirm", issue)
    assert (office.on_hand(story.product), inbox("xu")) == (D(20), [])
    with refused("stock.short"):
        office.keeper.fires("confirm", story.issue)


def test_an_order_that_waits_longest_loses_last(office: Office) -> None:
    """fault A6: of 100, A has 50 and B has 40; who takes 30 for C takes 10 free ones and 20 of B's. Manual 11.5."""
    (product,) = office.stocked("100")
    office.approved("lin", [(product, "50")])
    second = office.approved("zhou", [(product, "40")])
    issue = office.xu.fires("issue", office.approved("xu", [(product, "30")]))
    with refused("promised") as caught:
        office.keeper.fires("confirm", issue)
    assert reasons(caught.value) == [("promised", product.id, second.id)]
    office.keeper.fires("confirm", issue, take_promised=True)
    assert (len(inbox("lin")), len(inbox("zhou"))) == (0, 1)
    assert [str(taken.quantity) for taken in db.session.scalars(sa.select(TakenPromise))] == ["20.000"]


def test_every_product_and_order_is_named_at_once(office: Office) -> None:
    """fault A6: two products, three orders: four refusals in one answer, one message to each owner. Manual 11.5."""
    pump, saw = office.stocked("10", "10")
    first = office.approved("lin", [(pump, "6"), (saw, "5")])
    second = office.approved("zhou", [(pump, "4"), (saw, "5")])
    issue = office.xu.fires("issue", office.approved("xu", [(pump, "8"), (saw, "6")]))
    with refused("promised") as caught:
        office.keeper.fires("confirm", issue)
    both = [(key, order.id) for key in (pump.id, saw.id) for order in (first, second)]
    assert reasons(caught.value) == [("promised", *one) for one in both]
    office.keeper.fires("confirm", issue, take_promised=True)
    assert {login: len(inbox(login)) for login in ("lin", "zhou", "xu")} == {"lin": 1, "zhou": 1, "xu": 0}


def test_what_is_given_back_is_promised_to_nobody(story: Story) -> None:
    """fault A6: a stopped order, a revoked one and a cancelled issue release what they had reserved. Manual 11.5."""
    office = story.office
    office.lin.fires("stop", story.first, reason="客户不要了")
    office.keeper.fires("confirm", story.issue)
    assert office.on_hand(story.product) == D(40)


def test_goods_asked_for_in_another_warehouse_are_promised_there(office: Office) -> None:
    """fault A6: who asks for goods of the shop is promised them in the shop. Manual 11.5."""
    (product,) = office.stocked("10")
    office.stock({product: "10"}, "SHOP")
    shop = office.warehouse("SHOP").id
    first = office.approved("lin", [(product, "8")])
    office.lin.fires("issue", first, warehouse=shop)
    there = office.xu.fires("issue", office.approved("xu", [(product, "5")], warehouse=office.warehouse("SHOP")))
    with refused("promised") as caught:
        office.keeper.fires("confirm", there)
    assert reasons(caught.value) == [("promised", product.id, first.id)]
    here = office.zhou.fires("issue", office.approved("zhou", [(product, "10")]))
    office.keeper.fires("confirm", here)
    assert office.mismatches() == []


def test_a_transfer_takes_promised_goods_only_knowingly(office: Office) -> None:
    """fault A6: a transfer belongs to no order: all that is reserved there came before it. Manual 11.9."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "8")])
    lines = [{"product": product, "quantity": D(5)}]
    ends = {"from_warehouse": office.warehouse(), "to_warehouse": office.warehouse("SHOP")}
    transfer = office.keeper.creates(StockTransfer, lines=lines, **ends)
    office.keeper.fires("confirm", transfer)
    with refused("promised") as caught:
        office.keeper.fires("run", transfer)
    assert reasons(caught.value) == [("promised", product.id, order.id)]
    line = transfer.lines[0].id
    with refused("promised"):
        office.keeper.fires("run", transfer, lines=[{"id": line, "quantity": "3"}])
    office.keeper.fires("run", transfer, take_promised=True)
    assert (office.on_hand(product), office.on_hand(product, "SHOP"), len(inbox("lin"))) == (D(5), D(5), 1)
    assert office.mismatches() == []


def test_what_arrives_is_promised_to_nobody_there(office: Office) -> None:
    """fault A6: of a transfer only the warehouse that gives is asked, and only for what is promised. Manual 11.5."""
    (product,) = office.stocked("10")
    office.approved("zhou", [(product, "4")], warehouse=office.warehouse("SHOP"))
    ends = {"from_warehouse": office.warehouse(), "to_warehouse": office.warehouse("SHOP")}
    transfer = office.keeper.creates(StockTransfer, lines=[{"product": product, "quantity": D(10)}], **ends)
    for step in ("confirm", "run"):
        office.keeper.fires(step, transfer)
    assert office.on_hand(product, "SHOP") == D(10)


# Available by a day


def bought(office: Office, product: Any, quantity: str, day: dt.date, **values: Any) -> PurchaseOrder:
    """A purchase that the boss has approved."""
    values.setdefault("supplier", office.purchaser.creates(Supplier, name=f"永康五金厂 {product} {quantity} {day}"))
    lines = [{"product": product, "quantity": D(quantity), "unit_price": D(5)}]
    order = office.purchaser.creates(
        PurchaseOrder, subject="备货", ordered_on=SIGNED, expected_on=day, lines=lines, **values
    )
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    return order


def offered(office: Office, product: Any, day: dt.date | None, place: str = "MAIN") -> tuple[str, str | None]:
    asked = Circumstances("sell", None, office.warehouse(place).id, day)
    found = goods().offered(db.session(), [product.id], asked, office.lin.actor)[product.id]
    return found["available"], found["available_then"]


def test_what_purchases_bring_is_available_from_the_day_they_are_expected(office: Office) -> None:
    """fault A6: on hand, less what is promised, plus what approved purchases still bring until then. Manual 8.5."""
    (product,) = office.stocked("100")
    office.approved("lin", [(product, "80")])
    first = bought(office, product, "50", SIGNED + dt.timedelta(days=10))
    bought(office, product, "7", SIGNED + dt.timedelta(days=20))
    bought(office, product, "1000", SIGNED, warehouse=office.warehouse("SHOP"))
    days = [SIGNED + dt.timedelta(days=n) for n in (9, 10, 20)]
    assert [offered(office, product, day)[1] for day in days] == ["20.000", "70.000", "77.000"]
    assert offered(office, product, None) == ("20.000", None)
    receipt = office.purchaser.fires("receive", first, lines=[{"id": first.lines[0].id, "quantity": "30"}])
    office.keeper.fires("confirm", receipt)
    assert offered(office, product, days[1]) == ("50.000", "70.000")


def test_what_was_never_there_is_available_when_it_comes(office: Office) -> None:
    """fault A6: a product without a balance counts from 0; what counts no stock has no figure. Manual 8.5."""
    fresh, service = office.product(), office.product(counts_stock=False)
    bought(office, fresh, "5", SIGNED)
    assert offered(office, fresh, SIGNED) == ("0", "5.000")
    assert offered(office, service, SIGNED) == (None, None)


def test_all_products_of_a_search_are_told_by_one_question(office: Office) -> None:
    """fault A6: stock and what comes take one query, however many products. Manual 8.5."""
    products = office.stocked("1", "1", "1", name="防割手套")
    bought(office, products[0], "5", SIGNED)
    session, asked = db.session(), Circumstances("sell", None, office.warehouse().id, SIGNED)
    counts = []
    for some in (products[:1], products):
        with counted() as statements:
            goods().offered(session, [product.id for product in some], asked, office.lin.actor)
        counts.append([text for text in statements if "stock_balance" in text])
    assert [len(found) for found in counts] == [1, 1]


# REST


@pytest.mark.committed
def test_programs_see_and_say_whose_goods_they_take(app: Any, office: Office) -> None:
    """fault A6: `promised` stands with the document, the refusal is 422, `take_promised` answers it. Manual 11.5."""
    story = Story(office)
    key, first = story.issue.id, {"id": story.first.id, "name": story.first.number}
    product = {"id": story.product.id, "name": str(story.product)}
    db.session.rollback()
    keeper, owner, other = Api(app, "keeper"), Api(app, "lin"), Api(app, "zhou")
    taken = [{"product": product, "sales_order": first, "quantity": "40.000"}]
    assert keeper.get(f"goods_issue/{key}")[1]["result"]["promised"] == taken
    status, body = keeper.post(f"goods_issue/{key}/confirm")
    assert (status, body["code"], [one["code"] for one in body["reasons"]]) == (422, "promised", ["promised"])
    status, body = keeper.post(f"goods_issue/{key}/confirm", {"take_promised": True})
    assert (status, body["state"]) == (200, "confirmed")
    assert keeper.get(f"goods_issue/{key}")[1]["result"]["promised"] == taken
    (message,) = owner.get("message/")[1]["result"]
    assert message["about"] == {"model": "sales_order", "id": first["id"]}
    assert message["read_at"] is None
    assert owner.post(f"message/{message['id']}/read")[0] == 200
    assert owner.get(f"message/{message['id']}")[1]["result"]["read_at"] is not None
    assert (other.get("message/")[1]["count"], other.get(f"message/{message['id']}")[0]) == (0, 404)
    assert other.post(f"message/{message['id']}/read")[0] == 404


@pytest.mark.committed
def test_an_order_is_approved_whatever_there_is_and_the_answer_warns(app: Any, office: Office) -> None:
    """fault A6: the answer says what is missing, whose goods are there, and until when. Manual 11.5."""
    story = Story(office)
    late = office.order("zhou", [(story.product, "30")])
    office.zhou.fires("submit", late)
    key = late.id
    db.session.rollback()
    status, body = Api(app, "director").post(f"sales_order/{key}/approve")
    assert (status, body["state"]) == (200, "approved")
    (warning,) = body["warnings"]
    assert (warning["code"], warning["product"], warning["missing"]) == ("promised", story.product.id, "30.000")
    for told in (story.first.number, "林晓", BY.isoformat(), story.second.number, "许可", "100"):
        assert told in warning["message"]


# Pages


def test_many_orders_are_approved_at_once_with_their_warnings(at: At, story: Story) -> None:
    """fault A6: who approves several rows of a list is warned as well. Manual 8.5, 8.7."""
    office = story.office
    late = office.order("zhou", [(story.product, "30")])
    office.zhou.fires("submit", late)
    key, number = late.id, late.number
    db.session.rollback()
    browser = at("director")
    assert browser.post("/salesorder/list/bulk/approve", id=[key]).status_code == 303
    shown = browser.open("/salesorder/list/").text
    assert f"{number}: " in shown
    assert "还差 30" in shown


def test_the_dialog_asks_for_a_tick_that_names_the_orders(at: At, story: Story) -> None:
    """fault A6: the tick says what is taken; without it the page comes back with nothing lost. Manual 11.5."""
    first, key, name = story.first.number, story.issue.id, str(story.product)
    page, action = f"/goodsissue/show/{key}", f"/goodsissue/action/{key}/confirm"
    db.session.rollback()
    browser = at("keeper")
    shown = browser.open(page).text
    assert 'name="take_promised"' in shown
    assert f"占用已承诺给 {first}（林晓，最晚 {BY} 发货）的货：{name} 40 个" in shown
    refused_ = browser.press(page, action, **{"lines-0-quantity": "59"})
    assert refused_.status == 422
    assert refused_.typed("lines-0-quantity", action) == "59"
    assert "data-open" in refused_.text
    assert 'name="take_promised"' in refused_.text
    assert browser.press(page, action, **{"lines-0-quantity": "59"}, take_promised="1").status == 303


def test_the_dialog_asks_for_no_tick_where_nothing_is_taken(at: At, office: Office) -> None:
    """fault A6: the tick stands only where there is something to agree to. Manual 11.5."""
    (product,) = office.stocked("100")
    issue = office.lin.fires("issue", office.approved("lin", [(product, "80")]))
    office.approved("xu", [(product, "60")])
    key = issue.id
    db.session.rollback()
    assert 'name="take_promised"' not in at("keeper").open(f"/goodsissue/show/{key}").text


def test_the_approver_is_shown_whose_goods_an_order_needs(at: At, story: Story) -> None:
    """fault A6: the dialog of the approval names the gap, the orders and their dates. Manual 11.5."""
    office = story.office
    late = office.order("zhou", [(story.product, "30")])
    office.zhou.fires("submit", late)
    key, first = late.id, story.first.number
    db.session.rollback()
    shown = at("director").open(f"/salesorder/show/{key}").text
    dialog = shown.partition('id="d-approve"')[2].partition("</dialog>")[0]
    for told in (first, "林晓", BY.isoformat(), "还差 30"):
        assert told in dialog
