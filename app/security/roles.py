"""角色 Roles have default rights, seeded once and the administrator's from then on. Manual 3.1; spec.md §1."""

from __future__ import annotations

import enum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.db.base import model_name
from app.core.flow.workflow import WORKFLOWS
from app.core.report import REPORTS


class R(enum.StrEnum):
    boss = enum.auto()
    sales_director = enum.auto()
    sales_manager = enum.auto()
    sales = enum.auto()
    sales_assistant = enum.auto()
    service = enum.auto()
    engineer = enum.auto()
    purchaser = enum.auto()
    warehouse = enum.auto()
    finance = enum.auto()
    marketing = enum.auto()
    product_manager = enum.auto()
    technical = enum.auto()
    admin = enum.auto()


ROLE_LABELS = {
    R.boss: _l("General manager"),
    R.sales_director: _l("Sales director"),
    R.sales_manager: _l("Sales manager"),
    R.sales: _l("Sales"),
    R.sales_assistant: _l("Sales assistant"),
    R.service: _l("Customer service"),
    R.engineer: _l("Service engineer"),
    R.purchaser: _l("Purchasing"),
    R.warehouse: _l("Warehouse keeper"),
    R.finance: _l("Finance"),
    R.marketing: _l("Marketing"),
    R.product_manager: _l("Product manager"),
    R.technical: _l("Technical"),
    R.admin: _l("Administrator"),
}

EVERYBODY = tuple(R)
SALES_SIDE = (R.sales, R.sales_manager, R.sales_director, R.boss)
APPROVERS = (R.sales_manager, R.sales_director, R.boss)
PRODUCT_KEEPERS = (R.product_manager, R.sales_director)
STOCK_READERS = (R.boss, R.sales_director, R.purchaser, R.finance, R.warehouse)
COST_READERS = (R.boss, R.sales_director, R.finance, R.purchaser, R.product_manager)

# Rights that are no workflow step: subject → right → roles, put here by the tables of `policies/`.
RIGHTS: dict[str, dict[str, tuple[R, ...]]] = {}
# What the subjects are called that are no model: subject → label.
SUBJECT_LABELS: dict[str, Any] = {}


def declare_subject(subject: str, label: Any, /, **rights: tuple[R, ...]) -> None:
    """Make known what rights can be held on though it is no model: right → roles that hold it from the start.

    errors  ValueError when it is declared already
    """
    if subject in RIGHTS:
        raise ValueError(f"rights on {subject} are declared twice")
    RIGHTS[subject] = rights
    SUBJECT_LABELS[subject] = label


def default_rights() -> set[tuple[str, str, str]]:
    """Return (role, right, subject) of every default right, from the tables of areas, workflows and reports."""
    found = {
        (str(role), right, subject)
        for subject, rights in RIGHTS.items()
        for right, roles in rights.items()
        for role in roles
    }
    for model, workflow in WORKFLOWS.items():
        for step in workflow.steps.values():
            found |= {(str(role), step.action, model_name(model)) for role in step.roles}
    for name, report in REPORTS.items():
        found |= {(str(role), "read", f"report_{name}") for role in report.roles}
    return found


def role_label(code: str) -> str:
    """Return the Chinese name of a seeded role; a role the administrator made is called as they called it."""
    return str(ROLE_LABELS[R(code)]) if code in R.__members__ else code
