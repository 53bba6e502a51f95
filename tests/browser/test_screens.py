"""Every page of orders, goods and money at a desk and on a phone: nothing to be ashamed of. design.md §8."""

from __future__ import annotations

import json
import random
import re
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from app.core.db.base import db
from app.core.money import shares, tax_in
from app.models.document import Prices
from app.workflows.document.pricing import Written, reckoned
from app.workflows.money.payment_plan import instalments_of
from tests.browser.person import Person

pytestmark = pytest.mark.browser
# Who looks at which page; {name} stands for the key of a document below.
PAGES = {
    "lin": "/salesorder/list/ /salesorder/show/{draft} /salesorder/edit/{approved} /salesorder/show/{shipped}",
    "director": "/salesorder/show/{pending} /stockbalance/list/ /stockledgerentry/list/",
    "keeper": "/goodsissue/list/?view=open /goodsissue/show/{issue} /shipment/show/{shipment} /stockinit/show/1",
    "finance": "/payment/add?sales_order={approved} /payment/list/ /paymentplan/list/?view=open /payment/show/1",
}


@pytest.fixture(scope="module")
def keys(office: Any) -> dict[str, int]:
    """An order in each state, with long names and large figures where pages break."""
    customer = office.customer("lin", "内蒙古自治区呼伦贝尔市海拉尔区恒通五金机电设备股份有限公司")
    goods = [
        office.product("超长品名的多功能工业级防尘防护口罩(加厚)", price="1234567.8901", unit="米") for _ in range(3)
    ]
    office.stock({goods[0]: "100000", goods[1]: "2"})
    lines = [(goods[0], "12345.678"), (goods[1], "3", "1000000"), (goods[2], "5")]
    draft = office.order("lin", lines, customer=customer)
    pending = office.order("lin", lines, customer=customer)
    office.lin.fires("submit", pending)
    approved = office.approved("lin", lines, customer=customer)
    office.lin.fires("plan", approved, instalments=3, first_on="2026-10-01")
    issue = office.lin.fires("issue", approved)
    shipped = office.approved("lin", [(goods[0], "2")], customer=customer)
    shipment = office.shipped(shipped)
    office.finance.pays(shipped, "1000")
    found = {
        "draft": draft,
        "pending": pending,
        "approved": approved,
        "shipped": shipped,
        "issue": issue,
        "shipment": shipment,
    }
    ids = {name: int(document.id) for name, document in found.items()}
    db.session.remove()
    return ids


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("login", PAGES)
def test_pages_fit_and_run_without_a_complaint(
    login: str, size: str, keys: dict[str, int], request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(size)
    person.sign_in(login)
    for path in PAGES[login].split():
        person.open(path.format(**keys))
        person.one("h1")
        name = "-".join(re.findall(r"\w+", path.partition("?")[0]))
        person.seen(f"{login}-{name}")


def test_the_script_computes_as_the_server_does(desk: Person) -> None:
    """Amounts, tax, instalments and shares of a rebate of random lines, with tax and without, to the cent."""
    chance = random.Random(8)
    lines = [
        (Decimal(chance.randrange(1, 10**7)).scaleb(-3), Decimal(chance.randrange(10**10)).scaleb(-6))
        for _ in range(300)
    ]
    rates = [chance.choice(["0.13", "0.09", "0.06", "0.03", "0.01", "0"]) for _ in lines]
    nets = [chance.choice((True, False)) for _ in lines]
    told = json.dumps([[str(q), str(p), r, net] for (q, p), r, net in zip(lines, rates, nets, strict=True)])
    desk.sign_in("lin")
    script = """
      const done = arguments[1];
      import("/static/js/document/exact.js").then((exact) => done(JSON.parse(arguments[0]).map(([q, p, r, isNet]) => {
        const rate = exact.units(r, 4);
        const amount = exact.amountOf(exact.units(q, 3), exact.units(p, 6), rate, isNet);
        const whole = exact.withTax(exact.units(p, 6), rate, isNet);
        const parts = exact.instalmentsOf(amount, 3, ["33.3", "33.3", "33.4"].map((ratio) => exact.units(ratio, 4)));
        const shares = exact.shares(amount / 3n, [amount, 0n, amount / 7n, 5n]);
        const shown = [amount, exact.taxIn(amount, rate), ...shares, ...(parts ?? [])];
        return [exact.fixed(whole, 6), ...shown.map((value) => exact.fixed(value, 2))];
      })));"""
    computed = desk.driver.execute_async_script(script, told)
    ratios = [Decimal("33.3"), Decimal("33.3"), Decimal("33.4")]
    cent = Decimal("0.01")
    for (quantity, price), rate, net, found in zip(lines, rates, nets, computed, strict=True):
        kind = Prices.net if net else Prices.gross
        (line,) = reckoned([Written(quantity, price, Decimal(rate))], kind, Decimal(0))
        amount = line.amount
        values = [amount, Decimal(0), (amount / 7).quantize(cent, ROUND_DOWN), 5 * cent]
        wanted = [line.effective_price, amount, tax_in(amount, Decimal(rate))]
        wanted += shares((amount / 3).quantize(cent, ROUND_DOWN), values)
        if amount >= Decimal("0.03"):
            wanted += instalments_of(amount, 3, ratios)
        assert [Decimal(text) for text in found] == wanted, (quantity, price, rate)
