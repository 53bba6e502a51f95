"""One order from the imports to its end, as people do it in a browser. Manual 6, 8.4–8.14, 11.2–11.6."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver import Keys
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.core.ledger.verify import mismatches
from tests.browser.person import Person

pytestmark = pytest.mark.browser
WORKBOOKS = Path(__file__).resolve().parents[2] / "app" / "demo"
# What is typed to find a product, the quantity, and a price where it is not the one filled in.
LINES = (
    ("P00001", "2", ""), ("P00002", "3", ""), ("K9279", "4", ""), ("P00004", "1", "40"), ("P00005", "10", ""),
    ("P00006", "2", ""), ("P00010", "1", ""), ("长城精工安装锤", "6", ""), ("P00020", "5", "9.5"), ("P00021", "8", ""),
)  # fmt: skip
MOST_STROKES = 60


def imports(person: Person, login: str, kind: str) -> None:
    """Upload a workbook, look at the check, import what is valid."""
    person.sign_in(login)
    person.open("/import/")
    person.one(f"#{kind} input[type=file]").send_keys(str(WORKBOOKS / f"{kind}.xlsx"))
    person.click(f"#{kind} .btn-primary")
    person.arrive(r"^/import/\d+")
    person.wait(lambda: person.all("button[name=mode][value=valid]"), "the end of the check")
    person.seen(f"import-{kind}-checked")
    person.click("button[name=mode][value=valid]")
    person.wait(lambda: person.all(".head .tag.ok"), "the end of the import")
    person.seen(f"import-{kind}")


def may_not_import(person: Person, login: str, kind: str) -> None:
    person.sign_in(login)
    person.open("/import/")
    assert not person.all(f"#{kind}"), f"{login} is offered to import {kind}"
    status = person.driver.execute_script(
        "return fetch('/import/template/' + arguments[0]).then((answer) => answer.status)", kind
    )
    assert status == 403


def enter_ten_lines(lin: Person) -> str:
    """Keys only; returns the page of the new order."""
    lin.sign_in("lin")
    lin.open("/salesorder/list/")
    lin.one("#main")
    lin.type("n")
    lin.arrive("^/salesorder/add")
    lin.wait(lambda: lin.driver.switch_to.active_element.get_attribute("id") == "f-customer", "the cursor")
    lin.strokes = 0
    lin.type("大连泰泰")
    lin.wait(lambda: lin.all(".pop.found:not([data-stale]) [role=option]"), "the customer")
    lin.stroke(Keys.ENTER)
    lin.type("12 月补货")
    lin.stroke(Keys.ENTER)
    lin.type("+30")
    lin.stroke(Keys.ENTER)
    for number, (wanted, quantity, price) in enumerate(LINES):
        enter_line(lin, number, wanted, quantity, price)
    lin.seen("order-form-typed")
    lin.stroke(Keys.CONTROL, "s")
    lin.arrive(r"^/salesorder/show/\d+")
    return lin.path.partition("?")[0]


def enter_line(lin: Person, number: int, wanted: str, quantity: str, price: str) -> None:
    lin.type(wanted)
    lin.wait(lambda: lin.all(".pop.found:not([data-stale]) [role=option]"), wanted)
    if number == 2:
        lin.shot("order-form-search")
    lin.stroke(Keys.ENTER)
    lin.type(quantity)
    lin.stroke(Keys.ENTER)
    if price:
        lin.type(price)
    if number < len(LINES) - 1:
        lin.stroke(Keys.ENTER)
        lin.stroke(Keys.ENTER)  # past the discount


def plan_and_submit(lin: Person) -> None:
    """Two instalments from the dialog that opened by itself, then off for approval; keys only."""
    lin.one("#d-plan")
    lin.type("2")
    lin.wait(lambda: len(lin.all("#d-plan [data-preview] tr")) == 2, "the preview")
    lin.seen("plan-dialog")
    lin.stroke(Keys.ENTER)
    lin.wait(lambda: len(lin.all("#plans tbody tr")) == 2, "the plan")
    assert shipping_status(lin) == "发货状态：--"
    lin.seen("order-draft")
    lin.stroke(Keys.CONTROL, Keys.ENTER)
    lin.wait(lambda: lin.all(".decide"), "the submitted order")


def shipping_status(person: Person) -> str:
    """As a person reads it. Manual 8.11."""
    return person.text("#shipping-status")


def approve_on_the_phone(director: Person, order: str) -> None:
    """What the decision needs stands on the first screen, and so do both answers."""
    director.sign_in("director")
    director.open("/salesorder/list/?view=waiting")
    director.seen("orders-waiting")
    director.click(f"tbody a[href='{order}']")
    director.arrive(order)
    first_screen = 844
    for selector in (".decide", ".foot .btn-primary", ".foot .btn-outline-danger"):
        box = director.one(selector).rect
        assert box["y"] + box["height"] <= first_screen, f"{selector} is below the first screen"
        assert box["x"] + box["width"] <= 390
    assert "大连泰泰" in director.text(".head h1")
    told = director.text(".decide")
    assert "¥" in told
    assert "%" in told, "the lowest discount"
    director.seen("order-pending")
    director.click(".foot .btn-primary")
    director.wait(lambda: not director.all(".decide"), "the approval")
    assert director.text("#shipping-status") == "未出库"
    director.seen("order-approved")


def request_issue(lin: Person, order: str, name: str) -> None:
    lin.sign_in("lin")
    lin.open(order)
    lin.click(".head .acts button[data-dialog=d-issue]")
    lin.one("#d-issue")
    lin.seen(f"issue-dialog-{name}")
    lin.click("#d-issue .btn-primary")
    lin.wait(lambda: lin.all("#goods .docs li"), "the goods issue")
    lin.seen(f"order-requested-{name}")


def confirm_and_ship(keeper: Person, lin: Person, order: str, name: str, *, lowered: bool) -> list[str]:
    """Returns the shipping status after each step, as the order's owner reads it on the phone."""
    passed = []
    keeper.sign_in("keeper")
    keeper.open("/goodsissue/list/")
    keeper.seen(f"issues-{name}")
    keeper.click("tbody tr:first-child a.lk")
    keeper.arrive(r"^/goodsissue/show/\d+")
    assert "卫艳志" in keeper.text(".decide"), "the keeper ships to the consignee"
    assert keeper.driver.execute_script(f"return fetch('{order}').then((answer) => answer.status)") == 404
    keeper.click(".head .acts button[data-dialog=d-confirm]")
    if lowered:
        for box in keeper.all("#d-confirm input[name$=quantity]")[5:]:
            box.clear()
            box.send_keys("0")
    keeper.seen(f"confirm-dialog-{name}")
    keeper.click("#d-confirm .btn-primary")
    keeper.wait(lambda: keeper.all("#d-ship"), "the confirmed issue")
    passed.append(status_on(lin, order))
    keeper.click(".head .acts button[data-dialog=d-ship]")
    keeper.one("#d-ship input[name=carrier]").send_keys("顺丰速运")
    keeper.one("#d-ship input[name=tracking_number]").send_keys("SF1234567890")
    keeper.seen(f"ship-dialog-{name}")
    keeper.click("#d-ship .btn-primary")
    keeper.wait(lambda: keeper.all(".head .tag.ok"), "the shipment")
    keeper.seen(f"issue-shipped-{name}")
    passed.append(status_on(lin, order))
    return passed


