"""审批规则 Approval rule: who decides on documents of one type, and on which of them. Manual 8.7, 12.4."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model, Role
from app.core.db.base import Record, link_to
from app.core.db.types import DeferredChoice, Fixed, ShortText, choice_type
from app.core.errors import explain_constraint
from app.core.record.fields import label_codes, label_fields
from app.models.document import approved_documents
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser


class DecidedBy(enum.StrEnum):
    superior = enum.auto()  # 归属人的上级
    role = enum.auto()  # 角色
    people = enum.auto()  # 指定人员


class ApprovalRule(Record, Model):
    """Who decides on the documents that meet every condition given; without a condition on every one of the type.

    document        name of a model that is approved
    total_from      yuan, tax included: documents of this amount or more
    discount_below  0.85 is 85 % of the list price: documents with a line sold below it
    category        an item of the dictionary that the documents choose their category from
    deputy          decides in place of the role or the people, from the first day to the last, both included
    """

    __tablename__ = "approval_rule"
    __singular__, __plural__ = _l("approval rule"), _l("Approval rules")
    __table_args__ = (
        sa.CheckConstraint("(decided_by = 'role') = (role_id IS NOT NULL)", name="role_where_a_role_decides"),
        sa.CheckConstraint("total_from > 0", name="total_positive"),
        sa.CheckConstraint("discount_below > 0 AND discount_below <= 10000", name="discount_in_range"),
        sa.CheckConstraint("deputy_until >= deputy_from", name="deputy_until_after_from"),
    )

    name: Mapped[ShortText] = mapped_column(unique=True)
    document: Mapped[enum.StrEnum] = mapped_column(DeferredChoice(approved_documents), index=True)
    decided_by: Mapped[DecidedBy] = mapped_column(choice_type(DecidedBy, "decided_by"), default=DecidedBy.superior)
    role_id: Mapped[int | None] = link_to("ab_role.id", optional=True)
    total_from: Mapped[Decimal | None] = mapped_column(Fixed(2))
    discount_below: Mapped[Decimal | None] = mapped_column(Fixed(4), info={"unit": "percent"})
    category_id: Mapped[int | None] = link_to("dictionary_item.id", optional=True)
    deputy_id: Mapped[int | None] = link_to("ab_user.id", optional=True)
    deputy_from: Mapped[dt.date | None]
    deputy_until: Mapped[dt.date | None]

    role: Mapped[Role | None] = relationship(Role)
    people: Mapped[list[AppUser]] = relationship(secondary="approval_rule_person", order_by=AppUser.id)
    category: Mapped[DictionaryItem | None] = relationship()
    deputy: Mapped[AppUser | None] = relationship(foreign_keys=[deputy_id])


approval_rule_person = sa.Table(
    "approval_rule_person",
    Model.metadata,
    sa.Column("rule_id", sa.ForeignKey("approval_rule.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("ab_user.id"), primary_key=True, index=True),
)

_LABELS = {
    "role_where_a_role_decides": ("role", _l("A role is chosen where a role decides, and nowhere else.")),
    "total_positive": ("total_from", _l("The amount must be more than zero.")),
    "discount_in_range": ("discount_below", _l("Please give a discount from 0.0001 to 1; 0.85 is 85 %.")),
    "deputy_until_after_from": ("deputy_until", _l("The last day lies before the first.")),
}
for _rule, (_field, _text) in _LABELS.items():
    explain_constraint(f"ck_approval_rule_{_rule}", "invalid", _text, _field)
label_codes(DecidedBy, superior=_l("A superior of the owner"), role=_l("A role"), people=_l("Named people"))
label_fields(
    ApprovalRule,
    name=_l("Rule"), document=_l("Document type"), decided_by=_l("Who decides"), role=_l("Role"),
    people=_l("Named people"), total_from=_l("Amount from"), discount_below=_l("Discount below"),
    category=_l("Category"), deputy=_l("Deputy"), deputy_from=_l("Deputy from"), deputy_until=_l("Deputy until"),
)  # fmt: skip
