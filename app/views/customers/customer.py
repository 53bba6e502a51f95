"""客户与联系人 Customers and contacts. Manual 6.1–6.5, 8.3, 8.14."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.cache.per_transaction import cached_per_transaction
from app.core.db.base import db
from app.core.flow.workflow import Step
from app.core.record.fields import label_of
from app.models.customers.customer import Contact, Customer, CustomerKind
from app.models.money.payment import CustomerBalance, Payment, PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import AppUser
from app.query.listing import Sort
from app.query.naming import display_text
from app.reports.customers.customer import balance_of, is_hot, is_mine, owes_money, shared_with
from app.reports.money.payment import late_payers
from app.reports.money.receivable import reads_any_statement, statement_url
from app.screens.frame.cells import badge, page_of, tag
from app.screens.frame.values import money
from app.screens.list.list_shape import column_at, tell_flag
from app.screens.record.record_page import Buttons
from app.screens.record.record_view import PageButton, RecordFigure, RecordView, Related
from app.security.roles import R, role_label


class CustomerView(RecordView):
    """客户: the list shows the figures of manual 8.14; the page everything that hangs on a customer."""

    model = Customer
    icon = "building-store"
    menu_without = (R.finance,)  # they know customers by name and by what they owe; the pages are for others
    beside: Mapping[str, tuple[type[Any], str]] = {"balance": (CustomerBalance, "customer_id")}
    list_columns = (
        "name", "class_", "balance.contract_value", "balance.shipped_value", "balance.plan_open", "balance.received",
        "balance.receivable", "owner", "life_cycle",
    )  # fmt: skip
    filter_columns = (
        "owner", "class_", "life_cycle", "kind", "is_hot", "source", "industry", "credit_grade", "price_tier",
        "balance.receivable", "created_at",
    )  # fmt: skip
    order_columns = (
        "name", "balance.contract_value", "balance.shipped_value", "balance.plan_open", "balance.received",
        "balance.receivable",
    )  # fmt: skip
    card_columns = ("name", "life_cycle", "class_", "balance.receivable")
    presets: Mapping[str, tuple[Any, Any]] = {
        "mine": (_l("Mine"), is_mine),
        "hot": (_l("Hot customers"), is_hot),
        "owing": (_l("With receivable"), owes_money),
    }
    search_hint = _l("Name, number, phone, pinyin initials")
    hit_columns = ("name", "number", "phone", "mobile", "owner")
    badge_columns = ("life_cycle",)
    show_fieldsets = (
        (_l("Basics"), (
            "number", "kind", "short_name", "owner", "class_", "source", "industry", "headcount", "relation_grade",
            "credit_grade", "price_tier", "settlement", "parent", "first_signed_on", "is_hot", "hot_reason", "hot_on",
            "remark",
        )),
        (_l("Ways to reach"), ("phone", "mobile", "city", "address")),
        (_l("Invoice data"), ("invoice_title", "tax_number", "bank_name", "bank_account")),
    )  # fmt: skip
    form_fieldsets = (
        (_l("Basics"), (
            "kind", "name", "short_name", "owner", "class_", "life_cycle", "source", "industry", "headcount",
            "relation_grade", "credit_grade", "price_tier", "settlement", "parent", "remark",
        )),
        (_l("Ways to reach"), ("phone", "mobile", "city", "address")),
        (_l("Invoice data"), ("invoice_title", "tax_number", "bank_name", "bank_account")),
    )  # fmt: skip
    form_hints: Mapping[str, Any] = {"kind": _l("An individual becomes a contact of the same name at once.")}
    related = (
        Related(Contact, "customer", ("name", "duty", "mobile", "phone", "is_primary")),
        Related(SalesOrder, "customer", ("number", "subject", "state", "shipping_status", "total", "signed_on")),
        Related(PaymentPlan, "customer", ("serial", "sales_order", "due_on", "amount", "settled", "status"),
                sort=Sort("due_on", True)),
        Related(Payment, "customer", ("number", "received_on", "method", "amount", "sales_order", "state")),
    )  # fmt: skip
    pick_hints = ("number",)
    quick_fields = ("kind", "name", "phone", "mobile", "city", "address")

    def defaults(self, actor: Actor) -> dict[str, Any]:
        return {
            "kind": CustomerKind.company,
            "owner": db.session.get(AppUser, actor.user_id),
            "life_cycle": Customer.__table__.c.life_cycle.default.arg,
        }

    def presets_from_address(self, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """`?mobile=…` fills in who has just called. Manual 3.2."""
        values |= {name: request.args[name][:20] for name in ("phone", "mobile") if request.args.get(name)}
        return super().presets_from_address(values, actor)

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """What a customer owes is red once some of it is overdue."""
        at = column_at(heads, "balance.receivable")
        if at is None:
            return
        late = late_payers(db.session(), [key for key, _cells in rows], actor)
        for key, cells in rows:
            if key in late:
                cells[at] = Markup('<span class="red">{}</span>').format(cells[at])

    def badges(self, row: Customer) -> list[Any]:
        hot = [_hot_tag()] if row.is_hot else []
        return [badge(row.kind), badge(row.life_cycle), *hot]

    def figures(self, row: Customer, actor: Actor) -> list[RecordFigure]:
        """The figures of manual 8.14, each with the list behind it."""
        balance = balance_of(db.session(), row.id)
        behind = {
            "contract_value": f"{page_of(SalesOrder)}/list/?customer={row.id}&state=approved",
            "plan_open": f"{page_of(PaymentPlan)}/list/?customer={row.id}",
            "received": f"{page_of(Payment)}/list/?customer={row.id}",
            "receivable": statement_url(row.id),
        }
        names = ("contract_value", "shipped_value", "plan_open", "received", "receivable")
        subjects = {"receivable": ("read", "report_customer_statement")}
        return [
            RecordFigure(
                label_of(CustomerBalance, name),
                money(getattr(balance, name) if balance else 0),  # 0 is ¥0.00
                href=behind.get(name, "") if name not in subjects or actor.may(*subjects[name]) else "",
            )
            for name in names
        ]

    @classmethod
    def page_instead(cls, row_id: int, actor: Actor) -> str:
        """Whoever knows what every customer owes is led to the statement, though not to the page."""
        return statement_url(row_id) if reads_any_statement(actor) else ""

    def page_buttons(self, row: Customer, actor: Actor) -> list[PageButton]:
        """A customer's page is where orders begin. Manual 8.3."""
        if not actor.may("create", SalesOrder):
            return []
        return [
            PageButton(
                _("New order"), f"{page_of(SalesOrder)}/add?customer={row.id}", "shopping-cart-plus", is_next=True
            )
        ]

    def buttons(self, row: Customer, actor: Actor) -> Buttons:
        """Marking and unmarking as hot are one switch; asking for sharing is there for who was told whom to ask."""
        found = super().buttons(row, actor)
        idle = "mark_hot" if row.is_hot else "unmark_hot"
        found.dialogs = [dialog for dialog in found.dialogs if dialog.action != idle]
        found.refused = [offer for offer in found.refused if offer.step.action not in (idle, "ask_sharing")]
        return found

    def step_defaults(self, row: Customer, step: Step, actor: Actor) -> Mapping[str, Any]:
        if step.action != "share":
            return {}
        shares = _shares(row)
        return {
            "users": [(str(key), display_text(AppUser, (name, left))) for key, _role, name, left in shares if key],
            "roles": [role for _key, role, _name, _left in shares if role],
        }

    def show_context(self, row: Customer, actor: Actor) -> dict[str, Any]:
        """Who else may read the customer. Manual 6.5."""
        names: Sequence[str] = [
            display_text(AppUser, (name, left)) if key else role_label(str(role))
            for key, role, name, left in _shares(row)
        ]
        return {"shared": names}

    show_template = "customer/show.html"


