"""角色 Roles and their default rights. Seeded once, the administrator's from then on. Manual 3.1; spec.md §1."""

from __future__ import annotations

import enum

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

# Rights that are no workflow step: subject → right → roles. The tables of `policies/` add the rights on their models;
# what stands here belongs to no model of its own.
RIGHTS: dict[str, dict[str, tuple[R, ...]]] = {
    "role": dict.fromkeys(("read", "edit"), (R.admin,)),
    "cost": {"view": COST_READERS, "edit": (R.boss, R.product_manager, R.sales_director)},
}
# Whoever may read a list may take it along as a workbook, until the administrator says otherwise.
_NO_LISTS = {"setting", "role", "audit_entry", "deleted_record", "cost"}


def default_rights() -> set[tuple[str, str, str]]:
    """(role, right, subject) of every default right: the table above, the workflow tables, the reports."""
    found = {
        (str(role), right, subject)
        for subject, rights in RIGHTS.items()
        for right, roles in rights.items()
        for role in roles
    }
    found |= {
        (role, "export", subject) for role, right, subject in found if right == "read" and subject not in _NO_LISTS
    }
    for model, workflow in WORKFLOWS.items():
        for step in workflow.steps.values():
            found |= {(str(role), step.action, model_name(model)) for role in step.roles}
    for name, report in REPORTS.items():
        found |= {(str(role), "read", f"report_{name}") for role in report.roles}
    return found


def role_label(code: str) -> str:
    """The Chinese name of a seeded role; a role the administrator made is called as they called it."""
    return str(ROLE_LABELS[R(code)]) if code in R.__members__ else code
