"""What acts, rights and the things they are on are called on pages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.db.base import models_by_name
from app.core.flow.workflow import WORKFLOWS
from app.core.report import REPORTS
from app.screens.frame.registry import view_of

_ACTS = {
    "create": _l("Created"),
    "update": _l("Changed"),
    "delete": _l("Deleted"),
    "restore": _l("Restored"),
    "import": _l("Imported"),
    "export": _l("Exported"),
    "attach": _l("Attached"),
    "detach": _l("Detached"),
    "password": _l("Password changed"),
    "sign_in": _l("Signed in"),
    "sign_in_failed": _l("Failed to sign in"),
    "sign_out": _l("Signed out"),
}
RIGHTS = {
    "read": _l("Read"),
    "create": _l("Create"),
    "edit": _l("Edit"),
    "delete": _l("Delete"),
    "import": _l("Import"),
    "export": _l("Export"),
    "restore": _l("Restore"),
    "view": _l("See"),
}
_SUBJECTS = {
    "cost": _l("Cost price and margin"),
    "role": _l("Roles and rights"),
    "ab_role": _l("Roles and rights"),
    "setting": _l("Settings"),
    "audit_entry": _l("Audit"),
    "deleted_record": _l("Recycle bin"),
    "receivable_ledger_entry": _l("Receivable ledger"),
    "sales_order_line": _l("Order lines"),
    "goods_issue_line": _l("Issue lines"),
    "shipment": _l("Shipments"),
    "attachment": _l("Files"),
    "import_batch": _l("Imports"),
}


def act_label(model: type[Any] | None, action: str) -> str:
    """What an act was: the workflow's word, else create, change, delete."""
    workflow = WORKFLOWS.get(model) if model is not None else None
    if workflow and action in workflow.rows:
        return str(workflow.rows[action].label)
    return str(_ACTS.get(action, action))


def subject_label(subject: str) -> str:
    """What rights and log entries are on: a model, a report, costs."""
    report = REPORTS.get(subject.removeprefix("report_"))
    if subject.startswith("report_") and report is not None:
        return str(_("Report: %(title)s", title=str(report.title)))
    model = models_by_name().get(subject)
    view = view_of(model) if model is not None else None
    return str(view.title) if view is not None else str(_SUBJECTS.get(subject, subject))


def right_label(right: str, subject: str) -> str:
    if right in RIGHTS:
        return str(RIGHTS[right])
    return act_label(models_by_name().get(subject), right)
