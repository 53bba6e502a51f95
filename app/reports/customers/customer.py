"""客户 What stands behind the customers' list and page. Manual 6.5, 6.7, 8.14."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.models.customers.customer import Customer, CustomerShare
from app.models.money.payment import CustomerBalance
from app.models.system.user import AppUser


def is_mine(actor: Actor) -> Any:
    """Condition: customers of one's own."""
    return Customer.owner_id == actor.user_id


def is_hot(actor: Actor) -> Any:
    """Condition: customers close to signing. Manual 6.7."""
    return Customer.is_hot


def owes_money(actor: Actor) -> Any:
    """Condition: customers who owe us something. Manual 8.14."""
    return Customer.id.in_(sa.select(CustomerBalance.customer_id).where(CustomerBalance.receivable > 0))


def balance_of(session: Session, customer_id: int) -> CustomerBalance | None:
    """The figures of one customer, yuan, tax included; None before the first of them. Manual 8.14."""
    return session.scalars(sa.select(CustomerBalance).where(CustomerBalance.customer_id == customer_id)).first()


def shared_with(session: Session, customer_id: int) -> list[tuple[int | None, str | None, str | None, bool | None]]:
    """(person's key, role, person's name, whether they left) for everyone a customer is shared with. Manual 6.5."""
    query = (
        sa.select(CustomerShare.user_id, CustomerShare.role, AppUser.name, AppUser.has_left)
        .outerjoin(AppUser, AppUser.id == CustomerShare.user_id)
        .where(CustomerShare.customer_id == customer_id)
        .order_by(CustomerShare.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
