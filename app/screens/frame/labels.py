"""Labels say what acts, rights and their subjects are called on pages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.db.base import models_by_name
from app.core.flow.workflow import WORKFLOWS
from app.core.record.audit import ACT_LABELS
from app.core.record.naming import plural
from app.core.report import REPORTS
from app.security.roles import SUBJECT_LABELS

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


def act_label(model: type[Any] | None, action: str) -> str:
    """Return what an act is called: the label of the workflow's step, else create, change, delete."""
    workflow = WORKFLOWS.get(model) if model is not None else None
    if workflow and action in workflow.rows:
        return str(workflow.rows[action].label)
    return str(ACT_LABELS.get(action, action))


def subject_label(subject: str) -> str:
    """Return what the subject of a right or a log entry is called: a model, a report, costs."""
    report = REPORTS.get(subject.removeprefix("report_"))
    if subject.startswith("report_") and report is not None:
        return str(_("Report: %(title)s", title=str(report.title)))
    model = models_by_name().get(subject)
    label = plural(model) if model is not None else SUBJECT_LABELS.get(subject)
    return str(label or subject)


def right_label(right: str, subject: str) -> str:
    if right in RIGHTS:
        return str(RIGHTS[right])
    return act_label(models_by_name().get(subject), right)
