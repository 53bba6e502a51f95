"""期末结账, business dates and their bounds: what counts in which month. Manual 8.14, 8.15."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.clock import today
from app.core.db.base import db
from app.models.money.closed_month import ClosedMonth
from app.models.money.payment import Payment, ReceivableLedgerEntry
from app.models.sales.sales_order import SalesOrder
from app.security.dictionaries import item_named
from app.security.settings import set_setting
from tests.plugins.trips import tripped
from tests.support.office import refused

LAST = today().replace(day=1) - dt.timedelta(days=1)  # the last day of the month before
MONTH, DAY = f"{LAST:%Y-%m}", LAST.replace(day=15)


def _pays(office: Any, customer: Any, amount: str, on: dt.date) -> Payment:
    method = item_named(db.session(), "payment_method", "银行转账")
    made: Payment = office.finance.creates(Payment, customer=customer, amount=D(amount), method=method, received_on=on)
    return made


def _order(office: Any, on: dt.date, **values: Any) -> SalesOrder:
    made: SalesOrder = office.order(
        "lin", [(office.product(price="100"), "1")], signed_on=on, latest_ship_on=on + dt.timedelta(days=60), **values
    )
    return made


def _approve(office: Any, order: SalesOrder) -> None:
    office.lin.fires("submit", order)
    office.director.fires("approve", order)


def _entries(order_or_payment: Any) -> list[tuple[str, dt.date, dt.date | None]]:
    entry = ReceivableLedgerEntry
    query = sa.select(entry.kind, entry.on, entry.original_on).where(entry.document_number == order_or_payment.number)
    return [(row.kind.value, row.on, row.original_on) for row in db.session.execute(query.order_by(entry.id))]


def test_what_counts_goes_by_the_business_day(office: Any) -> None:
    """fault A2: §8.14: a payment of last month's 15th, typed today, counts on its day; so does the approved order."""
    order = _order(office, DAY)
    _approve(office, order)
    payment = _pays(office, order.customer, "40", DAY)
    assert _entries(order) == [("contract", DAY, None)]
    assert _entries(payment) == [("payment", DAY, None)]
    office.finance.fires("void", payment, reason="记错")
    assert _entries(payment)[1:] == [("payment_voided", DAY, None)]


def test_a_closed_month_takes_nothing_that_a_person_dates_into_it(office: Any) -> None:
    """fault A2: §8.15: refused with the first open day; nothing else is in the way."""
    customer = office.customer("lin")
    office.finance.creates(ClosedMonth, month=MONTH)
    first_open = today().replace(day=1).isoformat()
    with refused("month_closed") as told:
        _pays(office, customer, "40", DAY)
    assert first_open in told.value.message
    with refused("month_closed"):
        _order(office, DAY)
    assert _pays(office, customer, "40", today()).received_on == today()


def test_what_the_system_posts_is_dated_the_first_open_day_and_marked(office: Any) -> None:
    """fault A2: §8.15: an order signed in the closed month and approved later, and a void of its payment."""
    order = _order(office, DAY)
    payment = _pays(office, order.customer, "40", DAY)
    office.finance.creates(ClosedMonth, month=MONTH)
    _approve(office, order)
    office.finance.fires("void", payment, reason="记错")
    first_open = today().replace(day=1)
    assert _entries(order) == [("contract", first_open, DAY)]
    assert _entries(payment) == [("payment", DAY, None), ("payment_voided", first_open, DAY)]
    assert office.mismatches() == []


def test_months_are_closed_one_after_the_other_and_reopened_from_the_last(office: Any) -> None:
    """§8.15: a month that is not over stays open; closing one closes what lies before it."""
    before = (LAST.replace(day=1) - dt.timedelta(days=1)).strftime("%Y-%m")
    with refused("month_not_over"):
        office.finance.creates(ClosedMonth, month=f"{today():%Y-%m}")
    with refused("invalid"):
        office.finance.creates(ClosedMonth, month="2026-13")
    with refused("not_allowed"):
        office.lin.creates(ClosedMonth, month=MONTH)
    earlier = office.finance.creates(ClosedMonth, month=before)
    closed = office.finance.creates(ClosedMonth, month=MONTH)
    with refused("duplicate"):
        office.finance.creates(ClosedMonth, month=MONTH)
    with tripped(ClosedMonth, "no_later_month_is_closed"):
        office.finance.fires("reopen", earlier, reason="补录")
    office.finance.fires("reopen", closed, reason="补录")
    assert _pays(office, office.customer("lin"), "40", DAY).received_on == DAY
    office.finance.creates(ClosedMonth, month=MONTH)


