"""Σ lines = head for any order, what is undone leaves no trace in the figures, and days are the days of Shanghai."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import at_moment, today
from app.core.db.base import db
from app.core.money import line_amount, rounded, tax_in
from app.core.record.numbering import next_numbers
from app.models.money.payment import PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.workflows.money.payment_plan import instalments_of
from tests.properties.effort import ORDERS, effort
from tests.races.crowd import seed_of_run
from tests.support.office import Office

RATES = (D(0), D("0.01"), D("0.03"), D("0.06"), D("0.09"), D("0.13"))


def test_the_lines_of_any_order_sum_to_its_head(capsys: Any) -> None:
    """R21, §8.5: amounts and taxes of lines add up to the head to the cent, through parts shipped and plans."""
    seed = seed_of_run()
    draw = random.Random(seed)
    for _n in range(ORDERS):
        amounts, taxes = [], []
        for _line in range(draw.randint(1, 12)):
            quantity, price = D(draw.randint(1, 10**6)).scaleb(-3), D(draw.randint(0, 10**8)).scaleb(-4)
            amount, rate = line_amount(quantity, price), draw.choice(RATES)
            assert abs(amount - quantity * price) <= D("0.005")
            amounts.append(amount)
            taxes.append(tax_in(amount, rate))
            assert D(0) <= taxes[-1] <= amount
            assert abs(taxes[-1] - amount * rate / (1 + rate)) <= D("0.005")
            cuts = sorted(draw.sample(range(int(quantity * 1000) + 1), min(3, int(quantity * 1000))))
            parts = [D(cut).scaleb(-3) for cut in cuts] + [quantity]
            running = [line_amount(part, price) for part in parts]
            shipped = [b - a for a, b in zip([D(0), *running], running, strict=False)]
            assert sum(shipped) == amount  # cut from the running total, as shipments are
            assert all(part >= 0 for part in shipped)
        total = sum(amounts, D(0))
        assert rounded(total) == total
        assert sum(taxes) <= total
        if total >= D("1"):
            assert sum(instalments_of(total, draw.randint(1, 24))) == total
    with capsys.disabled():
        print(f"\nR21 seed {seed}: {ORDERS} orders")


LINE = st.tuples(st.integers(1, 10**6), st.integers(0, 10**8), st.sampled_from(RATES))


@effort(2)
@given(lines=st.lists(LINE, min_size=1, max_size=6))
def test_the_head_in_the_database_is_the_sum_of_its_lines(office: Office, lines: list[Any]) -> None:
    """R21: the same, through the entry and the database."""
    product = office.product(unit="米") if not office.made else db.session.merge(office.product(unit="米"))
    given_lines = [
        {"product": product, "quantity": D(q).scaleb(-3), "unit_price": D(p).scaleb(-4), "tax_rate": rate}
        for q, p, rate in lines
    ]
    order = office.order("lin", [(product, "1")])
    office.lin.changes(order, lines=given_lines)
    db.session.expire_all()
    found = db.session.get_one(SalesOrder, order.id)
    assert found.total == sum((line.amount for line in found.lines), D(0))
    assert found.total == sum((line_amount(D(q).scaleb(-3), D(p).scaleb(-4)) for q, p, _rate in lines), D(0))
    db.session.rollback()


def figures() -> dict[str, list[Any]]:
    """Every cached figure: what an undone step must leave as it found it. Histories and counters only grow."""
    db.session.rollback()
    asked = {
        "stock": "SELECT warehouse_id, product_id, on_hand, reserved FROM stock_balance"
        " WHERE on_hand <> 0 OR reserved <> 0 ORDER BY 1, 2",
        "money": "SELECT customer_id, contract_value, shipped_value, plan_open, received, receivable"
        " FROM customer_balance ORDER BY 1",
        "orders": "SELECT id, state, status, shipping_status, total, shipped_amount, received, receivable"
        " FROM sales_order ORDER BY id",
        "lines": "SELECT id, quantity, issued, shipped, shipped_amount, amount FROM sales_order_line ORDER BY id",
        "plans": "SELECT id, amount, settled, status FROM payment_plan ORDER BY id",
        "customers": "SELECT id, life_cycle, first_signed_on FROM customer ORDER BY id",
    }
    found = {name: [tuple(row) for row in db.session.execute(sa.text(text))] for name, text in asked.items()}
    db.session.rollback()
    # A balance of nothing is as good as none: the first posting makes its row, and no step takes a row away.
    found["money"] = [row for row in found["money"] if any(row[1:])]
    return found


# What is done, and what takes it back; each by who may.
UNDONE = {
    "approve": (("director", "approve", {}), ("director", "revoke", {})),
    "submit": (("lin", "submit", {}), ("lin", "withdraw", {})),
    "stop": (("lin", "stop", {"reason": "缺货"}), ("lin", "reopen", {})),
}


@pytest.mark.parametrize("what", ["approve", "stop", "issue", "confirm", "pay"])
@effort(0.5)
@given(quantities=st.lists(st.integers(1000, 9999), min_size=1, max_size=3))
def test_what_is_undone_leaves_every_figure_as_it_was(office: Office, what: str, quantities: list[int]) -> None:
    """R7: revoke, reopen, cancel and void restore all balances exactly."""
    # Opening stock is set once, before anything moves; the examples share the goods.
    goods = office.__dict__.get("goods") or office.__dict__.setdefault(
        "goods", office.stocked("100", "100", "100", unit="米")
    )
    wanted = [(product, str(D(q).scaleb(-3)), "19.9999") for product, q in zip(goods, quantities, strict=False)]
    order = office.order("lin", wanted)
    office.lin.fires("submit", order)
    if what != "approve":
        office.director.fires("approve", order)
        office.lin.fires("plan", order, instalments=3, first_on="2026-12-01")
    issue = office.lin.fires("issue", order) if what == "confirm" else None
    before = figures()
    if what == "pay":
        payment = office.finance.pays(order, str(order.total))
        office.finance.fires("void", payment, reason="记错")
    elif what in ("issue", "confirm"):
        issue = issue or office.lin.fires("issue", order)
        if what == "confirm":
            office.keeper.fires("confirm", issue)
        office.keeper.fires("cancel", issue)
    else:
        for who, action, form in UNDONE[what]:
            office.person(who).fires(action, order, **form)
    after = figures()
    if what == "approve":  # a revoked order is a draft again, and was pending before
        for found in (before, after):
            found["orders"] = [row[:1] + row[2:3] + row[4:] for row in found["orders"]]
    assert after == before
    assert office.mismatches() == []


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-31T15:59:59+00:00", "2026-01-31"), ("2026-01-31T16:00:00+00:00", "2026-02-01"),
        ("2028-02-28T16:00:00+00:00", "2028-02-29"), ("2028-02-29T16:00:00+00:00", "2028-03-01"),
        ("2026-12-31T16:00:00+00:00", "2027-01-01"), ("2027-02-28T16:00:00+00:00", "2027-03-01"),
    ],
)  # fmt: skip
def test_a_day_ends_at_midnight_in_shanghai(office: Office, moment: str, day: str) -> None:
    """R22, §8.4: month end, leap day, year's end: numbers begin anew with the day, and the order goes through."""
    with at_moment(dt.datetime.fromisoformat(moment)):
        assert today().isoformat() == day
        assert next_numbers(db.session(), "XX", 2) == [f"XX{day.replace('-', '')}{n:04d}" for n in (1, 2)]
        db.session.rollback()
        (product,) = office.stocked("5", price="10")
        order = office.order(
            "lin", [(product, "3")], signed_on=today(), latest_ship_on=today() + dt.timedelta(days=366)
        )
        office.lin.fires("submit", order)
        office.director.fires("approve", order)
        office.lin.fires("plan", order, instalments=3, first_on=day, interval_days=29)
        office.shipped(order)
        office.finance.pays(order, "30", received_on=today())
        found = list(db.session.scalars(sa.select(PaymentPlan.due_on).where(PaymentPlan.sales_order_id == order.id)))
    first = dt.date.fromisoformat(day)
    assert sorted(found) == [first + dt.timedelta(days=29 * n) for n in range(3)]
    assert (order.status, office.mismatches()) == ("ended", [])
