"""What rows are called where they are referred to: the columns a name needs, and the names of those one may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.key_list import Keys, in_key_list
from app.core.db.statements import cached_statement
from app.core.record.fields import title_column
from app.models.customers.customer import Contact, Customer
from app.models.money.payment import PaymentPlan
from app.models.products.product import Product, ProductCategory
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import Warehouse
from app.models.system.user import AppUser
from app.security.policy import actor_placeholder, bind_actor, sees_every, visible

LARGEST_KEY = 2**31


# What stands for a row of a model elsewhere; else its number, label or name.
_DISPLAY: dict[type[Any], tuple[str, ...]] = {
    AppUser: ("name", "has_left"),
    Customer: ("name",),
    Product: ("name", "model"),
    ProductCategory: ("path",),
    PaymentPlan: ("serial",),
}


def display_columns(model: type[Any]) -> tuple[str, ...]:
    """Names of the columns that `display_text` needs."""
    if model in _DISPLAY:
        return _DISPLAY[model]
    return (title_column(model),)


def display_text(model: type[Any], values: Sequence[Any]) -> str:
    """A row of another model as people call it; nothing for no row."""
    if values[0] is None:
        return ""
    if len(values) == 1 and type(values[0]) is str:
        return values[0]
    if model is AppUser:
        return str(_("%(name)s (left)", name=values[0]) if values[1] else values[0])
    if model is PaymentPlan:
        return str(_("Instalment %(n)s", n=values[0]))
    return " ".join(str(value) for value in values if value)


_WANTED: Any = sa.bindparam("wanted", type_=Keys())


def row_texts(session: Session, model: type[Any], ids: Iterable[Any]) -> dict[int, str]:
    """What rows are called, by key: for history and headings, where naming a row shows nothing else of it."""
    wanted = {key for key in ids if isinstance(key, int) and 0 < key < LARGEST_KEY}
    if not wanted:
        return {}
    rows = session.execute(_texts_query(model), {"wanted": sorted(wanted)})
    return {row[0]: display_text(model, row[1:]) for row in rows}


@cached_statement
def _texts_query(model: type[Any]) -> sa.Select[Any]:
    columns = [getattr(model, name) for name in display_columns(model)]
    return sa.select(model.id, *columns).where(in_key_list(model.id, _WANTED))


def visible_ids(session: Session, model: type[Any], ids: Iterable[Any], actor: Actor) -> set[int]:
    """Those of the keys whose page this actor may open."""
    wanted = {key for key in ids if isinstance(key, int) and 0 < key < LARGEST_KEY}
    if not wanted or sees_every(model, actor):
        return wanted
    return set(session.scalars(_visible_keys(model, actor.roles), bind_actor(actor, wanted=sorted(wanted))))


@cached_statement
def _visible_keys(model: type[Any], roles: frozenset[str]) -> sa.Select[Any]:
    query = sa.select(model.id).where(in_key_list(model.id, _WANTED))
    narrowed: sa.Select[Any] = visible(query, model, actor_placeholder(roles))
    return narrowed


def nameable(session: Session, model: type[Any], ids: Iterable[Any], actor: Actor) -> dict[int, str]:
    """What rows are called, by key, of those this person may see: a key in an address or a form must not tell more."""
    return row_texts(session, model, visible_ids(session, model, ids, actor))


# What a row's display text is made of: only this is read of a row that is merely named. A model that is missing
# here is read whole; a name in two parts leads to a further row.
NAMED_BY: dict[type[Any], tuple[str, ...]] = {
    AppUser: ("name", "has_left"),
    Contact: ("name",),
    Customer: ("name",),
    GoodsIssue: ("number",),
    PaymentPlan: ("serial", "sales_order_id", "sales_order.number"),
    Product: ("name", "model"),
    ProductCategory: ("path", "name"),
    SalesOrder: ("number",),
    Shipment: ("number",),
    Warehouse: ("name",),
}
