"""The desk of every role: each figure, month and reminder is what the list behind it shows. Manual 3.1–3.3."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.actor import Actor
from app.core.clock import today, utc_now
from app.core.db.base import db
from app.core.report import REPORTS
from app.demo.people import CAST
from app.models.customers.customer import Customer
from app.models.money.payment import Payment
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_receipt import GoodsReceipt
from app.models.stock.stock_transfer import StockTransfer
from app.screens.desk.desk_page import cards_and_counts, charts, reminders, reminders_for, scope_of, waiting, waits_for
from app.screens.desk.desk_parts import Desk, Figure, Reported, Scope
from app.screens.desk.desks import COMMON, WHOSE, desk_of
from app.screens.frame.registry import VIEWS
from app.security.accounts.people import actor_named
from app.security.dictionaries import item_named
from app.views.sales.desk import orders_late, orders_ready
from tests.support.pages import Browser
from tests.support.statements import counted

MOST_STATEMENTS = 15
At = Callable[[str], Browser]


def paid(office: Any, order: SalesOrder, amount: str, **values: Any) -> Payment:
    method = item_named(db.session(), "payment_method", "银行转账")
    return office.finance.creates(
        Payment, customer=order.customer, sales_order=order, amount=Decimal(amount), method=method,
        received_on=today(), **values,
    )  # fmt: skip


def tell(office: Any, owner: str, goods: list[Any]) -> None:
    """One salesperson's rows: of each kind that a desk counts at least one, and one beside it that it must not."""
    pump, rare = goods
    now, long_ago = today(), today() - dt.timedelta(days=40)
    dated = {"signed_on": now, "latest_ship_on": now}
    shipped = office.approved(owner, [(pump, "3")], **dated)
    office.person(owner).fires("plan", shipped, instalments=2, first_on=(now - dt.timedelta(days=20)).isoformat())
    office.shipped(shipped, owner)
    paid(office, shipped, "4.50")
    voided = paid(office, shipped, "2")
    office.finance.fires("void", voided, reason="录错")
    late = office.approved(owner, [(pump, "2")], signed_on=long_ago, latest_ship_on=now - dt.timedelta(days=1))
    office.person(owner).fires("plan", late, instalments=1, first_on=now.isoformat())
    paid(office, late, "5")
    office.person(owner).fires("issue", late)
    office.approved(owner, [(pump, "1")], **dated)  # ready
    office.approved(owner, [(rare, "7")], **dated)  # short
    office.issued(office.approved(owner, [(pump, "1")], **dated), owner)
    stopped = office.approved(owner, [(pump, "9")], **dated)
    office.person(owner).fires("stop", stopped, reason="取消")
    for step in ("submit", "reject"):
        order = office.order(owner, [(pump, "1")], **dated)
        office.person(owner).fires("submit", order)
        if step == "reject":
            office.director.fires("reject", order, reason="价格偏低")
    hot = office.customer(owner)
    office.person(owner).fires("mark_hot", hot, reason="快签了")


def tell_purchasing(office: Any, pump: Any) -> None:
    """Purchases that are late, expected, decided on and sent back, one all in, and transfers to confirm and to run."""
    now, supplier = today(), office.purchaser.creates(Supplier, name="永康五金厂")

    def purchase(subject: str, days: int, *steps: str) -> Any:
        order = office.purchaser.creates(
            PurchaseOrder, supplier=supplier, subject=subject, ordered_on=now - dt.timedelta(days=20),
            expected_on=now + dt.timedelta(days=days),
            lines=[{"product": pump, "quantity": Decimal(3), "unit_price": Decimal(5)}],
        )  # fmt: skip
        for step in steps:
            who = office.boss if step in ("approve", "reject") else office.purchaser
            who.fires(step, order, **({"reason": "太贵"} if step == "reject" else {}))
        return order

    purchase("逾期的采购", -2, "submit", "approve", "receive")
    purchase("等货的采购", 3, "submit", "approve")
    purchase("待批的采购", 3, "submit")
    purchase("退回的采购", 3, "submit", "reject")
    whole = purchase("到齐的采购", -2, "submit", "approve", "receive")
    receipts = sa.select(GoodsReceipt).where(GoodsReceipt.purchase_order_id == whole.id)
    office.keeper.fires("confirm", db.session.scalars(receipts).one())
    for steps in ((), ("confirm",), ("confirm", "run"), ("cancel",)):
        transfer = office.keeper.creates(
            StockTransfer, from_warehouse=office.warehouse(), to_warehouse=office.warehouse("SHOP"),
            lines=[{"product": pump, "quantity": Decimal(1)}],
        )  # fmt: skip
        for step in steps:
            office.keeper.fires(step, transfer)