def _shares(row: Customer) -> list[Any]:
    """Whom the customer is shared with, asked once for a page."""
    session = db.session()
    return cached_per_transaction(session, ("shares of a customer", row.id), lambda: shared_with(session, row.id))


def _hot_tag() -> Markup:
    return Markup('<span class="tag stop sq">{}</span>').format(_l("Hot customer"))


class ContactView(RecordView):
    """联系人: a person at a customer; whose contact it is never changes. Manual 6.3, 6.4."""

    model = Contact
    icon = "address-book"
    menu_without = (R.finance,)
    list_columns = ("name", "customer", "duty", "department", "mobile", "phone", "email", "is_primary", "has_left")
    filter_columns = ("customer", "sex", "is_primary", "has_left", "birthday")
    order_columns = ("name", "department")
    card_columns = ("name", "has_left", "customer", "mobile", "duty")
    search_hint = _l("Name, mobile, phone, pinyin initials")
    hit_columns = ("name", "customer", "duty", "mobile", "phone")
    badge_columns = ()
    show_fieldsets = (
        (_l("Basics"), ("customer", "sex", "title", "department", "duty", "is_primary", "has_left", "remark")),
        (_l("Ways to reach"), ("mobile", "phone", "email", "qq", "wechat")),
        (_l("Anniversaries"), ("birthday", "anniversary_name", "anniversary_on", "is_anniversary_lunar")),
    )
    form_fieldsets = (
        (_l("Basics"), ("customer", "name", "sex", "title", "department", "duty", "is_primary", "has_left", "remark")),
        (_l("Ways to reach"), ("mobile", "phone", "email", "qq", "wechat")),
        (_l("Anniversaries"), ("birthday", "anniversary_name", "anniversary_on", "is_anniversary_lunar")),
    )
    pick_hints = ("duty", "mobile")
    quick_fields = ("customer", "name", "duty", "mobile", "phone", "is_primary")

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """Of flags only what is so is told."""
        tell_flag(heads, rows, "is_primary", tag(label_of(Contact, "is_primary"), "go"))
        tell_flag(heads, rows, "has_left", tag(label_of(Contact, "has_left")))

    def subheading(self, row: Contact) -> str:
        return str(row.customer)


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(CustomerView)
    builder.add_view_no_menu(ContactView)
