"""What the desks tell of contract values, payments and what customers owe. Manual 3.3, 8.14."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models.customers.customer import Customer
from app.models.money.payment import Payment, PaymentPlan, ReceivableLedgerEntry
from app.models.sales.sales_order import SalesOrder
from app.query.listing import Sort
from app.screens.desk.desk_parts import Action, Chart, Figure, Line, Note, Reminder, Reported, Rows, Scope, Series
from app.screens.desk.desks import COMMON, add_to_desk
from app.screens.frame.cells import record_url
from app.screens.frame.values import deadline, money, short_day
from app.security.roles import R


def line_of_plan(row: Mapping[str, Any], scope: Scope) -> Line:
    text, tone = deadline(row["due_on"], scope.today)
    return Line(
        row["customer"][1], record_url(PaymentPlan, row["id"]), row["sales_order"][1],
        money(row["amount"] - row["settled"]), tag=text if tone else "", tone=tone,
        when=_("due %(day)s", day=short_day(row["due_on"])),
    )  # fmt: skip


def line_of_prepayment(row: Mapping[str, Any], scope: Scope) -> Line:
    return Line(
        row["customer"][1], record_url(Payment, row["id"]), row["number"], money(row["left"]),
        when=short_day(row["received_on"]),
    )  # fmt: skip


# What counts in a month is what the ledger says of it, as statement and reports do.
COUNTED = Rows(ReceivableLedgerEntry, whose="salesperson", on="on")
OWING = Rows(Customer, "owing", whose="owner", sort="-balance.receivable")
DUE = Rows(PaymentPlan, "due", whose="sales_order.owner")
OVERDUE = Rows(PaymentPlan, "overdue", whose="sales_order.owner")
UNASSIGNED = Rows(Payment, "unassigned")

_COLLECTORS = (("plan", SalesOrder), ("create", Payment))
_OVERDUE_PART = Note(
    OVERDUE, _l("%(amount)s overdue, %(n)s customers"), path="amount", less="settled", distinct="customer"
)
contract_value = Figure(
    _l("Contract value this month"), "file-dollar", COUNTED, path="contract_value_change", unit="money"
)
received = Figure(
    _l("Received this month"), "cash", COUNTED, path="received_change", less="refunded_change", unit="money"
)
receivable = Figure(_l("Receivable"), "wallet", OWING, path="balance.receivable", unit="money", note=_OVERDUE_PART)
receivable_in_all = Reported(_l("Receivable"), "wallet", "customer_finance", "receivable", note=_OVERDUE_PART)
due = Figure(
    _l("Due this month and before"), "calendar-dollar", DUE, _COLLECTORS, path="amount", less="settled", unit="money"
)
overdue = Figure(_l("Payments overdue"), "alert-triangle", OVERDUE, _COLLECTORS, tone="stop")
unassigned = Figure(
    _l("Prepayments without order"), "cash", UNASSIGNED, (("create", Payment),), path="left", unit="money",
    tone="wait", note=Note(UNASSIGNED, _l("%(n)s to assign")),
)  # fmt: skip

contracts_and_payments = Chart(
    _l("Contracts and payments, last 12 months"),
    (
        Series(_l("Contract value"), COUNTED, "contract_value_change"),
        Series(_l("Received"), COUNTED, "received_change", "line", less="refunded_change"),
    ),
)

_PLAN = ("due_on", "customer", "sales_order", "amount", "settled")
_SOONEST = Sort("due_on", False)
plans_due = Reminder(_l("Payments to collect"), "calendar-dollar", DUE, _PLAN, line_of_plan, _SOONEST)
plans_overdue = Reminder(_l("Payments overdue"), "alert-triangle", OVERDUE, _PLAN, line_of_plan, _SOONEST)
prepayments = Reminder(
    _l("Prepayments without order"), "cash", UNASSIGNED, ("number", "customer", "left", "received_on"),
    line_of_prepayment, Sort("received_on", False), is_aside=True,
)  # fmt: skip
new_payment = Action(_l("Record a payment"), "plus", "/payment/add", "create", Payment)

add_to_desk(
    R.sales, R.sales_manager, R.sales_director, R.boss,
    figures={20: contract_value, 30: received, 40: receivable}, charts={10: contracts_and_payments},
)  # fmt: skip
add_to_desk(R.sales, reminders={10: plans_due}, waits={20: overdue})
add_to_desk(R.sales_manager, R.sales_director, reminders={30: plans_overdue})
add_to_desk(R.boss, reminders={20: plans_overdue})
add_to_desk(
    R.finance, figures={10: received, 20: receivable_in_all, 30: due, 40: unassigned, 50: contract_value},
    charts={10: contracts_and_payments}, reminders={10: plans_due, 20: prepayments},
    waits={10: overdue, 20: unassigned}, actions={10: new_payment},
)  # fmt: skip
add_to_desk(COMMON, figures={60: due, 70: overdue, 80: unassigned}, waits={50: overdue, 60: unassigned})
