"""回款 Payment plans and payments: finance records, assigns and voids. Manual 8.14."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.clock import today
from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.errors import NotFound
from app.core.kinds.relation import row_key
from app.core.record.fields import Field, label_of
from app.models.money.payment import Payment, PaymentAllocation, PaymentPlan
from app.models.sales.sales_order import SalesOrder
from app.reports.money.payment import (
    allocations_of,
    instalments,
    open_plans,
    order_to_pay,
    owing_orders,
    require_recorder,
    settled_on,
)
from app.reports.sales.lists import is_unassigned, plan_is_due, plan_is_open, plan_is_overdue
from app.screens.form.forms import Fields, FormSection
from app.screens.form.json_answers import answers_json
from app.screens.frame.cells import link, page_of, tag
from app.screens.frame.values import day, deadline, money
from app.screens.list.list_shape import column_at
from app.screens.record.record_page import Buttons, PageTable
from app.screens.record.record_view import PageButton, RecordFigure, RecordView, Tab, expose
from app.screens.web.current_actor import current_actor
from app.security.dictionaries import default_item


class PaymentView(RecordView):
    """回款记录: recorded once, voided by an opposite entry, never changed. Manual 8.14."""

    model = Payment
    icon = "cash"
    list_columns = (
        "number", "received_on", "customer", "sales_order", "amount", "left", "method", "salesperson", "state",
    )  # fmt: skip
    filter_columns = (
        "customer",
        "sales_order",
        "method",
        "account",
        "salesperson",
        "received_on",
        "amount",
        "left",
        "prepayment",
        "state",
    )
    order_columns = ("number", "received_on", "amount")
    search_columns = ("number", "customer", "sales_order", "bank_serial")
    search_hint = _l("Number, order number, customer, pinyin initials")
    presets: Mapping[str, tuple[Any, Any]] = {"unassigned": (_l("Still prepaid"), is_unassigned)}
    show_template = "payment/show.html"
    timeline_labels: Mapping[str, Any] = {"create": _l("Record payment")}
    timeline_amount = "amount"
    form_template = "payment/form.html"
    can_delete = False
    show_fieldsets = (
        (_l("Basics"), (
            "customer", "sales_order", "plan", "amount", "left", "refunded", "method", "received_on", "account",
            "bank_serial", "salesperson", "prepayment", "void_reason", "remark",
        )),
    )  # fmt: skip
    form_fieldsets = (
        (_l("Basics"), (
            "sales_order", "customer", "amount", "plan", "method", "received_on", "account", "bank_serial",
            "salesperson", "prepayment", "remark",
        )),
    )  # fmt: skip
    form_sources: Mapping[str, str] = {"sales_order": "/payment/orders"}
    form_hints: Mapping[str, Any] = {
        "sales_order": _l("By order number or customer; without an order it is a prepayment of the customer."),
        "plan": _l("Left open, the oldest instalment is covered first."),
        "prepayment": _l("Allows more than what is still due; the rest stays prepaid."),
        "bank_serial": _l("As on the bank statement; one account has each number once."),
    }

    def heading(self, row: Payment) -> str:
        return str(_("%(amount)s from %(customer)s", amount=money(row.amount), customer=row.customer.name))

    def subheading(self, row: Payment) -> str:
        return row.number

    def show_context(self, row: Payment, actor: Actor) -> dict[str, Any]:
        found = allocations_of(db.session(), row)
        return {"allocations": [(one, link(SalesOrder, one.sales_order_id, one.sales_order.number)) for one in found]}

    def page_buttons(self, row: Payment, actor: Actor) -> list[PageButton]:
        may_add = actor.may("create", Payment)
        return [PageButton(_("Record another"), f"{self.route_base}/add", "plus")] if may_add else []

    def buttons(self, row: Payment, actor: Actor) -> Buttons:
        """A prepayment goes to an order of its own customer; what is taken back is one of its allocations."""
        found = super().buttons(row, actor)
        for control in (control for dialog in found.dialogs for control in dialog.controls):
            if control.name == "sales_order":
                control.source = f"{self.route_base}/orders?customer={row.customer_id}"
            elif control.name == "allocation":
                control.kind = "select"
                control.options = [(str(one.id), allocation_text(one)) for one in allocations_of(db.session(), row)]
        return found

    # The form

    def defaults(self, actor: Actor) -> dict[str, Any]:
        return {"received_on": today(), "method": default_item(db.session(), "payment_method")}

    def presets_from_address(self, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """`?sales_order=7` fills in everything: customer, what is due, the oldest instalment, who followed it up."""
        session, values = db.session(), super().presets_from_address(values, actor)
        key = row_key(request.args.get("sales_order", ""))
        if key is None:
            return values
        order = order_to_pay(session, key, actor)
        plans = open_plans(session, order.id, actor)
        wanted = row_key(request.args.get("plan", ""))
        plan = next((plan for plan in plans if plan.id == wanted), plans[0] if plans else None)
        values |= {"sales_order": order, "customer": order.customer, "salesperson": order.owner, "plan": plan}
        values["amount"] = min(plan.amount - plan.settled, order.receivable) if plan is not None else order.receivable
        return values

    def sections(self, fields: Fields, values: Mapping[str, Any], actor: Actor) -> list[FormSection]:
        """The open instalments of the chosen order as a list."""
        found = super().sections(fields, values, actor)
        order = values.get("sales_order")
        for control in (control for section in found for control in section.controls):
            if control.name == "sales_order" and control.kind == "pick" and order is not None:
                control.text = _order_text(order)
        key = order.id if order is not None else row_key(request.form.get("sales_order", ""))
        plans = open_plans(db.session(), key, actor) if key is not None else []
        for control in (control for section in found for control in section.controls):
            if control.name == "plan" and control.kind == "pick":
                control.kind = "select"
                control.options = [(str(plan.id), _plan_text(plan)) for plan in plans]
        return found

    def called(self, described: Field, keys: Sequence[int], actor: Actor) -> dict[int, str]:
        """Refused, the form names the order as its picker does, to whom may record money."""
        session = db.session()
        with suppress(NotFound):
            if described.name == "sales_order":
                return {key: _order_text(order_to_pay(session, key, actor)) for key in keys}
            return super().called(described, keys, actor)
        return {}

    def after_save(self, row: Payment) -> str:
        """Back to the order: it shows what is still due."""
        return (
            f"{page_of(type(row.sales_order))}/show/{row.sales_order_id}#payments"
            if row.sales_order
            else self.show_url(row.id)
        )

    @expose("/orders")
    @answers_json
    def orders(self) -> list[dict[str, Any]]:
        """Orders on which money is due, for typing ahead."""
        actor = self._recorder()
        rows = owing_orders(db.session(), _typed(), row_key(request.args.get("customer", "")), actor)
        return [
            {"id": row.id, "text": _order_text(row), "hint": f"{row.subject} {money(row.receivable)}"} for row in rows
        ]

    def _recorder(self) -> Actor:
        actor = current_actor()
        require_recorder(actor, _("You do not have the right to do this."))
        return actor


class PaymentPlanView(RecordView):
    """回款计划: instalments, open, due and overdue. Manual 8.14."""

    model = PaymentPlan
    icon = "calendar-dollar"
    menu_order = 90
    list_columns = ("sales_order", "customer", "due_on", "amount", "settled", "status", "sales_order.owner")
    linked_columns = ("sales_order",)
    card_columns = ("sales_order", "status", "customer", "amount")
    filter_columns = ("customer", "sales_order", "due_on", "amount", "status", "sales_order.owner")
    order_columns = ("due_on", "amount", "settled")
    base_order = ("due_on", "asc")
    search_columns = ("customer", "sales_order")
    search_hint = _l("Order number, customer, pinyin initials")
    presets: Mapping[str, tuple[Any, Any]] = {
        "open": (_l("Not paid"), plan_is_open),
        "due": (_l("Due this month"), plan_is_due),
        "overdue": (_l("Overdue"), plan_is_overdue),
    }
    badge_columns = ("status",)
    can_add = can_edit = can_delete = False
    has_attachments = False
    show_template = "payment/plan.html"
    show_fieldsets = ((_l("Basics"), ("customer", "sales_order", "serial", "status")),)  # the rest is in the figures
    linked_from = ((Payment, "plan"),)

    @expose("/list/")
    def list_page(self) -> ResponseReturnValue:
        """The list begins with what is to be collected, the oldest first."""
        self.reader()
        if not request.args:
            return redirect(f"{self.route_base}/list/?view=open&sort=due_on")
        page: ResponseReturnValue = super().list_page()
        return page

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        """The order's number tells which instalment it leads to; what is open tells how late it is."""
        found = instalments(db.session(), [key for key, _cells in rows], actor)
        named, status = column_at(heads, "sales_order"), column_at(heads, "status")
        for key, cells in rows:
            plan = found[key]
            if named is not None:
                cells[named] = link(PaymentPlan, key, _instalment(plan.number, plan.serial))
            text, tone = deadline(plan.due_on, today())
            if status is not None and plan.is_open and tone:
                cells[status] = tag(text, tone)

    def figures(self, row: PaymentPlan, actor: Actor) -> list[RecordFigure]:
        text, tone = deadline(row.due_on, today())
        told = tone if _is_open(row) else ""
        return [
            RecordFigure(label_of(PaymentPlan, "amount"), money(row.amount), _was_cut(row)),
            RecordFigure(label_of(PaymentPlan, "settled"), money(row.settled), href="#payments"),
            RecordFigure(_("Still to come"), money(row.amount - row.settled), tone="stop" if told == "stop" else ""),
            RecordFigure(label_of(PaymentPlan, "due_on"), day(row.due_on), text if told else ""),
        ]

    def tabs(self, row: PaymentPlan, actor: Actor) -> list[Tab]:
        """What has covered the instalment, whether a payment named it or found it by itself. Manual 8.14."""

        def payments() -> dict[str, Any]:
            return {"table": _settlements(row, actor)}

        return [
            Tab("payments", _("Payments"), "record/tab_table.html", payments, model=Payment),
            *super().tabs(row, actor),
        ]

    def heading(self, row: PaymentPlan) -> str:
        return _instalment(row.sales_order.number, row.serial)

    def show_context(self, row: PaymentPlan, actor: Actor) -> dict[str, Any]:
        return {"is_late": _is_open(row) and row.due_on < today()}

    def page_buttons(self, row: PaymentPlan, actor: Actor) -> list[PageButton]:
        if not _is_open(row) or not actor.may("create", Payment):
            return []
        address = f"{page_of(Payment)}/add?sales_order={row.sales_order_id}&plan={row.id}"
        return [PageButton(_("Record payment"), address, "cash", is_next=True)]


