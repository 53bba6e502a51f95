"""快速来电记录 Quick call: who is calling, how they stand, and one click further. Manual 3.2."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.core.appbuilder import AppBuilder, BaseView, expose
from app.core.db.base import db
from app.core.db.unit_of_work import reading
from app.core.search.phone import LONGEST, MOBILE, SHORTEST, digits_of, national
from app.models.customers.customer import Customer
from app.models.sales.sales_order import SalesOrder
from app.reports.customers.call import callers
from app.screens.frame.cells import page_of
from app.screens.web.current_actor import current_actor

LONGEST_TYPED = 40


class CallView(BaseView):
    """`/call/?number=…`"""

    route_base = "/call"
    default_view = "page"

    @expose("/")
    def page(self) -> ResponseReturnValue:
        """Who has this number; a new customer with it where nobody has."""
        with reading():
            actor = current_actor()
            typed = request.args.get("number", "").replace("\x00", "").strip()[:LONGEST_TYPED]
            digits = national(typed) or digits_of(typed)[:LONGEST]
            field = "mobile" if MOBILE.fullmatch(digits) else "phone"
            may_add = actor.may("create", Customer)
            return render_template(
                "desk/call.html", number=typed, is_short=bool(typed) and len(digits) < SHORTEST,
                callers=callers(db.session(), typed, actor), may_order=actor.may("create", SalesOrder),
                new_customer=f"{page_of(Customer)}/add?{field}={digits}" if may_add and digits else "",
            )  # fmt: skip


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(CallView)
