"""订单录入 What the order form offers: owners, warehouses, and what its customer brings. Manual 8.4, 8.5, 11.6."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.core.record.fields import label_of
from app.models.customers.customer import Contact, Customer
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.security.policy import actor_placeholder, bind_actor, people_below, require_visible, visible
from app.security.roles import R

MOST_CONTACTS = 100


def customer_terms(session: Session, customer_id: int, signer_id: int | None, actor: Actor) -> dict[str, Any]:
    """What an order takes over from its customer: tier, owner, settlement, signers; consignee and address.

    signer_id  the present signer of an order, who stays among the signers even after leaving
    errors     NotFound
    """
    customer = require_visible(session, Customer, customer_id, actor)
    tier = session.get(DictionaryItem, customer.price_tier_id) if customer.price_tier_id else None
    contacts = _contacts(session, customer.id)
    first = contacts[0] if contacts else None
    phone = (first.mobile or first.phone or customer.phone or customer.mobile) if first else customer.mobile
    signers = [*contacts]
    if signer_id and all(contact.id != signer_id for contact in contacts):
        signers.append(session.get_one(Contact, signer_id))
    return {
        "note": f"{label_of(Customer, 'price_tier')} {tier.label}" if tier else "",
        "values": {
            "owner": str(customer.owner_id), "settlement": str(customer.settlement_id or ""),
            "contact": str(first.id) if first else "", "consignee": first.name if first else "",
            "consignee_phone": phone or customer.phone or "",
            "consignee_address": f"{customer.city or ''}{customer.address or ''}",
        },
        "options": {"contact": [(contact.id, _contact_text(contact)) for contact in signers]},
    }  # fmt: skip


def _contacts(session: Session, customer_id: int) -> list[Contact]:
    """Those who are still there, the primary one first."""
    query = sa.select(Contact).where(Contact.customer_id == customer_id, ~Contact.has_left)
    return list(session.scalars(query.order_by(Contact.is_primary.desc(), Contact.id).limit(MOST_CONTACTS)))


def _contact_text(contact: Contact) -> str:
    return " ".join(text for text in (contact.name, contact.duty, contact.mobile or contact.phone) if text)


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