def _instalment(number: str, serial: int) -> str:
    return str(_("Instalment %(n)s of %(order)s", n=serial, order=number))


def _was_cut(row: PaymentPlan) -> str:
    """What is no longer asked for, because the order ended short."""
    return str(_("%(amount)s no longer asked for", amount=money(row.cut))) if row.cut else ""


def _settlements(row: PaymentPlan, actor: Actor) -> PageTable:
    """Number, day, method and covered amount of each payment, and their sum."""
    found = settled_on(db.session(), row, actor)
    heads = [
        (label_of(Payment, name), kind) for name, kind in (("number", "nb"), ("received_on", "nb"), ("method", ""))
    ]
    table = PageTable(
        _("Payments"), [{"label": label, "class": kind} for label, kind in [*heads, (_("Amount covered"), "r")]],
        [(p.id, [link(Payment, p.id, p.number), day(p.received_on), p.label, money(p.covered)]) for p in found],
    )  # fmt: skip
    table.foot = ["", "", "", money(sum((p.covered for p in found), ZERO))] if found else []
    return table


def _is_open(row: PaymentPlan) -> bool:
    return row.settled < row.amount and row.sales_order.state == "approved"


def allocation_text(row: PaymentAllocation) -> str:
    """What an allocation pays: the order, the instalment that it covers and the amount."""
    what = _instalment(row.sales_order.number, row.plan.serial) if row.plan is not None else row.sales_order.number
    return f"{what} {money(row.amount)}"


def _typed() -> str:
    return request.args.get("q", "").replace("\x00", "").strip()[:60]


def _order_text(order: Any) -> str:
    """An order where money is recorded: its number, and who pays."""
    return f"{order.number} {order.customer}"


def _plan_text(plan: PaymentPlan) -> str:
    text: str = _(
        "Instalment %(n)s, %(day)s: %(amount)s open",
        n=plan.serial, day=day(plan.due_on), amount=money(plan.amount - plan.settled),
    )  # fmt: skip
    return text


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(PaymentView)
    builder.add_view_no_menu(PaymentPlanView)
