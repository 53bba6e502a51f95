"""What the desks tell of customers. Manual 3.2, 3.3, 6.7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.models.customers.customer import Customer
from app.query.listing import Sort
from app.screens.desk.desk_parts import Action, Figure, Line, Reminder, Rows, Scope, days_ago
from app.screens.desk.desks import COMMON, add_to_desk
from app.screens.frame.cells import record_url
from app.security.roles import R


def line_of(row: Mapping[str, Any], scope: Scope) -> Line:
    return Line(row["name"], record_url(Customer, row["id"]), row["number"], when=days_ago(row["created_at"]))


HOT = Rows(Customer, "hot", whose="owner")
_TOLD = ("name", "number", "created_at")

customers = Figure(_l("Customers"), "building-store", Rows(Customer))
my_customers = Figure(_l("My customers"), "building-store", Rows(Customer, "mine"), (("create", Customer),))
hot = Figure(_l("Hot customers"), "flame", HOT, (("mark_hot", Customer),), limit="hot_customer_limit")
hot_of_team = Figure(_l("Hot customers"), "flame", HOT)
customers_hot = Reminder(_l("Hot customers"), "flame", HOT, _TOLD, line_of, Sort("id", True))
customers_new = Reminder(
    _l("Newest customers"), "building-store", Rows(Customer), _TOLD, line_of, Sort("id", True), is_aside=True
)
new_customer = Action(_l("New customer"), "plus", "/customer/add", "create", Customer)
call = Action(_l("Incoming call"), "phone-incoming", "/call/", "read", Customer)

add_to_desk(R.sales, figures={45: hot})
add_to_desk(R.sales_manager, R.sales_director, figures={60: hot_of_team})
add_to_desk(
    R.service, figures={10: customers, 20: hot_of_team}, reminders={10: customers_hot, 20: customers_new},
    actions={10: call, 20: new_customer},
)  # fmt: skip
add_to_desk(COMMON, figures={90: my_customers, 100: hot})
