"""审批规则 Approval rules: who decides on which documents, as the administrator keeps it. Manual 8.7, 12.4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.db.base import db, models_by_name
from app.core.record.fields import code_label, label_of
from app.core.record.naming import singular
from app.models.document import approved_documents
from app.models.system.approval_rule import ApprovalRule
from app.query.choices import dictionary_choices
from app.reports.system.approval_rule import people_of_rules
from app.reports.system.user import roles
from app.screens.form.forms import Fields, FormSection
from app.screens.list.address import ListRequest
from app.screens.record.record_view import RecordView
from app.security.approvals.rules import Approvers, without_rule
from app.security.roles import role_label
from app.workflows.system.approval_rule import category_dictionary


class ApprovalRuleView(RecordView):
    """审批规则. Manual 8.7, 12.4."""

    model = ApprovalRule
    icon = "rubber-stamp"
    menu_order = 25
    list_template = "system/approval_rules.html"
    show_template = "system/approval_rule.html"
    form_template = "system/approval_rule_form.html"
    list_columns = ("name", "document", "total_from", "discount_below", "category", "decided_by", "role", "deputy")
    card_columns = ("name", "document", "decided_by", "total_from", "discount_below", "category")
    filter_columns = ("document", "decided_by")
    order_columns = ("name",)
    base_order = ("id", "asc")
    badge_columns = ()
    show_fieldsets = (
        (_l("Who decides"), ("document", "decided_by", "role", "deputy", "deputy_from", "deputy_until")),
        (_l("On which documents"), ("total_from", "discount_below", "category")),
    )
    form_fieldsets = (
        (_l("Who decides"), ("name", "document", "decided_by", "role", "people")),
        (_l("On which documents"), ("total_from", "discount_below", "category")),
        (_l("Deputy"), ("deputy", "deputy_from", "deputy_until")),
    )
    form_hints: Mapping[str, Any] = {
        "total_from": _l("This amount or more, tax included; empty for any."),
        "discount_below": _l("0.85 is 85 %: documents with a line below it; empty for any."),
        "deputy": _l("Decides in place of the role or the people named, from the first day to the last."),
    }
    has_attachments = False

    def add_cells(self, heads: list[dict[str, Any]], rows: list[tuple[int, list[Any]]], actor: Actor) -> None:
        named = people_of_rules(db.session(), [key for key, _cells in rows])
        heads.append({"label": label_of(ApprovalRule, "people"), "class": ""})
        for key, cells in rows:
            cells.append("、".join(named.get(key, [])))

    def sections(self, fields: Fields, values: Mapping[str, Any], actor: Actor) -> list[FormSection]:
        """Roles and categories are few: they are chosen from lists."""
        found = super().sections(fields, values, actor)
        for control in (control for section in found for control in section.controls if control.kind == "pick"):
            if control.name == "role":
                control.kind, control.options = "select", [(str(role.id), str(role)) for role in roles(db.session())]
            elif control.name == "category":
                control.kind, control.options = "select", _categories(control.value)
        return found

    def list_context(self, asked: ListRequest, actor: Actor) -> dict[str, Any]:
        return {"precedence": precedence()}

    def extra_form(self, row: Any, actor: Actor) -> dict[str, Any]:
        return {"precedence": precedence()}

    def show_context(self, row: ApprovalRule, actor: Actor) -> dict[str, Any]:
        return {"people": [str(person) for person in row.people], "precedence": precedence()}


def precedence() -> str:
    """Which rule decides, in a sentence, and who does where there is none."""
    models = [models_by_name()[name] for name in approved_documents()]
    usual = [f"{singular(model)}：{_usual(without_rule(model))}" for model in models]
    return str(
        _(
            "Of the rules that fit a document only the strictest is asked: the one with the highest amount, among "
            "those the one with the lowest discount, then one with a category, then the youngest. Where none fits: "
            "%(usual)s.",
            usual="；".join(usual),
        )
    )


def _usual(approvers: Approvers) -> str:
    return role_label(approvers.role) if approvers.role else code_label(approvers.decided_by)


def _categories(chosen: str) -> list[tuple[str, str]]:
    """The categories of every type of document, each with what it is a category of."""
    models = [models_by_name()[name] for name in approved_documents()]
    dictionaries = {name: label_of(model, "category") for model in models if (name := category_dictionary(model))}
    choices = dictionary_choices(db.session(), dictionaries)
    return [
        (str(key), f"{dictionaries[name]} · {label}")
        for name, items in choices.items()
        for key, label, selectable in items
        if selectable or str(key) == chosen
    ]