def status_on(person: Person, order: str) -> str:
    person.open(order)
    return shipping_status(person)


def record_payments(finance: Person, order: str) -> None:
    """One payment per instalment; amount, plan and salesperson are filled in, whichever way one came."""
    finance.sign_in("finance")
    for serial in (1, 2):
        if serial == 1:
            finance.open(f"{order}#plans")
            finance.click("#plans tbody a[href*='/payment/add']")
        else:
            pick_order(finance, finance.text(".head .sub").rpartition(" ")[2])
        finance.arrive("^/payment/add.sales_order=")
        assert finance.one("input[name=amount]").get_attribute("value")
        finance.seen(f"payment-form-{serial}")
        finance.stroke(Keys.CONTROL, "s")
        finance.arrive(order)
        finance.wait(lambda n=serial: len(finance.all("#payments tbody tr")) == n, "the payment")
    finance.seen("order-ended")


def pick_order(finance: Person, number: str) -> None:
    """By typing its number into a new payment."""
    finance.open("/payment/list/")
    finance.one("#main")
    finance.type("n")
    finance.arrive("^/payment/add")
    finance.type(number)
    finance.wait(lambda: number in finance.text(".pop.found"), "the order")
    finance.stroke(Keys.ENTER)


def test_an_order_goes_from_three_workbooks_to_its_end_by_itself(desk: Person, phone: Person) -> None:
    may_not_import(desk, "lin", "customers")
    may_not_import(desk, "admin", "products")
    may_not_import(desk, "product", "opening_stock")
    imports(desk, "admin", "customers")
    imports(desk, "product", "products")
    imports(desk, "keeper", "opening_stock")
    passed = []
    order = enter_ten_lines(desk)
    passed.append(shipping_status(desk))
    plan_and_submit(desk)
    assert desk.strokes <= MOST_STROKES, f"{desk.strokes} keystrokes besides values and searches"
    passed.append(shipping_status(desk))
    desk.seen("order-submitted")
    approve_on_the_phone(phone, order)
    phone.sign_in("lin")
    request_issue(desk, order, "first")
    passed += confirm_and_ship(desk, phone, order, "first", lowered=True)
    request_issue(desk, order, "second")
    passed += confirm_and_ship(desk, phone, order, "second", lowered=False)
    assert passed == ["发货状态：--", "发货状态：未出库", "需发货", "部分发货", "需发货", "全部发货"]
    record_payments(desk, order)
    assert "结束" in desk.text(".head .tags")
    assert desk.text("#shipping-status") == "全部发货"
    phone.open(order)
    phone.seen("order-ended")
    with Session(create_engine(f"sqlite:///{desk.site.database}")) as session:
        assert list(mismatches(session)) == []
