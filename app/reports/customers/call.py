"""来电 Who is calling: customers and contacts with this number, their last orders and what they owe. Manual 3.2."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.search.index import has_number
from app.core.search.phone import LONGEST, SHORTEST, digits_of, numbers_in, share_a_number
from app.models.customers.customer import Contact, Customer
from app.models.money.payment import CustomerBalance
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import AppUser
from app.query.naming import display_text
from app.security.policy import visible

FOUND = 20
ORDERS = 3


@dataclass
class Caller:
    """A customer who may be calling.

    receivable  yuan, tax included; None where this person does not see it
    orders      the latest three of those this person sees
    """

    id: int
    name: str
    number: str
    owner: str
    phones: list[str]
    contacts: list[sa.Row[Any]] = field(default_factory=list)
    orders: list[sa.Row[Any]] = field(default_factory=list)
    receivable: Decimal | None = None


def callers(session: Session, number: str, actor: Actor) -> list[Caller]:
    """Visible customers with this number, by themselves or by a contact; nobody below three digits. Four statements."""
    if not SHORTEST <= len(digits_of(number)) <= LONGEST:
        return []
    contacts = _contacts(session, number, actor)
    found = {row.id: row for row in _customers(session, number, [row.customer_id for row in contacts], actor)}
    known = [
        Caller(
            row.id, row.name, row.number, display_text(AppUser, (row.owner, row.has_left)),
            [phone for phone in (row.mobile, row.phone) if phone],
            [contact for contact in contacts if contact.customer_id == row.id],
        )
        for row in found.values()
    ]  # fmt: skip
    if known:
        _add_figures(session, known, actor)
    return known


def _has(number: str, *phones: str | None) -> bool:
    """Whether one of these is the number; of a few digits, whether one holds them."""
    if numbers_in(number):
        return share_a_number([number], phones)
    return any(digits_of(number) in digits_of(phone) for phone in phones)


def _contacts(session: Session, number: str, actor: Actor) -> list[sa.Row[Any]]:
    query = sa.select(Contact.id, Contact.customer_id, Contact.name, Contact.duty, Contact.mobile, Contact.phone)
    query = query.where(has_number(Contact, number)).order_by(Contact.id.desc()).limit(FOUND)
    return [row for row in session.execute(visible(query, Contact, actor)) if _has(number, row.mobile, row.phone)]


def _customers(session: Session, number: str, keys: list[int], actor: Actor) -> list[sa.Row[Any]]:
    columns = (
        Customer.id, Customer.name, Customer.number, Customer.phone, Customer.mobile, AppUser.name.label("owner"),
        AppUser.has_left,
    )  # fmt: skip
    query = sa.select(*columns).join(AppUser, AppUser.id == Customer.owner_id)
    query = query.where(sa.or_(has_number(Customer, number), Customer.id.in_(keys))).order_by(Customer.id.desc())
    rows = session.execute(visible(query.limit(FOUND), Customer, actor))
    return [row for row in rows if row.id in keys or _has(number, row.phone, row.mobile)]


def _add_figures(session: Session, known: list[Caller], actor: Actor) -> None:
    keys = [caller.id for caller in known]
    balance = sa.select(CustomerBalance.customer_id, CustomerBalance.receivable)
    owed = {
        row[0]: row[1]
        for row in session.execute(
            visible(balance.where(CustomerBalance.customer_id.in_(keys)), CustomerBalance, actor)
        )
    }
    order = SalesOrder
    place = sa.func.row_number().over(partition_by=order.customer_id, order_by=order.id.desc()).label("place")
    columns = (order.id, order.customer_id, order.number, order.subject, order.total, order.state, order.signed_on)
    ranked = visible(sa.select(*columns, place).where(order.customer_id.in_(keys)), order, actor).subquery()
    latest = sa.select(ranked).where(ranked.c.place <= ORDERS).order_by(ranked.c.place)
    orders = session.execute(latest).all() if actor.may("read", order) else []
    for caller in known:
        caller.receivable = owed.get(caller.id)
        caller.orders = [row for row in orders if row.customer_id == caller.id]
