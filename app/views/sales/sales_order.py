"""销售订单 Sales orders: list, page, approval and payment plan. Manual 8.7, 8.10, 8.11, 8.14."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.appbuilder import AppBuilder
from app.core.cache.per_transaction import cached_per_transaction
from app.core.clock import today
from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.flow.workflow import WORKFLOWS, Offer, Step
from app.core.money import plain
from app.core.record.freeze import is_frozen
from app.core.record.schemas import load
from app.models.document import ApprovalState
from app.models.money.payment import STILL_ASKED, Payment, PaymentPlan
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.query.linked import LinkedRows
from app.reports.customers.customer import balance_of
from app.reports.sales.lists import is_late as past_shipping
from app.reports.sales.lists import is_to_collect, is_to_ship
from app.reports.sales.sales_order import (
    issues_of,
    order_with_lines,
    payments_of,
    planned_amount,
    plans_of,
    shipments_of,
    stock_gaps,
    waiting_quantities,
)
from app.reports.sales.sales_order_form import customer_terms, possible_owners, warehouses_in_use
from app.reports.stock.waiting import is_ready_to_issue, was_approved_lately
from app.screens.document.document_view import DocumentView
from app.screens.document.lines_table import alarming
from app.screens.document.stages import Stage
from app.screens.form.dialogs import Dialog, LineChoice
from app.screens.form.json_answers import answers_json, done_once, sent_body
from app.screens.frame.cells import page_of
from app.screens.frame.values import day, money
from app.screens.list.ready_made import ready_made
from app.screens.record.record_page import Buttons
from app.screens.record.record_view import PageButton, RecordFigure, Tab, expose
from app.views.sales.sales_order_shown import badges_of, is_late, stages, tell_progress

# The step most likely wanted stands first.
_FORWARD = ("approve", "submit", "issue")
_FIRST = (*_FORWARD, "reopen", "withdraw", "plan", "finish", "reject", "stop", "revoke", "refund")


@dataclass
class OrderButtons(Buttons):
    """The payment plan has a dialog of its own, with a preview."""

    plan: Dialog | None = None
    is_submitter: bool = False  # who takes it back; anybody else hardly ever does
    is_ended: bool = False  # by hand: goods may still be requested, but that is not the way forward

    @property
    def primary(self) -> Dialog | None:
        """The way forward; going back is never the blue button."""
        forward = [action for action in _FORWARD if action != "issue" or not self.is_ended]
        return next((dialog for dialog in self.dialogs if dialog.action in forward), None)

    @property
    def held(self) -> Offer | None:
        """Submitting, while the plan does not fit the order: in its place, grey, with the way out beside its reason."""
        fits_not = (o for o in self.refused if o.refusal is not None and o.refusal.code == "plan_differs")
        return next((offer for offer in fits_not if offer.step.action == "submit" and self.plan is not None), None)

    @property
    def seldom(self) -> list[Dialog]:
        return [d for d in self.dialogs if d.action == "withdraw" and not self.is_submitter]


@dataclass(frozen=True)
class Around:
    """The goods that left or are about to leave for one order, read once for its page."""

    issues: list[GoodsIssue]
    shipments: list[Shipment]


def around(row: SalesOrder, actor: Actor) -> Around:
    session = db.session()

    def read() -> Around:
        issues = issues_of(session, row, actor)
        return Around(issues, shipments_of(session, row, actor) if issues else [])

    return cached_per_transaction(session, ("goods around an order", row.id, actor), read)


def _plans(row: SalesOrder, actor: Actor) -> list[PaymentPlan]:
    session = db.session()
    return cached_per_transaction(session, ("plans of an order", row.id, actor), lambda: plans_of(session, row, actor))


class SalesOrderView(DocumentView):
    """销售订单. Manual 8.7, 8.10, 8.11."""

    model = SalesOrder
    icon = "shopping-cart"
    asks, needed_by = ("customer", "warehouse"), "latest_ship_on"
    form_lists: Mapping[str, Any] = {"owner": possible_owners, "warehouse": warehouses_in_use}
    begins_today = ("signed_on",)
    counts_from: Mapping[str, str] = {"latest_ship_on": "signed_on"}
    list_columns = (
        "number", "customer", "subject", "total", "receivable", "state", "status", "shipping_status", "signed_on",
        "latest_ship_on", "owner",
    )  # fmt: skip
    card_columns = ("customer", "state", "number", "total")
    filter_columns = (
        "customer", "owner", "state", "status", "shipping_status", "category", "warehouse", "settlement", "signed_on",
        "latest_ship_on", "total", "receivable",
    )  # fmt: skip
    order_columns = ("number", "signed_on", "latest_ship_on", "total", "receivable")
    presets: Mapping[str, tuple[Any, Any]] = {
        **ready_made(SalesOrder),
        "approved_lately": (_l("Approved in the last 7 days"), was_approved_lately),
        "ready": (_l("Ready to issue"), is_ready_to_issue),
        "to_ship": (_l("Not all shipped"), is_to_ship),
        "late": (_l("Late"), past_shipping),
        "to_collect": (_l("With receivable"), is_to_collect),
    }
    search_hint = _l("Number, subject, customer, pinyin initials")
    hit_columns = ("number", "customer", "subject", "total", "state", "signed_on")
    show_template = "sales_order/show.html"
    frozen_note = _l("Submitted: only where the goods go and the remark can still be changed.")
    show_fieldsets = (
        (_l("Basics"), (
            "customer", "contact", "signed_on", "latest_ship_on", "consignee", "consignee_phone", "consignee_address",
            "shipping_method", "settlement", "owner", "warehouse", "category", "remark",
        )),
    )  # fmt: skip
    form_fieldsets = (
        (_l("Basics"), (
            "customer", "subject", "signed_on", "latest_ship_on", "category", "owner", "warehouse", "settlement",
        )),
        (_l("Consignee"), (
            "contact", "consignee", "consignee_phone", "consignee_address", "shipping_method", "remark",
        )),
    )  # fmt: skip
    wide_fields = ("customer", "consignee", "consignee_address", "remark")
    form_depends: Mapping[str, str] = {"contact": "customer"}
    pick_hints = ("subject",)
    linked_from = ((GoodsIssue, "order"), (Shipment, "order"), (PaymentPlan, "sales_order"), (Payment, "sales_order"))

    # Form

    def brought(self, party_id: int, row: SalesOrder | None, actor: Actor) -> dict[str, Any]:
        """Manual 8.5, 11.6."""
        return customer_terms(db.session(), party_id, row.contact_id if row is not None else None, actor)

    def after_document(self, row: SalesOrder, *, submitted: bool) -> str:
        """An order whose plan does not fit asks for its plan. Manual 8.14."""
        asks_plan = not submitted and planned_amount(db.session(), row) != row.total
        return self.show_url(row.id) + ("?plan=1" if asks_plan else "")

    # List

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        tell_progress(heads, rows)

    # Page

    def row(self, pk: int, actor: Actor) -> SalesOrder:
        return order_with_lines(db.session(), pk, actor)

    def row_to_read(self, pk: int, actor: Actor) -> SalesOrder:
        return order_with_lines(db.session(), pk, actor, to_read=True)

    def badges(self, row: SalesOrder) -> list[Any]:
        """Manual 8.11."""
        return badges_of(row)

    def buttons(self, row: SalesOrder, actor: Actor) -> OrderButtons:
        found = super().buttons(row, actor)
        dialogs = sorted(found.dialogs, key=lambda dialog: _FIRST.index(dialog.action))
        plan = next((dialog for dialog in dialogs if dialog.action == "plan"), None)
        # Reopening what is being executed is no wish anybody has: such a button would only be noise.
        refused = [offer for offer in found.refused if offer.refusal is None or offer.refusal.code != "executing"]
        page_buttons = (
            [PageButton(plan.offer.step.label, icon="calendar-plus", dialog="d-plan")] if plan is not None else []
        )
        dialogs = [dialog for dialog in dialogs if dialog is not plan]
        ended = row.status is OrderStatus.ended
        return OrderButtons(dialogs, refused, page_buttons, plan, row.submitted_by_id == actor.user_id, ended)

    def step_defaults(self, row: SalesOrder, step: Step, actor: Actor) -> Mapping[str, Any]:
        """An issue begins with all that is left, from the order's own warehouse. Manual 11.5."""
        if step.action != "issue":
            return super().step_defaults(row, step, actor)
        waiting = waiting_quantities(around(row, actor).issues)
        left = [(line, line.quantity - line.issued - waiting.get(line.id, ZERO)) for line in row.lines]
        return {
            "warehouse": (str(row.warehouse_id), str(row.warehouse)),
            "lines": [LineChoice(line.id, str(line.product), line.product.unit.label, q) for line, q in left if q > 0],
        }

    def figures(self, row: SalesOrder, actor: Actor) -> list[RecordFigure]:
        counts = row.state is ApprovalState.approved
        plans = [plan for plan in _plans(row, actor) if plan.status in STILL_ASKED] if counts else []
        due = min(plans, key=lambda plan: (plan.due_on, plan.serial), default=None)
        note, tone = (_("counts after approval"), "") if not counts else ("", "")
        if counts and due is not None:
            note = _("%(day)s: %(amount)s due", day=day(due.due_on), amount=money(due.amount - due.settled))
            tone = "red" if due.due_on < today() else ""
        value = row.contract_value if counts else row.total
        about = _("%(tax)s tax included", tax=money(row.tax_total))
        if counts and row.has_ended_short:
            about = _("%(total)s ordered", total=money(row.total))
        kept, back = row.received - row.refunded, ""
        if row.refunded:
            back = _("%(amount)s refunded", amount=money(row.refunded))
        return [
            RecordFigure(_("Contract value"), money(value), about, href="#document-lines"),
            RecordFigure(
                _("Shipped"), money(row.shipped_amount), share=_share(row.shipped_amount, value), href="#goods"
            ),
            RecordFigure(_("Received"), money(row.received), back, share=_share(kept, value), href="#payments"),
            RecordFigure(
                _("Receivable"), money(row.receivable), note, tone=tone if row.receivable else "", href="#plans"
            ),
        ]

    def stages(self, row: SalesOrder) -> list[Stage]:
        return stages(row)

    def decision_facts(self, row: SalesOrder, actor: Actor) -> list[tuple[Any, Any]]:
        """Beside the lowest discount: what is short, what the customer owes. Manual 8.7."""
        session = db.session()
        gaps, owed = stock_gaps(session, row), balance_of(session, row.customer_id)
        short = _("%(n)s products are short", n=len(gaps)) if gaps else _("everything is there")
        told = "；".join(f"{gap.product} {plain(gap.missing)} {gap.unit}" for gap in gaps[:3])
        return [
            *super().decision_facts(row, actor),
            (_("Stock gap"), alarming(short, told) if gaps else short),
            (_("The customer owes"), money(owed.receivable if owed else ZERO)),
        ]

    def show_context(self, row: SalesOrder, actor: Actor) -> dict[str, Any]:
        session = db.session()
        return super().show_context(row, actor) | {
            "gaps": [] if self.is_pending(row) else stock_gaps(session, row),
            "marked": {"latest_ship_on": _("overdue")} if is_late(row) else {},
            "edit_label": _("Change delivery") if is_frozen(row) else "",
            "plan": self._plan_setup(row, actor),
            "asks_plan": request.args.get("plan") == "1",
        }  # fmt: skip

    def tabs(self, row: SalesOrder, actor: Actor) -> list[Tab]:
        """Goods, plan and money of the order. Manual 8.11, 8.14, 11.5."""
        may_pay = _may_pay(row, actor)

        def goods() -> dict[str, Any]:
            return {"around": around(row, actor)}

        def plans() -> dict[str, Any]:
            may_plan = self.buttons(row, actor).plan is not None
            return {"plans": _plans(row, actor), "may_pay": may_pay, "may_plan": may_plan, "today": today()}

        def payments() -> dict[str, Any]:
            return {"payments": payments_of(db.session(), row, actor), "may_pay": may_pay}

        parts = (
            ("goods", _("Issue and shipping"), goods, GoodsIssue, "order"),
            ("plans", _("Payment plan"), plans, PaymentPlan, "sales_order"),
            ("payments", _("Payments"), payments, Payment, "sales_order"),
        )
        found = [
            Tab(name, title, f"sales_order/_{name}.html", shows, LinkedRows(model, via), model)
            for name, title, shows, model, via in parts
        ]
        return [*found, *self.own_tabs(row, actor)]

    def page_buttons(self, row: SalesOrder, actor: Actor) -> list[PageButton]:
        """Money is what finance comes for."""
        if not _may_pay(row, actor):
            return []
        return [PageButton(_("Record payment"), f"{page_of(Payment)}/add?sales_order={row.id}", "cash", is_next=True)]

    def _plan_setup(self, row: SalesOrder, actor: Actor) -> dict[str, Any]:
        """What the plan dialog begins with."""
        is_open = row.state is not ApprovalState.pending
        instalments = len(_plans(row, actor)) if is_open else 0
        return {
            "to": f"{self.route_base}/plan/{row.id}", "total": str(row.total), "instalments": instalments or 1,
            "first_on": max(row.latest_ship_on, today()).isoformat(), "interval_days": 30, "texts": _plan_texts(),
        }  # fmt: skip

    # Payment plan

    @expose("/plan/<int:pk>", methods=("POST",))
    @answers_json
    def plan(self, pk: int) -> dict[str, Any]:
        """智能新建回款计划: instalments, first day, interval and ratios; they add up to the order. Manual 8.14."""
        actor = self.reader()
        workflow = WORKFLOWS[SalesOrder]
        given = sent_body()

        def make() -> dict[str, Any]:
            row = self.row(pk, actor)
            form = load(workflow.step("plan").form, given)
            move = workflow.fire(db.session(), row, "plan", actor, form)
            return {"to": self.show_url(pk) + "#plans", "instalments": len(move.created)}

        answer = done_once(given, make)
        flash(_("Payment plan: %(n)s instalments.", n=answer["instalments"]), "success")
        return answer

    def after_step(self, row: Any, action: str, created: Sequence[Any]) -> str:
        """A new issue is looked at where it stands among the others."""
        return super().after_step(row, action, created) + ("#goods" if action == "issue" else "")


def _plan_texts() -> dict[str, str]:
    """What the plan's script says, in the person's language."""
    return {
        "instalment": _("Instalment"), "ratios": _("Give one ratio per instalment, 100 percent in all."),
        "count": _("From 1 to 60 instalments."), "day": _("This is not a date; write it as 2026-11-23."),
        "interval": _("From 0 to 3660 days."), "small": _("The amount is too small for so many instalments."),
        "failed": _("That went wrong on our side. Nothing was saved; what you typed is still here."),
    }  # fmt: skip


def _share(part: Any, whole: Any) -> int:
    return int(min(part / whole * 100, 100)) if whole else 0


def _may_pay(row: SalesOrder, actor: Actor) -> bool:
    """Whether to offer recording money: finance, on an approved order on which money is due. Manual 8.7, 8.14."""
    return row.state is ApprovalState.approved and actor.may("create", Payment) and row.receivable > 0


def register(builder: AppBuilder) -> None:
    builder.add_view_no_menu(SalesOrderView)
