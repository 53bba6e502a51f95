"""The form of a document at every width: typed to the end, nothing sideways, what steers it in sight. Manual 8.5."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from selenium.webdriver import Keys

from app.core.db.base import db
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.sales.sales_order import SalesOrder
from tests.browser.person import Person, Site
from tests.support import services
from tests.support.office import SIGNED

pytestmark = pytest.mark.browser
WIDTHS = {1440: 900, 1280: 800, 1024: 768, 820: 1180, 390: 844}
LEAST_PRODUCT = 240  # pixels in which a name and a model can be read
IN_SIGHT = """
const seen = (selector) => [...document.querySelectorAll(selector)].some((element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && element.checkVisibility();
});
return arguments[0].filter((selector) => !seen(selector));
"""


@pytest.fixture(scope="module")
def goods(office: Any) -> dict[str, Any]:
    """Ten products with long names, a customer, and an order of two hundred lines."""
    customer = office.customer("lin", "呼伦贝尔市海拉尔区恒通五金机电有限公司")
    office.contact(customer, is_primary=True, mobile="13900000001")
    products = [office.product(f"多功能工业级防尘防护口罩 {n} 型", price="1234.5") for n in range(10)]
    office.stock({products[0]: "2000", products[1]: "3"})
    long = office.order("lin", [(products[n % 10], str(n + 1)) for n in range(200)], customer=customer).id
    bought(office, products[1], "50")
    found = {"customer": customer.name, "long": long, "numbers": [product.number for product in products]}
    db.session.remove()
    return found


def bought(office: Any, product: Any, quantity: str) -> None:
    """A purchase that the boss has approved, expected on the day it was ordered."""
    supplier = office.purchaser.creates(Supplier, name="永康五金厂")
    lines = [{"product": product, "quantity": Decimal(quantity), "unit_price": Decimal(5)}]
    order = office.purchaser.creates(
        PurchaseOrder, supplier=supplier, subject="备货", ordered_on=SIGNED, expected_on=SIGNED, lines=lines
    )
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)


@pytest.fixture(params=WIDTHS)
def lin(request: pytest.FixtureRequest, site: Site) -> Iterator[Person]:
    width = request.param
    with services.chromium(width, WIDTHS[width]) as driver:
        person = Person(driver, site, str(width))
        person.sign_in("lin")
        yield person


def test_an_order_of_ten_lines_is_typed_by_keys_alone(lin: Person, goods: dict[str, Any]) -> None:
    """fault D1: §8.5: on a small laptop and on a tablet as at a desk; each product can be read while it is typed."""
    lin.open("/salesorder/add")
    lin.wait(lambda: lin.driver.switch_to.active_element.get_attribute("id") == "f-customer", "the cursor")
    lin.type(goods["customer"][:8])
    lin.wait(lambda: lin.all(".pop.found:not([data-stale]) [role=option]"), "the customer")
    lin.type(Keys.ENTER)
    lin.type(f"宽度 {lin.size}" + Keys.ENTER)
    if int(lin.size) > 500:
        lin.type("+30" + Keys.ENTER)
    else:  # the phone's own calendar
        lin.driver.execute_script("document.querySelector('[name=latest_ship_on]').value = '2027-01-31'")
        lin.click("#lines [data-cell=product]")
    for place, number in enumerate(goods["numbers"]):
        lin.type(number)
        lin.wait(lambda: lin.all(".pop.found:not([data-stale]) [role=option]"), number)
        width = lin.driver.execute_script("return document.activeElement.getBoundingClientRect().width")
        assert width >= LEAST_PRODUCT, f"line {place + 1} leaves the product {width} pixels"
        lin.type(Keys.ENTER + str(place + 1) + Keys.ENTER)
        if place < 9:
            lin.type(Keys.ENTER + Keys.ENTER)
    figures = [box.text.split() for box in lin.all("#lines [data-available]")]
    assert figures[1][-1] == "53", "3 are there, and a purchase brings 50 before the goods are to leave"
    assert figures[2] == ["0", "缺", "3"], "where nothing comes there is nothing to tell"
    lin.seen("document-typed")
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"^/salesorder/show/\d+")
    saved = db.session.query(SalesOrder).filter_by(subject=f"宽度 {lin.size}").one()
    assert [line.quantity for line in saved.lines] == list(range(1, 11))
    db.session.remove()


def test_head_column_heads_and_totals_stay_in_sight_at_two_hundred_lines(lin: Person, goods: dict[str, Any]) -> None:
    """fault D6: §8.5: title, party, the way to save and the total, wherever one is in the lines."""
    lin.open(f"/salesorder/edit/{goods['long']}")
    lin.wait(lambda: len(lin.all("#lines tbody tr")) == 200, "the lines")
    wanted = [".head h1", "[data-lines-total]", ".acts .btn-primary[data-submit]"]
    if int(lin.size) >= 1024:
        wanted.append("#lines thead th.quantity")
    for line in (1, 100, 200):
        lin.click(f"#lines tbody tr:nth-child({line}) [data-cell=quantity]")
        assert lin.driver.execute_script(IN_SIGHT, wanted) == [], f"at line {line}"
        focused = "const b = document.activeElement.getBoundingClientRect(); return [b.top, b.bottom, innerHeight]"
        top, bottom, height = lin.driver.execute_script(focused)
        assert 52 < top < bottom < height, "and so does the line that is typed into"
    lin.seen("document-two-hundred-lines")
    number = lin.all("#lines tbody tr:nth-child(200) [data-no]")[0]
    assert number.text == "200"
    assert number.rect["height"] <= 60, "numbers of three digits stay in one line"