@pytest.mark.parametrize("day", [dt.date(1999, 1, 5), dt.date(2062, 1, 5)])
def test_a_day_outside_its_bounds_is_refused(office: Any, day: dt.date) -> None:
    """fault A3: §8.14: money of 1999 and of 2062, and an order or a plan far away."""
    customer = office.customer("lin")
    with refused("date_out_of_bounds"):
        _pays(office, customer, "40", day)
    with refused("date_out_of_bounds"):
        _order(office, day)
    order = _order(office, today())
    with refused("date_out_of_bounds"):
        office.lin.changes(order, latest_ship_on=day)
    with refused("date_out_of_bounds"):
        office.lin.fires("plan", order, instalments=2, first_on=day.isoformat())


def test_money_and_goods_are_not_of_tomorrow_but_plans_are(office: Any) -> None:
    """fault A3: §8.14: until today for what happened, five years for what is planned, by setting."""
    tomorrow = today() + dt.timedelta(days=1)
    with refused("date_out_of_bounds"):
        _pays(office, office.customer("lin"), "40", tomorrow)
    order = _order(office, today())
    office.lin.fires("plan", order, instalments=2, first_on=tomorrow.isoformat())
    far = today().replace(day=1) + dt.timedelta(days=365 * 5 + 40)
    with refused("date_out_of_bounds"):
        office.lin.fires("plan", order, instalments=1, first_on=far.isoformat())
    with refused("date_out_of_bounds"):
        office.lin.fires("plan", order, instalments=60, first_on=tomorrow.isoformat(), interval_days=60)
    set_setting(db.session(), "plan_years", 10)
    db.session.commit()
    office.lin.fires("plan", order, instalments=1, first_on=far.isoformat())


def test_the_first_year_of_the_books_is_a_setting(office: Any) -> None:
    """fault A3: §8.15: by default the year before the firm was made here."""
    long_ago = dt.date(2019, 5, 6)
    with refused("date_out_of_bounds"):
        _pays(office, office.customer("lin"), "40", long_ago)
    set_setting(db.session(), "books_from_year", 2019)
    db.session.commit()
    assert _pays(office, office.customer("lin"), "40", long_ago).received_on == long_ago
    set_setting(db.session(), "books_from_year", 0)
    db.session.commit()
    first = dt.date(today().year - 1, 1, 1)
    with refused("date_out_of_bounds"):
        _pays(office, office.customer("lin"), "40", first - dt.timedelta(days=1))
    assert _pays(office, office.customer("lin"), "40", first).received_on == first


def test_the_statement_goes_by_the_business_day(office: Any, api_as: Any) -> None:
    """fault A2: §8.15: opening, entries and closing of a month, on REST; the sum of both months is what is owed."""
    order = _order(office, DAY)
    _approve(office, order)
    _pays(office, order.customer, "30", DAY)
    _pays(office, order.customer, "20", today())
    customer = order.customer.id
    db.session.rollback()
    first = DAY.replace(day=1)
    status, told = api_as("finance").get(
        f"report/customer_statement?customer={customer}&from={first.isoformat()}&to={LAST.isoformat()}"
    )
    assert status == 200
    assert (told["opening"], told["closing"]) == ("0.00", "70.00")
    assert [(row["on"], row["increase"], row["decrease"], row["balance"]) for row in told["rows"]] == [
        (DAY.isoformat(), "100.00", "0.00", "100.00"), (DAY.isoformat(), "0.00", "30.00", "70.00"),
    ]  # fmt: skip
    began = today().replace(day=1).isoformat()
    _status, told = api_as("finance").get(f"report/customer_statement?customer={customer}&from={began}")
    assert (told["opening"], told["closing"], len(told["rows"])) == ("70.00", "50.00", 1)
    _status, told = api_as("finance").get("report/customer_statement")
    assert (told["rows"], told["opening"]) == ([], "0.00")


def test_a_month_is_closed_from_the_command_line(app: Any, office: Any) -> None:
    """§8.15: `crm close-month`, by somebody in finance; a refusal is a sentence and exit code 1."""
    runner = app.test_cli_runner()
    refusal = runner.invoke(args=["crm", "close-month", MONTH, "--as", "lin"])
    assert (refusal.exit_code, ClosedMonth.__tablename__ in refusal.output) == (1, False)
    done = runner.invoke(args=["crm", "close-month", MONTH, "--as", "finance"])
    assert (done.exit_code, done.output) == (0, f"closed {MONTH}\n")
    again = runner.invoke(args=["crm", "close-month", MONTH, "--as", "finance"])
    assert (again.exit_code, "已经结账" in again.output) == (1, True)
