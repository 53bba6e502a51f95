"""客户流程 How customers and contacts are kept, shared and marked. Manual 6.1–6.5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, object_session

from app.core.actor import Actor
from app.core.clock import today
from app.core.db.locks import hold
from app.core.errors import AppError, NotAllowed, Refused
from app.core.flow.over_rows import AtMost, OnlyOne
from app.core.flow.workflow import Move, Step, Workflow
from app.core.record.entry import Entry
from app.core.record.numbering import next_number
from app.core.search.index import index_record
from app.core.search.phone import MOBILE, national
from app.core.text import folded, normalised
from app.models.customers.customer import Contact, Customer, CustomerKind, CustomerShare, LifeCycle
from app.models.document import ApprovalState
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import AppUser
from app.security.dictionaries import coded_item, default_item
from app.security.policy import is_below, may_write, require_write
from app.security.roles import SALES_SIDE, R
from app.security.settings import declare_setting, setting
from app.workflows.customers.collision import (
    ask_for_sharing,
    is_met_elsewhere,
    seen_alike,
    taken_name,
    warnings_about,
)
from app.workflows.customers.customer_forms import HotForm, ShareForm


def name_key(name: str) -> str:
    """A name as compared: width, case and spaces taken out."""
    return normalised(name)[:120]


def tax_number_form(text: str | None) -> str | None:
    """A tax number as it is kept and compared: capitals without spaces; nothing stays nothing."""
    return folded(text or "").upper() or None


def checked_mobile(text: str | None, field: str = "mobile") -> str | None:
    """A mainland mobile number, digits only; nothing stays nothing.

    errors  Refused "bad_mobile"
    """
    if text is None or not text.strip():
        return None
    digits = national(text)
    if digits is None or not MOBILE.fullmatch(digits):
        raise Refused(
            "bad_mobile", _("“%(number)s” is not a mobile number of 11 digits.", number=text[:30]), field=field
        )
    return digits


declare_setting("hot_customer_limit", _l("Hot customers per salesperson"), 10, kind="integer", lowest=1, highest=1000)
HOT = AtMost(
    Customer, "is_hot", "owner", lambda session: int(setting(session, "hot_customer_limit")),
    lambda limit: Refused("hot_limit", _("%(n)s customers are hot already; unmark one first.", n=limit)),
)  # fmt: skip
PRIMARY = OnlyOne(Contact, "is_primary", "customer")
Customer.__searched__ = ("name", "short_name", "number", "phone", "mobile")
Contact.__searched__ = ("name", "mobile", "phone")


class CustomerEntry(Entry):
    """Manual 6.2, 6.3: a company's name is unique; an individual is customer and contact in one save."""

    model = Customer
    writable = (
        "kind", "name", "short_name", "owner", "class_", "life_cycle", "source", "industry", "headcount",
        "relation_grade", "credit_grade", "price_tier", "settlement", "parent", "city", "address", "phone", "mobile",
        "invoice_title", "tax_number", "bank_name", "bank_account", "remark",
    )  # fmt: skip
    create_only = ("kind", "owner")
    optional = ("owner",)

    def prepare(self, session: Session, row: Customer, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        row.name = row.name.strip()
        row.mobile = checked_mobile(row.mobile)
        row.tax_number = tax_number_form(row.tax_number)
        if not row.name_key:
            raise Refused("no_name", _("Please give the customer's name."), field="name")
        if new:
            if row.owner is None:
                row.owner = session.get_one(AppUser, actor.user_id)
            require_own_side(session, row.owner, actor)
            row.class_ = row.class_ or default_item(session, "customer_class")
            row.number = next_number(session, Customer)
        self._note_hand(row, values)
        self._require_unique(session, row, actor)

    def _note_hand(self, row: Customer, values: Mapping[str, Any]) -> None:
        """What a person chose is not recomputed from the orders any more. spec.md §6."""
        given = {name for name in ("class_", "life_cycle") if values.get(name) is not None and self._is_new(row, name)}
        if "class_" in given:
            row.is_class_by_hand = values["class_"].code != "potential"
        if "life_cycle" in given:
            row.is_life_cycle_by_hand = values["life_cycle"] != LifeCycle.potential

    def _is_new(self, row: Customer, name: str) -> bool:
        """Whether it stands there now for the first time: a form sends every field back, chosen or not."""
        return bool(sa.inspect(row).attrs[name].history.has_changes())

    def _require_unique(self, session: Session, row: Customer, actor: Actor) -> None:
        if row.kind != CustomerKind.company:
            return
        same = sa.select(Customer.id).where(
            Customer.kind == CustomerKind.company, Customer.name_key == row.name_key, Customer.id != (row.id or 0)
        )
        with session.no_autoflush:
            if session.execute(same).first():
                raise taken_name(session, row, actor)

    def created(self, session: Session, row: Customer, values: Mapping[str, Any], actor: Actor) -> None:
        if row.kind == CustomerKind.individual:
            own_contact(session, row)

    def require_writable(self, session: Session, row: Customer, actor: Actor) -> None:
        require_write(session, row, actor, _("Only its owner or someone above may change this customer."))

    def deleting(self, session: Session, row: Customer, actor: Actor) -> None:
        """An individual's own contact goes with them; anything else refuses the deletion."""
        if row.kind == CustomerKind.individual:
            for contact in session.scalars(sa.select(Contact).where(Contact.customer_id == row.id)):
                session.delete(contact)
            session.flush()

    def alike(self, session: Session, row: Customer, actor: Actor) -> list[Customer]:
        return seen_alike(session, row, actor)

    def warnings(self, session: Session, row: Customer, actor: Actor) -> list[dict[str, Any]]:
        return warnings_about(session, row, actor)


def require_own_side(session: Session, owner: AppUser, actor: Actor) -> None:
    """errors  NotAllowed when the owner is neither the actor nor someone below; the boss may name anybody"""
    if not actor.is_any(R.boss) and not is_below(session, owner.id, actor):
        text = _("You may enter this for yourself or someone below you, not for %(owner)s.", owner=str(owner))
        raise NotAllowed("not_allowed", text)


def own_contact(session: Session, customer: Customer) -> Contact:
    """The contact that an individual customer is. Manual 6.3."""
    contact = Contact(
        customer=customer, name=customer.name[:60], mobile=customer.mobile, phone=customer.phone, is_primary=True
    )
    session.add(contact)
    session.flush()
    index_record(session, contact)
    return contact


class ContactEntry(Entry):
    """Manual 6.3, 6.4: whose contact it is stays; one of a customer's contacts is the primary one."""

    model = Contact
    writable = (
        "customer", "name", "sex", "title", "department", "duty", "phone", "mobile", "email", "qq", "wechat",
        "birthday", "anniversary_name", "anniversary_on", "is_anniversary_lunar", "is_primary", "has_left", "remark",
    )  # fmt: skip
    create_only = ("customer",)

    def prepare(self, session: Session, row: Contact, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        row.name = row.name.strip()
        row.mobile = checked_mobile(row.mobile)
        if not row.name:
            raise Refused("no_name", _("Please give the contact's name."), field="name")
        if new and not actor.is_any(R.service):
            CustomerEntry().require_writable(session, row.customer, actor)

    def require_writable(self, session: Session, row: Contact, actor: Actor) -> None:
        require_write(session, row, actor, _("Only the customer's owner or someone above may change this contact."))


def recount_signing(session: Session, customer: Customer, order: SalesOrder, *, counts: bool) -> None:
    """Class, life cycle and first signing day follow from the approved orders, unless set by hand. Manual 6.1, 6.7.

    order   the one being approved or revoked just now; counts: whether it counts from here on
    """
    hold(session, customer)
    query = sa.select(sa.func.count(), sa.func.min(SalesOrder.signed_on)).where(
        SalesOrder.customer_id == customer.id, SalesOrder.state == ApprovalState.approved, SalesOrder.id != order.id
    )
    count, first = session.execute(query).one()
    if counts:
        count += 1
        first = min(first or order.signed_on, order.signed_on)
    customer.first_signed_on = first
    if not customer.is_life_cycle_by_hand:
        stages = (LifeCycle.potential, LifeCycle.signed, LifeCycle.repeat)
        customer.life_cycle = stages[min(count, 2)]
    if not customer.is_class_by_hand:
        wanted = coded_item(session, "customer_class", "regular" if count else "potential")
        if wanted is not None and (customer.class_ is None or customer.class_.code in ("potential", "regular")):
            customer.class_ = wanted
    if count and customer.is_hot:
        cool(customer)


def cool(customer: Customer) -> None:
    """A signed or shelved customer is not hot any more. Manual 6.7."""
    customer.is_hot = False
    customer.hot_reason = None
    customer.hot_on = None


# Guards


def is_its_side(customer: Customer, actor: Actor) -> AppError | None:
    """The customer is the actor's, or of someone below."""
    session = object_session(customer)
    if session is None or may_write(session, customer, actor):
        return None
    return NotAllowed("not_allowed", _("Only its owner or someone above may do this."))


def has_room_for_hot(customer: Customer, actor: Actor) -> AppError | None:
    """The owner has fewer hot customers than the limit. Manual 6.7."""
    session = object_session(customer)
    return None if session is None else HOT.no_room(session, customer)


def is_hot(customer: Customer, actor: Actor) -> AppError | None:
    """The customer is marked hot."""
    return None if customer.is_hot else Refused("not_hot", _("This customer is not marked as hot."))


# Effects


def share_with(move: Move) -> None:
    """Replace the list of people and roles who may read the customer. Manual 6.5."""
    users = set(move.form.get("users") or [])
    roles = set(move.form.get("roles") or [])
    known = set(move.session.scalars(sa.select(AppUser.id).where(AppUser.id.in_(users))))
    if users - known or roles - set(R.__members__):
        raise Refused("invalid", _("A person or role to share with does not exist."), field="users")
    customer = move.document
    before = sorted(str(share.user or share.role) for share in customer.shares)
    customer.shares = [CustomerShare(user_id=user_id) for user_id in sorted(users)]
    customer.shares += [CustomerShare(role=role) for role in sorted(roles)]
    move.session.flush()
    move.changes["shares"] = [before, sorted(str(share.user or share.role) for share in customer.shares)]


def mark_as_hot(move: Move) -> None:
    """Mark the customer as close to signing."""
    move.document.is_hot = True
    move.document.hot_reason = move.form.get("reason")
    move.document.hot_on = today()


def unmark_as_hot(move: Move) -> None:
    """Take the mark away."""
    cool(move.document)


# fmt: off
CUSTOMER = Workflow(Customer, None,
    #    action        from  to    default roles guards                          effects
    Step("share",      None, None, SALES_SIDE,   (is_its_side,),                 (share_with,),    label=_l("Share"), form=ShareForm),
    Step("mark_hot",   None, None, SALES_SIDE,   (is_its_side, has_room_for_hot), (mark_as_hot,),  label=_l("Mark as hot"), form=HotForm),
    Step("unmark_hot", None, None, SALES_SIDE,   (is_its_side, is_hot),          (unmark_as_hot,), label=_l("Unmark as hot")),
    Step("ask_sharing", None, None, SALES_SIDE,  (is_its_side, is_met_elsewhere), (ask_for_sharing,), label=_l("Ask for sharing")),
    manual="6.5",
)
# fmt: on
