"""What prices mean and what is taken off the whole stand among the lines of the form. Manual 8.5."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.support.select import Select

from app.core.db.base import db
from app.models.document import Prices
from app.models.sales.sales_order import SalesOrder
from tests.browser.form.test_pasted_tables import enter, paste
from tests.browser.person import Person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def goods(office: Any) -> dict[str, Any]:
    screw, hammer = (
        office.product("自攻螺丝", price="0.0226", unit="把"),
        office.product("羊角锤", price="113", unit="把"),
    )
    customer = office.customer("lin", "合肥万通五金")
    office.approved("lin", [(hammer, "1", "101.7")], customer=customer)
    found = {"customer": customer.id, "screw": screw.number, "hammer": hammer.number}
    db.session.remove()
    return found


@pytest.fixture
def form(lin: Person, goods: dict[str, Any]) -> Person:
    lin.open(f"/salesorder/add?customer={goods['customer']}")
    lin.wait(lambda: lin.all("input[name=consignee]"), "the form")
    for name, text in (("subject", "补货"), ("latest_ship_on", "+9")):
        lin.click(f"input[name={name}]")
        lin.type(text)
    return lin


def add(person: Person, number: str, quantity: str, price: str = "") -> None:
    lines = len(person.all("#lines tr.filled"))
    person.type(number + Keys.ENTER + quantity + Keys.ENTER)
    person.wait(lambda: len(person.all("#lines tr.filled")) > lines, "the product")
    person.type(price + 2 * Keys.ENTER)


def cells(person: Person, name: str) -> list[str]:
    return [str(cell.get_attribute("value")) for cell in person.all(f"#lines tr.filled [data-cell={name}]")]


def foot(person: Person) -> tuple[str, str, str]:
    """What stands in the foot: the sum of the lines, the total, the tax in it."""
    worth, total, tax = (person.all(f"[data-lines-{name}]")[0].text for name in ("worth", "total", "tax"))
    return worth, total, tax


def choose(person: Person, value: str) -> None:
    Select(person.one("select[name=prices]")).select_by_value(value)


def saved(person: Person) -> tuple[Prices, D, D, D]:
    """Save the order; what the database has then: kind of prices, rebate, total, tax."""
    person.stroke(Keys.CONTROL, "s")
    person.arrive(r"/salesorder/show/\d+")
    order = db.session.get_one(SalesOrder, int(person.path.split("/")[3].partition("?")[0]))
    found = order.prices, order.rebate, order.total, order.tax_total
    db.session.remove()
    return found


def test_a_rebate_is_typed_or_rounded_down_and_what_is_shown_is_what_is_saved(
    form: Person, goods: dict[str, Any]
) -> None:
    """fault A10: a price of six places, 抹零 by a button, the same figures as the server's."""
    form.click("#lines [data-cell=product]")
    add(form, goods["screw"], "100000", "0.012345")
    add(form, goods["hammer"], "3", "99.99")
    assert cells(form, "unit_price") == ["0.012345", "99.9900"]
    assert foot(form) == ("", "¥1,534.47", "¥176.53")
    form.click("[data-round]")
    assert form.one("input[name=rebate]").get_attribute("value") == "0.47"
    form.click("input[name=rebate]")
    form.stroke(Keys.CONTROL, "a")
    form.type("34.47")
    form.wait(lambda: foot(form)[:2] == ("¥1,534.47", "¥1,500.00"), "the total")
    form.seen("form-rebate")
    tax = foot(form)[2]
    prices, rebate, total, tax_total = saved(form)
    assert (prices, rebate, total, f"¥{tax_total}") == (Prices.gross, D("34.47"), D(1500), tax)
    assert "分摊优惠" in form.text("#document-lines thead")
    assert "-¥34.47" in form.text("#document-lines tfoot")
    form.seen("page-rebate")


def test_prices_excluding_tax_follow_where_they_were_filled_in_and_stay_where_they_were_typed(
    form: Person, goods: dict[str, Any]
) -> None:
    """fault A10: a filled-in 113 becomes 100, a typed 90 stays and is told; what was paid last is shown alike."""
    form.click("#lines [data-cell=product]")
    add(form, goods["hammer"], "2")
    add(form, goods["screw"], "1000", "0.02")
    assert foot(form)[1] == "¥246.00"
    choose(form, "net")
    form.wait(lambda: "1 行单价未变" in form.text("body"), "what is told")
    assert cells(form, "unit_price") == ["100.0000", "0.0200"]
    assert cells(form, "discount") == ["100%", "100%"]
    assert "不含税单价" in form.text("#lines thead")
    assert "90.00" in form.one("#lines [data-last]").text
    assert foot(form)[1:] == ("¥248.60", "¥28.60")
    form.seen("form-net-prices")
    assert saved(form) == (Prices.net, D(0), D("248.60"), D("28.60"))
    assert "不含税单价" in form.text("#document-lines")


def test_a_filled_in_price_follows_the_tax_rate_before_tax(form: Person, goods: dict[str, Any]) -> None:
    """fault A10: 113 with tax is 100 at 13 % and 113 at none; what was typed stays."""
    form.click("#lines [data-cell=product]")
    add(form, goods["hammer"], "1")
    choose(form, "net")
    rates = Select(form.one("#lines [data-cell=tax_rate]"))
    rates.select_by_value("0")
    assert cells(form, "unit_price") == ["113.0000"]
    assert cells(form, "discount") == ["100%"]


def test_a_pasted_price_is_taken_as_its_heading_says(form: Person, goods: dict[str, Any]) -> None:
    """fault A10: prices with tax and without, pasted into a document of the other kind."""
    choose(form, "net")
    paste(form, ("编号", "数量", "含税单价"), (goods["hammer"], 1, "113"))
    enter(form)
    assert cells(form, "unit_price") == ["100.0000"]
    choose(form, "gross")
    form.click("[data-add-line]")
    paste(form, ("编号", "数量", "不含税单价"), (goods["hammer"], 1, "90"))
    enter(form)
    assert cells(form, "unit_price")[1] == "101.7000"


def test_a_rebate_beyond_the_lines_is_refused_beside_it(form: Person, goods: dict[str, Any]) -> None:
    """fault A10: nothing typed is lost."""
    form.click("#lines [data-cell=product]")
    add(form, goods["hammer"], "1")
    form.click("input[name=rebate]")
    form.type("113.01")
    form.stroke(Keys.CONTROL, "s")
    form.wait(lambda: "整单优惠超过了明细合计" in form.text("main"), "the refusal")
    assert form.one("input[name=rebate]").get_attribute("aria-invalid") == "true"
    form.seen("form-rebate-refused")


def test_a_row_with_a_problem_enters_at_the_price_it_will_have(form: Person, goods: dict[str, Any]) -> None:
    """fault A8, A10: once its product is chosen, a price with tax is not taken for one without."""
    choose(form, "net")
    paste(form, ("编号", "数量", "含税单价"), ("P99999", 1, "113"))
    form.press("连问题行一起进", "dialog.paste")
    form.wait(lambda: form.all("#lines .err"), "the refusal")
    assert [cell.get_attribute("value") for cell in form.all("#lines [data-cell=unit_price]")][0] == "100.0000"