@pytest.fixture
def firm(office: Any) -> Any:
    """Two salespeople of one manager, and one beside them; and what is bought and moved."""
    goods = office.stocked("100", "1", price="10")
    for owner in ("lin", "zhou", "xu"):
        tell(office, owner, goods)
    tell_purchasing(office, goods[0])
    method = item_named(db.session(), "payment_method", "银行转账")
    office.finance.creates(
        Payment, customer=office.customer("lin"), amount=Decimal("33"), method=method, received_on=today(),
        prepayment=True,
    )  # fmt: skip
    return office


def as_(login: str) -> tuple[Actor, Desk, Scope]:
    actor = actor_named(db.session(), login)
    desk = desk_of(actor.active_role)
    return actor, desk, scope_of(desk, actor)


def figure_in(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.-]", "", text))


def rows_of(text: str) -> tuple[list[str], list[list[str]]]:
    """Headings and cells of the one table of a list, as people read them."""
    text = text.partition("<main")[2].partition("</main>")[0]
    if "<tbody>" not in text:
        return [], []
    plain = lambda cell: unescape(re.sub(r"<[^>]+>", "", cell)).strip()  # noqa: E731
    heads = [plain(cell) for cell in re.findall(r"(?s)<th [^>]*>(.*?)</th>", text.partition("<tbody>")[0])]
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    found = [re.split(r"<td[^>]*>", row)[1:] for row in re.findall(r"(?s)<tr[^>]*>(.*?)</tr>", body)]
    return heads, [[plain(cell) for cell in row] for row in found]


def in_list(browser: Browser, href: str, model: type[Any], path: str = "", less: str = "") -> Decimal:
    """What the list at this address shows: how many rows, or the sum of a column."""
    page = browser.open(href)
    assert page.status == 200, href
    heads, rows = rows_of(page.text)
    assert len(rows) < 50, "the list has a second page, which is not looked at"
    if not path:
        return Decimal(len(rows))
    if not rows:
        return Decimal(0)
    listing_heads = {name: _label(model, name) for name in (path, less) if name}
    values = {
        n: sum((figure_in(r[heads.index(label)]) for r in rows), Decimal(0)) for n, label in listing_heads.items()
    }
    return values[path] - values.get(less, Decimal(0))


def _label(model: type[Any], path: str) -> str:
    from app.query.listing import Listing

    return Listing(model, VIEWS[model].beside).field(path).label


def test_every_figure_is_what_its_list_shows(firm: Any, at: At) -> None:
    """§3.3: for every figure and remark of every role."""
    for login in CAST:
        compare_figures(login, at(login))


