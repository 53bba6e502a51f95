"""Who does what in the large firm, and the dictionary items that documents carry."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.demo.bulk.parts.figures import RATE
from app.demo.sales import SELLERS
from app.models.system.user import AppUser
from app.security.accounts.people import actor_named
from app.security.dictionaries import coded_item, default_item, items, required_default
from app.workflows.document.lines import default_tax_rate


class Someone(NamedTuple):
    """A person by key, and the role that stands in the history."""

    id: int
    role: str


class Firm:
    """Keys of people and of dictionary items, asked once."""

    def __init__(self, session: Session) -> None:
        self.sellers = tuple(self._someone(session, login) for login in SELLERS)
        managers = sa.select(AppUser.id, AppUser.manager_id)
        above = {key: manager for key, manager in session.execute(managers)}
        logins = {key: login for key, login in session.execute(sa.select(AppUser.id, AppUser.username))}
        boss = self._someone(session, "boss")
        self.approvers = tuple(
            self._someone(session, logins[above[seller.id]]) if above[seller.id] else boss for seller in self.sellers
        )
        self.keeper = self._someone(session, "keeper")
        self.finance = self._someone(session, "finance")
        self.lists = {
            name: tuple(item.id for item in items(session, name))
            for name in ("customer_source", "industry", "headcount", "settlement", "shipping_method", "payment_method")
        }
        self.category = required_default(session, "order_category").id
        usual = default_item(session, "customer_class")
        self.classes = tuple(
            found.id if (found := coded_item(session, "customer_class", code)) else usual and usual.id
            for code in ("potential", "regular")
        )
        self.tax_rate = int(default_tax_rate(session).scaleb(RATE))

    def _someone(self, session: Session, login: str) -> Someone:
        actor = actor_named(session, login)
        return Someone(actor.user_id, actor.active_role)

    def one_of(self, name: str, number: int) -> int | None:
        """An item of a list by any number; nothing when the administrator has emptied the list."""
        found = self.lists[name]
        return found[number % len(found)] if found else None
