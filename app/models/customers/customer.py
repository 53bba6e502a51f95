"""客户 Customer and 联系人 contact: whom we sell to. Manual 6.1–6.5."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.appbuilder import Model
from app.core.db.base import KEPT_BY_SYSTEM, Record, Row, link_to
from app.core.db.types import choice_type
from app.core.errors import explain_constraint
from app.core.ledger.books import OF_A_LIFE
from app.core.record.fields import label_codes, label_fields
from app.core.search.normal_forms import normal_form_of
from app.models.system.setting import DictionaryItem, dictionary_link
from app.models.system.user import AppUser


class CustomerKind(enum.StrEnum):
    company = enum.auto()  # 企业
    individual = enum.auto()  # 个人


class LifeCycle(enum.StrEnum):
    potential = enum.auto()  # 潜在
    signed = enum.auto()  # 签约
    repeat = enum.auto()  # 重复购买
    lapsed = enum.auto()  # 失效


class Customer(Record, Model):
    """Kind, class, life cycle and hot flag are independent of each other. Manual 6.1, 6.2."""

    __tablename__ = "customer"
    __singular__ = _l("customer")
    __plural__ = _l("Customers")
    __number_prefix__ = "KH"
    __table_args__ = (
        # A company's name is unique; two people may share a name (manual 6.3).
        sa.Index(
            "uq_customer_company_name", "name_key", unique=True,
            sqlite_where=sa.text("kind = 'company'"), postgresql_where=sa.text("kind = 'company'"),
        ),
        sa.CheckConstraint("length(name) > 0", name="name_given"),
        sa.UniqueConstraint("number", info=dict(KEPT_BY_SYSTEM)),
    )  # fmt: skip

    number: Mapped[str] = mapped_column(sa.String(30))
    kind: Mapped[CustomerKind] = mapped_column(choice_type(CustomerKind, "kind"))
    name: Mapped[str] = mapped_column(sa.String(120))
    name_key: Mapped[str] = mapped_column(sa.String(120), index=True, info=normal_form_of("name"))
    short_name: Mapped[str | None] = mapped_column(sa.String(60))
    owner_id: Mapped[int] = link_to("ab_user.id")
    class_id: Mapped[int | None] = dictionary_link("customer_class")
    is_class_by_hand: Mapped[bool] = mapped_column(default=False)
    life_cycle: Mapped[LifeCycle] = mapped_column(choice_type(LifeCycle, "life_cycle"), default=LifeCycle.potential)
    is_life_cycle_by_hand: Mapped[bool] = mapped_column(default=False)
    first_signed_on: Mapped[dt.date | None]
    is_hot: Mapped[bool] = mapped_column(default=False)
    hot_reason: Mapped[str | None] = mapped_column(sa.String(200))
    hot_on: Mapped[dt.date | None]
    source_id: Mapped[int | None] = dictionary_link("customer_source")
    industry_id: Mapped[int | None] = dictionary_link("industry")
    headcount_id: Mapped[int | None] = dictionary_link("headcount")
    relationship_id: Mapped[int | None] = dictionary_link("relationship")
    credit_grade_id: Mapped[int | None] = dictionary_link("credit_grade")
    price_tier_id: Mapped[int | None] = dictionary_link("price_tier")
    settlement_id: Mapped[int | None] = dictionary_link("settlement")
    parent_id: Mapped[int | None] = link_to("customer.id", optional=True)
    city: Mapped[str | None] = mapped_column(sa.String(60))
    address: Mapped[str | None] = mapped_column(sa.String(200))
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    mobile: Mapped[str | None] = mapped_column(sa.String(20))
    invoice_title: Mapped[str | None] = mapped_column(sa.String(120))
    tax_number: Mapped[str | None] = mapped_column(sa.String(40), index=True)
    bank_name: Mapped[str | None] = mapped_column(sa.String(120))
    bank_account: Mapped[str | None] = mapped_column(sa.String(60))
    remark: Mapped[str | None] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text, default="")

    owner: Mapped[AppUser] = relationship(foreign_keys=[owner_id])
    class_: Mapped[DictionaryItem | None] = relationship(foreign_keys=[class_id])
    source: Mapped[DictionaryItem | None] = relationship(foreign_keys=[source_id])
    industry: Mapped[DictionaryItem | None] = relationship(foreign_keys=[industry_id])
    headcount: Mapped[DictionaryItem | None] = relationship(foreign_keys=[headcount_id])
    relation_grade: Mapped[DictionaryItem | None] = relationship(foreign_keys=[relationship_id])
    credit_grade: Mapped[DictionaryItem | None] = relationship(foreign_keys=[credit_grade_id])
    price_tier: Mapped[DictionaryItem | None] = relationship(foreign_keys=[price_tier_id])
    settlement: Mapped[DictionaryItem | None] = relationship(foreign_keys=[settlement_id])
    parent: Mapped[Customer | None] = relationship(remote_side="Customer.id", foreign_keys=[parent_id])
    shares: Mapped[list[CustomerShare]] = relationship(back_populates="customer", cascade="all, delete-orphan")


class CustomerShare(Row, Model):
    """The right to read one customer, given by its owner to a person or a role. Manual 6.5."""

    __tablename__ = "customer_share"
    __table_args__ = (
        # An empty column is like no other, so a rule over all three would let the same person in twice.
        *(
            sa.Index(
                f"uq_customer_share_{column}",
                "customer_id",
                column,
                unique=True,
                info=dict(KEPT_BY_SYSTEM),
                sqlite_where=sa.text(f"{column} IS NOT NULL"),
                postgresql_where=sa.text(f"{column} IS NOT NULL"),
            )
            for column in ("user_id", "role")
        ),
        sa.CheckConstraint("(user_id IS NULL) <> (role IS NULL)", name="person_or_role"),
    )

    customer_id: Mapped[int] = link_to("customer.id", ondelete="CASCADE")
    user_id: Mapped[int | None] = link_to("ab_user.id", optional=True)
    role: Mapped[str | None] = mapped_column(sa.String(60))

    customer: Mapped[Customer] = relationship(back_populates="shares")
    user: Mapped[AppUser | None] = relationship()


class Sex(enum.StrEnum):
    male = enum.auto()
    female = enum.auto()


class Contact(Record, Model):
    """A person at a customer; whose contact it is never changes. Manual 6.3, 6.4."""

    __tablename__ = "contact"
    __singular__ = _l("contact")
    __plural__ = _l("Contacts")
    __table_args__ = (sa.CheckConstraint("length(name) > 0", name="name_given"),)

    customer_id: Mapped[int] = link_to("customer.id")
    name: Mapped[str] = mapped_column(sa.String(60))
    sex: Mapped[Sex | None] = mapped_column(choice_type(Sex, "sex"))
    title: Mapped[str | None] = mapped_column(sa.String(60))
    department: Mapped[str | None] = mapped_column(sa.String(60))
    duty: Mapped[str | None] = mapped_column(sa.String(60))
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    mobile: Mapped[str | None] = mapped_column(sa.String(20))
    email: Mapped[str | None] = mapped_column(sa.String(120))
    qq: Mapped[str | None] = mapped_column(sa.String(20))
    wechat: Mapped[str | None] = mapped_column(sa.String(60))
    birthday: Mapped[dt.date | None] = mapped_column(info=OF_A_LIFE)
    anniversary_name: Mapped[str | None] = mapped_column(sa.String(60))
    anniversary_on: Mapped[dt.date | None] = mapped_column(info=OF_A_LIFE)
    is_anniversary_lunar: Mapped[bool] = mapped_column(default=False)
    is_primary: Mapped[bool] = mapped_column(default=False)
    has_left: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str | None] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text, default="")

    customer: Mapped[Customer] = relationship()


# SQLite tells the column of a unique index, not its name.
for _rule in ("uq_customer_company_name", "uq_customer_name_key"):
    explain_constraint(_rule, "duplicate_name", _l("A company of that name is already on file."), "name")
explain_constraint("ck_contact_name_given", "no_name", _l("Please give the contact's name."), "name")
explain_constraint("ck_customer_name_given", "no_name", _l("Please give the customer's name."), "name")
label_codes(CustomerKind, company=_l("Company"), individual=_l("Individual"))
label_codes(
    LifeCycle, potential=_l("Potential"), signed=_l("Signed"), repeat=_l("Repeat buyer"), lapsed=_l("Lapsed")
)  # fmt: skip
label_codes(Sex, male=_l("Male"), female=_l("Female"))
label_fields(
    Customer,
    number=_l("Customer number"), kind=_l("Customer kind"), name=_l("Customer name"), short_name=_l("Short name"),
    class_=_l("Customer class"), class_id=_l("Customer class"), life_cycle=_l("Life cycle"),
    first_signed_on=_l("First signed on"), is_hot=_l("Hot customer"), hot_reason=_l("Why hot"), hot_on=_l("Hot since"),
    source=_l("Customer source"), industry=_l("Industry"), headcount=_l("Headcount"),
    relation_grade=_l("Relationship"), credit_grade=_l("Credit grade"), price_tier=_l("Price tier"),
    settlement=_l("Settlement"), parent=_l("Parent customer"), city=_l("City"), address=_l("Address"),
    invoice_title=_l("Invoice title"), tax_number=_l("Tax number"), bank_name=_l("Bank"),
    bank_account=_l("Bank account"), is_class_by_hand=_l("Class set by hand"),
    is_life_cycle_by_hand=_l("Life cycle set by hand"), shares=_l("Shared with"), name_key=_l("Name for comparison"),
)  # fmt: skip
label_fields(
    Contact,
    name=_l("Contact name"), sex=_l("Sex"), title=_l("Form of address"), department=_l("Department"), duty=_l("Duty"),
    email=_l("E-mail"), qq=_l("QQ"), wechat=_l("WeChat"), birthday=_l("Birthday"),
    anniversary_name=_l("Anniversary"), anniversary_on=_l("Anniversary date"),
    is_anniversary_lunar=_l("Lunar calendar"), is_primary=_l("Primary contact"), has_left=_l("Has left"),
)  # fmt: skip