def compare_figures(login: str, browser: Browser) -> None:
    actor, desk, scope = as_(login)
    cards, _counts = cards_and_counts(desk, scope)
    parts = [part for part in desk.figures if isinstance(part, Reported) or part.is_for(actor)]
    page = browser.open("/").text
    assert len(cards) == len(parts)
    for part, card in zip(parts, cards, strict=True):
        assert f'href="{card.href}"'.replace("&", "&amp;") in page
        assert card.value in page
        if isinstance(part, Reported):
            foot = browser.open(card.href).text.partition("<tfoot>")[2].partition("</tfoot>")[0]
            assert card.value in foot
        else:
            shown = in_list(browser, card.href, part.rows.model, part.path, part.less)
            assert figure_in(card.value) == abs(shown), (login, card)
        if card.remark and part.note is not None:
            note = part.note
            listed = in_list(browser, card.remark_href, note.rows.model, note.path, note.less)
            assert figure_in(card.remark.split()[1] if note.path else card.remark) == listed, (login, card)
            if note.distinct:
                heads, rows = rows_of(browser.open(card.remark_href).text)
                whose = heads.index(_label(note.rows.model, note.distinct))
                assert re.search(r"(\d+) 家", card.remark)[1] == str(len({row[whose] for row in rows}))  # type: ignore[index]


def test_the_firm_of_this_test_lets_every_figure_count_something(firm: Any) -> None:
    """A figure that is nought for everybody would prove nothing about its list."""
    counted_in: dict[str, Decimal] = {}
    for login in CAST:
        actor, desk, scope = as_(login)
        cards, _counts = cards_and_counts(desk, scope)
        parts = [part for part in desk.figures if isinstance(part, Reported) or part.is_for(actor)]
        for part, card in zip(parts, cards, strict=True):
            key = part.report if isinstance(part, Reported) else f"{part.rows}"
            counted_in[key] = counted_in.get(key, Decimal(0)) + abs(figure_in(card.value))
    empty = {key for key, value in counted_in.items() if not value}
    assert {re.search(r"preset='(\w*)'", key)[1] for key in empty} == {"low", "high", "discontinued", "left"}  # type: ignore[index]


def test_every_month_and_day_of_a_chart_is_what_its_list_shows(firm: Any, at: At) -> None:
    """§3.3: a click on a month opens the rows it counts."""
    for login in ("lin", "manager", "director", "boss", "finance", "keeper", "purchaser"):
        compare_chart(login, at(login))


def compare_chart(login: str, browser: Browser) -> None:
    _actor, desk, scope = as_(login)
    drawn = charts(desk, scope)
    assert len(drawn) == len(desk.charts) == 1
    compared = 0
    for declared, plot in zip(desk.charts[0].series, drawn[0].plot["series"], strict=True):
        assert len(plot["values"]) == (12 if desk.charts[0].per == "month" else 30)
        for at_place, text in enumerate(plot["texts"]):
            if figure_in(text) or at_place == 0:
                shown = in_list(browser, plot["hrefs"][at_place], declared.rows.model, declared.path)
                assert figure_in(text) == abs(shown), (login, plot["hrefs"][at_place])
                compared += bool(figure_in(text))
    assert compared >= 2
    assert not drawn[0].is_empty


def test_reminders_count_and_name_only_rows_their_reader_may_open(firm: Any, at: At) -> None:
    """§3.3: what stands on the desk is in the list behind, and each line opens."""
    for login in CAST:
        actor, desk, scope = as_(login)
        _cards, counts = cards_and_counts(desk, scope)
        shown = reminders(desk, scope, counts)
        browser = at(login)
        for reminder, count in zip(reminders_for(desk, actor), counts, strict=True):
            assert in_list(browser, reminder.rows.address(scope), reminder.rows.model) == count, reminder.title
        for part in shown:
            assert part.lines
            for line in part.lines:
                assert browser.open(line.href).status in (200, 302), (login, line)


def test_nobody_is_reminded_of_somebody_elses_rows(firm: Any, at: At) -> None:
    """§3.3, spec.md §1: lin's orders, customers and reasons are on her desk and her superiors', not on xu's."""
    owners = {order.number: order.owner.username for order in db.session.scalars(sa.select(SalesOrder))}
    for login, wanted in (("lin", {"lin"}), ("xu", {"xu"}), ("manager", {"lin", "zhou"})):
        page = at(login).open("/").text
        assert {owners[number] for number in re.findall(r"DD\d+", page) if number in owners} == wanted
    assert "价格偏低" in at("lin").open("/").text


