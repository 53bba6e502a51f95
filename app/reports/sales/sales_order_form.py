"""订单录入 What the order form offers: owners, warehouses, and what is known of the customer. Manual 8.4, 11.6."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.models.customers.customer import Contact, Customer
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.query.choices import dictionary_choices
from app.security.policy import actor_placeholder, bind_actor, people_below, require_visible, visible
from app.security.roles import R

MOST_CONTACTS = 100


@dataclass
class Terms:
    """What an order takes over from its customer; to be changed on the form."""

    id: int
    name: str
    owner_id: int
    settlement_id: int | None
    tier: str
    consignee: str = ""
    consignee_phone: str = ""
    consignee_address: str = ""
    contacts: list[tuple[int, str]] = field(default_factory=list)
    primary_id: int | None = None


def customer_terms(session: Session, customer_id: int, actor: Actor) -> Terms:
    """The customer's contacts, tier and settlement; consignee and address from the primary contact.

    errors  NotFound
    """
    customer = require_visible(session, Customer, customer_id, actor)
    tier = session.get(DictionaryItem, customer.price_tier_id) if customer.price_tier_id else None
    terms = Terms(
        customer.id, customer.name, customer.owner_id, customer.settlement_id, tier.label if tier else "",
        consignee_address=f"{customer.city or ''}{customer.address or ''}",
    )  # fmt: skip
    contacts = _contacts(session, customer.id)
    terms.contacts = [(contact.id, contact_text(contact)) for contact in contacts]
    if contacts:
        first = contacts[0]
        terms.primary_id = first.id
        terms.consignee = first.name
        terms.consignee_phone = first.mobile or first.phone or customer.phone or customer.mobile or ""
    else:
        terms.consignee_phone = customer.mobile or customer.phone or ""
    return terms


def _contacts(session: Session, customer_id: int) -> list[Contact]:
    """Those who are still there, the primary one first."""
    query = sa.select(Contact).where(Contact.customer_id == customer_id, ~Contact.has_left)
    return list(session.scalars(query.order_by(Contact.is_primary.desc(), Contact.id).limit(MOST_CONTACTS)))


def contact_text(contact: Contact) -> str:
    return " ".join(text for text in (contact.name, contact.duty, contact.mobile or contact.phone) if text)


def signers(session: Session, customer_id: int, current_id: int | None) -> list[tuple[int, str]]:
    """Contacts of an order's customer to sign for it, the present signer among them even after leaving."""
    found = [(contact.id, contact_text(contact)) for contact in _contacts(session, customer_id)]
    if current_id and all(key != current_id for key, _text in found):
        found += [(contact.id, contact_text(contact)) for contact in [session.get_one(Contact, current_id)]]
    return found


def possible_owners(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """The actor and everybody below who still works here; for the boss, everybody. The actor stands first."""
    people = session.execute(_owners_query(actor.roles), bind_actor(actor))
    return sorted(((row.id, row.name) for row in people), key=lambda person: person[0] != actor.user_id)


@cached_per_process()
def _owners_query(roles: frozenset[str]) -> sa.Select[Any]:
    who = actor_placeholder(roles)
    query: sa.Select[Any] = sa.select(AppUser.id, AppUser.name).order_by(AppUser.id)  # type: ignore[assignment]
    query = query.where(AppUser.active, ~AppUser.has_left)
    return query if who.is_any(R.boss) else query.where(AppUser.id.in_(people_below(who)))


def warehouses_in_use(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """The main warehouse first."""
    return [(row.id, row.name) for row in session.execute(_warehouses_query(actor.roles), bind_actor(actor))]


@cached_per_process()
def _warehouses_query(roles: frozenset[str]) -> sa.Select[Any]:
    query = sa.select(Warehouse.id, Warehouse.name).where(Warehouse.is_active)
    narrowed: sa.Select[Any] = visible(query, Warehouse, actor_placeholder(roles))
    return narrowed.order_by(Warehouse.is_main.desc(), Warehouse.id)


def order_choices(session: Session, actor: Actor) -> dict[str, Any]:
    """Everything the order form's lists hold, whoever the customer is."""
    return {
        "dictionaries": dictionary_choices(session, ("order_category", "settlement", "shipping_method", "tax_rate")),
        "owners": possible_owners(session, actor),
        "warehouses": warehouses_in_use(session, actor),
    }
