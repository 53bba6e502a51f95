"""Whose desk shows what: one table per part, one row per role. A new domain adds its rows here. Manual 3.1, 3.3.

What has no source yet (targets, opportunities, tasks, invoices, repairs …) is absent.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.record.audit import AuditEntry
from app.models.customers.customer import Customer
from app.models.money.payment import Payment, PaymentPlan
from app.models.products.product import Product, ProductCategory
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue
from app.models.stock.stock import StockBalance, StockLedgerEntry
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.query.listing import Sort
from app.screens.desk.desk_parts import (
    ALL,
    MINE,
    TEAM,
    Action,
    Chart,
    Desk,
    Figure,
    Note,
    Reminder,
    Reported,
    Rows,
    Series,
)
from app.security.roles import R
from app.views.desks import lines

# Rows. Contract value counts approved orders that were not stopped, by the day they were signed.

_COUNTING = (("state", "approved"), ("status", "executing"), ("status", "ended"))
SIGNED = Rows(SalesOrder, where=_COUNTING, whose="owner", on="signed_on")
PAID = Rows(Payment, where=(("state", "recorded"),), whose="salesperson", on="received_on")
OWING = Rows(Customer, "owing", whose="owner", sort="-balance.receivable")
HOT = Rows(Customer, "hot", whose="owner")
DUE = Rows(PaymentPlan, "due", whose="sales_order.owner")
OVERDUE = Rows(PaymentPlan, "overdue", whose="sales_order.owner")
UNASSIGNED = Rows(Payment, "unassigned")
TO_SHIP = Rows(SalesOrder, "to_ship", whose="owner", sort="latest_ship_on")
READY = Rows(SalesOrder, "ready", whose="owner", sort="latest_ship_on")
# What is late as well stands with the late ones, once.
READY_IN_TIME = Rows(SalesOrder, "ready", whose="owner", since="latest_ship_on", sort="latest_ship_on")
LATE = Rows(SalesOrder, "late", whose="owner", sort="latest_ship_on")
TO_APPROVE = Rows(SalesOrder, "waiting")
SENT_BACK = Rows(SalesOrder, "rejected")
APPROVED = Rows(SalesOrder, "approved_lately")
TO_CONFIRM = Rows(GoodsIssue, "confirm", sort="order.latest_ship_on")
ISSUED = Rows(GoodsIssue, "ship", sort="order.latest_ship_on")
ISSUES_LATE = Rows(GoodsIssue, "late", sort="order.latest_ship_on")
SHORT = Rows(StockBalance, "short")
LOW = Rows(StockBalance, "low", sort="on_hand")
CAME_IN = Rows(StockLedgerEntry, "in", on="at")
WENT_OUT = Rows(StockLedgerEntry, "out", on="at")

# Figures

_COLLECTORS = (("plan", SalesOrder), ("create", Payment))
_OVERDUE_PART = Note(
    OVERDUE, _l("%(amount)s overdue, %(n)s customers"), path="amount", less="settled", distinct="customer"
)
contract_value = Figure(_l("Contract value this month"), "file-dollar", SIGNED, path="total", unit="money")
received = Figure(_l("Received this month"), "cash", PAID, path="amount", unit="money")
receivable = Figure(
    _l("Receivable"), "wallet", OWING, path="balance.receivable", unit="money", note=_OVERDUE_PART
)  # fmt: skip
receivable_in_all = Reported(_l("Receivable"), "wallet", "customer_finance", "receivable", note=_OVERDUE_PART)
due = Figure(
    _l("Due this month and before"), "calendar-dollar", DUE, _COLLECTORS, path="amount", less="settled", unit="money"
)
hot = Figure(_l("Hot customers"), "flame", HOT, (("mark_hot", Customer),), limit="hot_customer_limit")
hot_of_team = Figure(_l("Hot customers"), "flame", HOT)
to_ship = Figure(
    _l("Orders to ship"), "package-export", TO_SHIP, (("issue", SalesOrder),), note=Note(LATE, _l("%(n)s of them late"))
)
to_approve = Figure(_l("To approve"), "rubber-stamp", TO_APPROVE, (("approve", SalesOrder),), tone="wait")
sent_back = Figure(_l("Orders sent back"), "thumb-down", SENT_BACK, (("submit", SalesOrder),), tone="stop")
ready = Figure(_l("Ready to issue"), "package-export", READY, (("issue", SalesOrder),), tone="ok")
overdue = Figure(_l("Payments overdue"), "alert-triangle", OVERDUE, _COLLECTORS, tone="stop")
unassigned = Figure(
    _l("Prepayments without order"), "cash", UNASSIGNED, (("create", Payment),), path="amount", unit="money",
    tone="wait", note=Note(UNASSIGNED, _l("%(n)s to assign")),
)  # fmt: skip
to_confirm = Figure(_l("Issues to confirm"), "clipboard-check", TO_CONFIRM, (("confirm", GoodsIssue),), tone="wait")
issued = Figure(_l("Goods to ship"), "truck-delivery", ISSUED, (("ship", GoodsIssue),), tone="wait")
issues_late = Figure(_l("Late issues"), "clock", ISSUES_LATE, (("ship", GoodsIssue),), tone="stop")
short = Figure(_l("Products short for orders"), "alert-triangle", SHORT, tone="stop")
low = Figure(_l("Below minimum"), "arrow-down", LOW, tone="wait")
high = Figure(_l("Above maximum"), "arrow-up", Rows(StockBalance, "high"), tone="wait")
came_in = Figure(
    _l("Goods in this month"), "package-import", CAME_IN, path="on_hand_change", unit="quantity"
)  # fmt: skip
went_out = Figure(_l("Goods out this month"), "package-export", WENT_OUT, path="on_hand_change", unit="quantity")
my_customers = Figure(_l("My customers"), "building-store", Rows(Customer, "mine"), (("create", Customer),))
customers = Figure(_l("Customers"), "building-store", Rows(Customer))
selling = Figure(_l("On sale"), "box", Rows(Product, "selling"))
discontinued = Figure(_l("Discontinued"), "archive", Rows(Product, "discontinued"))
people = Figure(_l("Working here"), "users", Rows(AppUser, "here"))
left = Figure(_l("Has left"), "user-off", Rows(AppUser, "left"))

# Charts

sales = Chart(
    _l("Contracts and payments, last 12 months"),
    (Series(_l("Contract value"), SIGNED, "total"), Series(_l("Received"), PAID, "amount", "line")),
)
goods = Chart(
    _l("Goods in and out, last 30 days"),
    (
        Series(_l("Out"), WENT_OUT, "on_hand_change", is_turned=True),
        Series(_l("In"), CAME_IN, "on_hand_change", "line"),
    ),
    per="day",
    unit="quantity",
)

# Reminders

_PLAN = ("due_on", "customer", "sales_order", "amount", "settled")
_ORDER = ("number", "customer", "total", "latest_ship_on")
_ISSUE = ("number", "order.customer", "order", "order.latest_ship_on", "state", "created_at", "confirmed_at")
_STOCK = ("product", "warehouse", "on_hand", "reserved", "product.unit")
_URGENT = Sort("latest_ship_on", False)
_URGENT_ISSUE = Sort("order.latest_ship_on", False)
plans_due = Reminder(_l("Payments to collect"), "calendar-dollar", DUE, _PLAN, lines.plan, Sort("due_on", False))
plans_overdue = Reminder(
    _l("Payments overdue"), "alert-triangle", OVERDUE, _PLAN, lines.plan, Sort("due_on", False)
)  # fmt: skip
orders_ready = Reminder(
    _l("Ready to issue"), "package-export", READY_IN_TIME, _ORDER, lines.order_to_ship, _URGENT, is_aside=True
)
orders_late = Reminder(_l("Late orders"), "clock", LATE, _ORDER, lines.order_to_ship, _URGENT, is_aside=True)
orders_sent_back = Reminder(
    _l("Orders sent back"), "thumb-down", SENT_BACK, ("number", "customer", "rejection_reason", "submitted_at"),
    lines.order_sent_back, Sort("submitted_at", True), is_aside=True,
)  # fmt: skip
orders_approved = Reminder(
    _l("Approved in the last 7 days"), "circle-check", APPROVED, ("number", "customer", "approved_by", "approved_at"),
    lines.order_approved, Sort("approved_at", True), is_aside=True,
)  # fmt: skip
approvals = Reminder(
    _l("To approve"), "rubber-stamp", TO_APPROVE, ("number", "customer", "total", "owner", "submitted_at"),
    lines.order_to_approve, Sort("submitted_at", False),
)  # fmt: skip
issues_to_confirm = Reminder(
    _l("Issues to confirm"), "clipboard-check", TO_CONFIRM, _ISSUE, lines.issue, _URGENT_ISSUE
)  # fmt: skip
issues_to_ship = Reminder(
    _l("Goods to ship"), "truck-delivery", ISSUED, _ISSUE, lines.issue, _URGENT_ISSUE, is_aside=True,
    computed={"is_begun": GoodsIssue.is_begun},
)  # fmt: skip
products_short = Reminder(
    _l("Products short for orders"), "alert-triangle", SHORT, _STOCK, lines.product_short, Sort("id", False),
    is_aside=True,
)  # fmt: skip
products_low = Reminder(
    _l("Below minimum"),
    "arrow-down",
    LOW,
    (*_STOCK, "product.stock_minimum"),
    lines.product_low,
    Sort("on_hand", False),
)
customers_hot = Reminder(
    _l("Hot customers"), "flame", HOT, ("name", "number", "created_at"), lines.customer, Sort("id", True)
)  # fmt: skip
customers_new = Reminder(
    _l("Newest customers"), "building-store", Rows(Customer), ("name", "number", "created_at"), lines.customer,
    Sort("id", True), is_aside=True,
)  # fmt: skip
prepayments = Reminder(
    _l("Prepayments without order"), "cash", UNASSIGNED, ("number", "customer", "amount", "received_on"),
    lines.prepayment, Sort("received_on", False), is_aside=True,
)  # fmt: skip

new_order = Action(_l("New order"), "plus", "/salesorder/add", "create", SalesOrder)
new_customer = Action(_l("New customer"), "plus", "/customer/add", "create", Customer)
new_product = Action(_l("New product"), "plus", "/product/add", "create", Product)
new_user = Action(_l("New user"), "plus", "/user/add", "create", AppUser)
call = Action(_l("Incoming call"), "phone-incoming", "/call/", "read", Customer)
categories = Action(_l("Product categories"), "category", "/productcategory/list/", "read", ProductCategory)
discontinued_list = Action(
    _l("Discontinued products"), "archive", "/product/list/?view=discontinued", "read", Product
)  # fmt: skip
imports = Action(_l("Imports"), "table-import", "/import/", "import", Product)
users = Action(_l("Users"), "users", "/user/list/", "read", AppUser)
roles = Action(_l("Roles and rights"), "shield-lock", "/role/list/", "read", "role")
dictionaries = Action(_l("Dictionaries"), "notebook", "/dictionaryitem/list/", "edit", DictionaryItem)
settings = Action(_l("Settings"), "settings", "/setting/", "read", "setting")
audit = Action(_l("Audit"), "history", "/audit/list/", "read", AuditEntry)
new_payment = Action(_l("Record a payment"), "plus", "/payment/add", "create", Payment)

_LEADING = Desk(
    (to_approve, contract_value, received, receivable, to_ship, hot_of_team),
    whose=TEAM,
    charts=(sales,),
    reminders=(approvals, orders_sent_back, plans_overdue, orders_late),
    waits=(to_approve, sent_back),
    actions=(new_order,),
)

DESKS: dict[str, Desk] = {
    R.sales: Desk(
        (contract_value, received, receivable, hot, to_ship),
        whose=MINE,
        charts=(sales,),
        reminders=(plans_due, orders_sent_back, orders_late, orders_ready, orders_approved),
        waits=(sent_back, overdue, ready),
        actions=(new_order,),
    ),
    R.warehouse: Desk(
        (to_confirm, issued, issues_late, short, came_in, went_out),
        charts=(goods,),
        reminders=(issues_to_confirm, issues_to_ship, products_short),
        waits=(to_confirm, issued),
    ),
    R.sales_manager: _LEADING,
    R.sales_director: _LEADING,
    R.boss: Desk(
        (to_approve, contract_value, received, receivable, to_ship, short),
        charts=(sales,),
        reminders=(approvals, plans_overdue, orders_late, products_short),
        waits=(to_approve, sent_back),
        actions=(new_order,),
    ),
    R.finance: Desk(
        (received, receivable_in_all, due, unassigned, contract_value),
        charts=(sales,),
        reminders=(plans_due, prepayments),
        waits=(overdue, unassigned),
        actions=(new_payment,),
    ),
    R.purchaser: Desk(
        (short, low, high, came_in, went_out),
        charts=(goods,),
        reminders=(products_low, products_short),
        waits=(short,),
    ),
    R.product_manager: Desk(
        (selling, discontinued), actions=(new_product,), doors=(categories, discontinued_list, imports)
    ),
    R.service: Desk((customers, hot_of_team), reminders=(customers_hot, customers_new), actions=(call, new_customer)),
    R.admin: Desk((people, left), actions=(new_user,), doors=(users, roles, dictionaries, settings, audit)),
}

# Roles without a desk of their own, and those the administrator made: whatever concerns them by their rights.
COMMON = Desk(
    (to_approve, sent_back, to_ship, to_confirm, issued, due, overdue, unassigned, my_customers, hot, selling),
    whose=ALL,
    waits=(to_approve, sent_back, to_confirm, issued, overdue, unassigned),
)


def desk_of(role: str) -> Desk:
    return DESKS.get(role, COMMON)