def test_an_order_that_could_be_issued_and_is_late_stands_with_the_late_ones_alone(firm: Any) -> None:
    seen = 0
    for login in CAST:
        _actor, desk, scope = as_(login)
        _cards, counts = cards_and_counts(desk, scope)
        told = [part for part in reminders(desk, scope, counts) if part.reminder in (orders_late, orders_ready)]
        orders = [line.href for part in told for line in part.lines]
        assert len(orders) == len(set(orders)), login
        seen += len(orders)
    assert seen > 2


def test_a_desk_takes_a_handful_of_statements(firm: Any, at: At) -> None:
    """design.md §9: whatever it shows, and the bell fewer still."""
    for login in CAST:
        browser = at(login)
        browser.open("/")
        with counted() as statements:
            browser.open("/")
        assert len(statements) <= MOST_STATEMENTS, (login, statements)
        with counted() as statements:
            browser.open("/waiting")
        assert len(statements) <= 5, (login, statements)


def test_the_bell_counts_what_its_lists_show(firm: Any, at: At) -> None:
    """§3.3: its sum is that of its lists, which share no row."""
    for login in CAST:
        browser = at(login)
        answer = browser.client.get("/waiting")
        told = answer.get_json()
        assert "no-store" in answer.headers["Cache-Control"]
        actor, desk, scope = as_(login)
        models = {part.rows.address(scope): part.rows.model for part in waits_for(desk, actor)}
        listed = [in_list(browser, item["href"], models[item["href"]]) for item in told["items"]]
        assert [str(number) for number in listed] == [item["count"] for item in told["items"]], login
        assert sum(listed) == told["sum"] == sum(told["menu"].values())
        assert told == waiting(desk, scope)


def test_what_is_done_leaves_the_bell_and_the_desk(firm: Any, at: At) -> None:
    """§8.7: a decided order does not wait any more."""
    before = at("director").client.get("/waiting").get_json()["sum"]
    order = db.session.scalars(sa.select(SalesOrder).where(SalesOrder.state == "pending")).first()
    firm.director.fires("approve", order)
    assert at("director").client.get("/waiting").get_json()["sum"] == before - 1


def test_nobody_asks_the_bell_without_signing_in(app: Any) -> None:
    for path in ("/waiting", "/call/", "/help/", "/help/orders"):
        assert app.test_client().get(path).status_code in (302, 401)


def test_every_declared_part_names_rows_its_list_offers(firm: Any) -> None:
    """A filter or a ready-made view that is not there would silently count everything."""
    boss = actor_named(db.session(), "boss")
    for desk in map(desk_of, (*WHOSE, COMMON)):
        for owners in ((), (boss.user_id,)):
            scope = Scope(boss, owners, today())
            parts = [*desk.figures, *desk.waits, *desk.reminders, *(s for chart in desk.charts for s in chart.series)]
            for part in parts:
                if isinstance(part, Reported):
                    assert part.column in {column.name for column in REPORTS[part.report].columns}
                    continue
                assert not part.rows.preset or part.rows.preset in VIEWS[part.rows.model].presets
                part.rows.listing(scope)
                if isinstance(part, Figure) and part.note:
                    part.note.rows.listing(scope)
    with pytest.raises(LookupError):
        Figure("", "", type(part.rows)(Customer, where=(("nothing", "1"),))).rows.listing(scope)


def test_the_greeting_is_that_of_the_clock(at: At) -> None:
    hour = (utc_now() + dt.timedelta(hours=8)).hour
    page = at("lin").open("/").text
    assert ("晚上好" if hour < 6 or hour >= 18 else "上午好" if hour < 12 else "下午好") in page
