"""What is odd in a line is told below it with what would mend it: discounts, whole units, short stock. Manual 8.5."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.sales.sales_order import SalesOrder
from tests.browser.person import Person

pytestmark = pytest.mark.browser
# What is typed as a discount on a list price of 200 → the price it makes, and how the discount is shown then.
READ = {
    "0.9": ("180.0000", "90%"), "0.965": ("193.0000", "96.5%"), "9": ("180.0000", "90%"), "8.5": ("170.0000", "85%"),
    "90": ("180.0000", "90%"), "90%": ("180.0000", "90%"), "95 %": ("190.0000", "95%"), "100": ("200.0000", "100%"),
    "9折": ("180.0000", "90%"), "85折": ("170.0000", "85%"), "8.5折": ("170.0000", "85%"), "打9折": ("180.0000", "90%"),
    "九折": ("180.0000", "90%"), "八五折": ("170.0000", "85%"), "八点五折": ("170.0000", "85%"),
    "10折": ("200.0000", "100%"), "９０％": ("180.0000", "90%"), "０．９": ("180.0000", "90%"),
    "50": ("100.0000", "50%"),
}  # fmt: skip
# What is asked about → the prices that are offered.
ASKED = {
    "1": ["¥200.0000", "¥20.0000"], "1.0": ["¥200.0000", "¥20.0000"], "10": ["¥20.0000"], "40": ["¥80.0000"],
    "0.3": ["¥60.0000"], "4折": ["¥80.0000"], "0.9%": ["¥1.8000"], "0": ["¥0.0000"], "1折": ["¥20.0000"],
}  # fmt: skip
# What stays as it was typed, red, and is not saved.
REFUSED = ("850", "101", "110%", "120折", "-5", "abc", "9.5.5", "折", "%", "九百折", "1e2")


@pytest.fixture(scope="module")
def goods(office: Any) -> dict[str, Any]:
    hammer = office.product("羊角锤", price="200", unit="把")
    rope, saw = office.product("钢丝绳", price="8", unit="米"), office.product("手锯", price="30", unit="把")
    office.stock({hammer: "5", rope: "100", saw: "10"})
    office.approved("lin", [(saw, "8")])
    customer = office.customer("lin", "合肥万通五金")
    draft = office.order("lin", [(hammer, "1", "150")], customer=customer).id
    found = {
        "customer": customer.id, "hammer": hammer.number, "rope": rope.number, "saw": saw.number, "draft": draft,
    }  # fmt: skip
    db.session.remove()
    return found


def line(person: Person, goods: dict[str, Any], name: str, quantity: str) -> None:
    """A new order with one line, the cursor in its price."""
    person.open(f"/salesorder/add?customer={goods['customer']}")
    person.wait(lambda: person.all("input[name=consignee]"), "the form")
    person.click("#lines [data-cell=product]")
    person.type(goods[name] + Keys.ENTER + quantity + Keys.ENTER)
    person.wait(lambda: person.all("#lines tr.filled"), "the product")


def cell(person: Person, name: str) -> str:
    return str(person.all(f"#lines [data-cell={name}]")[0].get_attribute("value"))


def notes(person: Person) -> list[str]:
    return [note.text for note in person.all("#lines .line-note") if note.is_displayed()]


def discount(person: Person, typed: str) -> None:
    """Type over the discount of the first line, with the price back at 150."""
    price, box = (person.one(f"#lines [data-cell={name}]") for name in ("unit_price", "discount"))
    price.click()
    person.stroke(Keys.CONTROL, "a")
    person.type("150")
    box.click()
    person.stroke(Keys.CONTROL, "a")
    person.type(typed)


def test_every_notation_of_the_trade_makes_its_price(lin: Person, goods: dict[str, Any]) -> None:
    """fault A7: §8.5: a factor, tenths, hundredths; full width too."""
    lin.open(f"/salesorder/edit/{goods['draft']}")
    lin.one("#lines tr.filled")
    wrong = []
    for typed, expected in READ.items():
        discount(lin, typed)
        price = cell(lin, "unit_price")
        lin.type(Keys.TAB)
        if (price, cell(lin, "discount")) != expected or notes(lin):
            wrong.append((typed, price, cell(lin, "discount"), notes(lin)))
    assert wrong == []


def test_a_doubtful_discount_asks_and_is_not_saved_unanswered(lin: Person, goods: dict[str, Any]) -> None:
    """fault A7: §8.5: what it was understood as is said, and the price waits."""
    lin.open(f"/salesorder/edit/{goods['draft']}")
    lin.one("#lines tr.filled")
    wrong = []
    for typed, prices in ASKED.items():
        discount(lin, typed)
        offered = [button.text for button in lin.all("#lines .line-note button")]
        lin.type(Keys.TAB)
        stays = (cell(lin, "discount"), cell(lin, "unit_price")) == (typed, "150.0000")
        if (
            len(offered) != len(prices)
            or not all(p in text for p, text in zip(prices, offered, strict=True))
            or not stays
        ):
            wrong.append((typed, offered, cell(lin, "discount"), cell(lin, "unit_price")))
    assert wrong == []
    lin.seen("odd-discount-asked")
    lin.stroke(Keys.CONTROL, "s")
    lin.wait(lambda: lin.all("#refused li a"), "the summary")
    assert f"/edit/{goods['draft']}" in lin.path
    discount(lin, "1")
    lin.type(Keys.ENTER)
    lin.type(Keys.ENTER)
    assert (cell(lin, "unit_price"), cell(lin, "discount")) == ("200.0000", "100%"), "the first answer, by keys alone"
    assert notes(lin) == []


def test_what_is_no_discount_stays_visible_and_red(lin: Person, goods: dict[str, Any]) -> None:
    """fault A7: §8.5: nothing typed is silently replaced, and nothing unreadable is saved."""
    lin.open(f"/salesorder/edit/{goods['draft']}")
    lin.one("#lines tr.filled")
    wrong = []
    for typed in REFUSED:
        discount(lin, typed)
        lin.type(Keys.TAB)
        box = lin.one("#lines [data-cell=discount]")
        red = box.get_attribute("aria-invalid") == "true" and len(notes(lin)) == 1
        if (cell(lin, "discount"), cell(lin, "unit_price"), red) != (typed, "150.0000", True):
            wrong.append((typed, cell(lin, "discount"), cell(lin, "unit_price"), notes(lin)))
    assert wrong == []
    lin.seen("odd-discount-refused")
    lin.stroke(Keys.CONTROL, "s")
    lin.wait(lambda: lin.all("#refused li a"), "the summary")
    assert db.session.get_one(SalesOrder, goods["draft"]).lines[0].unit_price == 150
    db.session.remove()


def test_a_price_that_is_odd_is_told_and_can_be_saved(lin: Person, goods: dict[str, Any]) -> None:
    """§8.5: dearer than the list, or less than half of it."""
    line(lin, goods, "rope", "3")
    lin.type("￥９．５")
    assert cell(lin, "unit_price") == "￥９．５"
    lin.wait(lambda: notes(lin), "what is odd")
    assert "118.75%" in notes(lin)[0]
    lin.click("#lines .line-note button")
    lin.wait(lambda: cell(lin, "unit_price") == "8.0000", "the list price")
    assert notes(lin) == []


def test_a_part_of_a_whole_unit_is_refused_with_what_would_do(lin: Person, goods: dict[str, Any]) -> None:
    """fault A7: §8.5: a hammer does not come in parts, a rope does."""
    line(lin, goods, "hammer", "1.5")
    assert "把" in notes(lin)[0]
    assert [button.text for button in lin.all("#lines .line-note button")] == ["改成 1 把", "改成 2 把"]
    assert cell(lin, "quantity") == "1.5"
    lin.seen("odd-whole-unit")
    lin.click("#lines [data-cell=quantity]")
    lin.type(Keys.ENTER + Keys.TAB + Keys.ENTER)
    assert (cell(lin, "quantity"), notes(lin)) == ("2", [])
    line(lin, goods, "rope", "1.5")
    assert notes(lin) == []


def test_short_stock_says_what_is_promised_and_offers_the_rest(lin: Person, goods: dict[str, Any]) -> None:
    """§8.5: ten on hand, eight of them promised to somebody else."""
    line(lin, goods, "saw", "6")
    (told,) = notes(lin)
    assert "现有 10 把" in told
    assert "8 已许给别人" in told
    assert lin.text("[data-lines-wait]").endswith("1 行缺货")
    lin.seen("odd-short")
    lin.click("#lines .line-note button")
    assert (cell(lin, "quantity"), notes(lin)) == ("2", [])


def test_the_last_prices_are_taken_by_a_digit(lin: Person, goods: dict[str, Any], office: Any) -> None:
    """§8.5: what this customer paid lately, the latest first."""
    from app.models.customers.customer import Customer
    from app.models.products.product import Product

    customer = db.session.get_one(Customer, goods["customer"])
    rope = db.session.query(Product).filter_by(number=goods["rope"]).one()
    for price in ("7.5", "7.2"):
        office.approved("lin", [(rope, "10", price)], customer=customer)
    db.session.remove()
    line(lin, goods, "rope", "3")
    lin.stroke(Keys.ALT, Keys.ARROW_DOWN)
    rows = [row.text for row in lin.all(".pop.prices [role=option]")]
    assert ["7.2000" in rows[0], "7.5000" in rows[1], "8.0000" in rows[2]] == [True, True, True]
    lin.seen("last-prices")
    lin.type("2")
    assert cell(lin, "unit_price") == "7.5000"
    assert not lin.all(".pop.prices")
