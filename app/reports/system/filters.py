"""What reports can be narrowed by: one description per filter, read from the address and drawn by the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import today
from app.core.errors import invalid, no_such_row
from app.core.report import Report
from app.core.search.index import matches
from app.models.customers.customer import Customer
from app.models.money.payment import CustomerBalance
from app.models.products.product import ProductCategory
from app.models.stock.stock import Warehouse
from app.models.system.user import AppUser
from app.reports.money.receivable import statement_customer
from app.security.policy import require_visible, visible

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2199, 12, 31)
MOST_CHOICES = 500
FOUND = 20


def _year_began() -> dt.date:
    return today().replace(month=1, day=1)


@dataclass(frozen=True)
class Filter:
    """One filter. Without a model it is a day; with one, a row of it, `searched` for when there may be many."""

    label: Any
    model: type[Any] | None = None
    searched: bool = False
    default: Callable[[], Any] = lambda: None


FILTERS: dict[str, Filter] = {
    "from": Filter(_l("From"), default=_year_began),
    "to": Filter(_l("To"), default=today),
    "customer": Filter(_l("Customer"), Customer, searched=True),
    "owner": Filter(_l("Owner"), AppUser),
    "warehouse": Filter(_l("Warehouse"), Warehouse),
    "category": Filter(_l("Product category"), ProductCategory),
}


def read_filters(session: Session, report: Report, given: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """Filter name → day or key, from the address; what is left out has its default.

    errors  Refused "invalid" for a day that is none; NotFound for a row this actor may not see
    """
    found: dict[str, Any] = {}
    for name in report.filters:
        filter_ = FILTERS[name]
        text = given.get(name, "").strip()
        if filter_.model is None:
            found[name] = _day(name, text) if text else filter_.default()
        elif text:
            found[name] = _row(session, name, text, actor).id
    if found.get("from") and found.get("to") and found["from"] > found["to"]:
        raise invalid("to", _("The period ends before it begins."))
    return found


def chosen_rows(session: Session, report: Report, filters: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Filter name → the row chosen by it."""
    return {
        name: _row(session, name, str(key), actor)
        for name, key in filters.items()
        if FILTERS[name].model is not None and key
    }


def choices(session: Session, name: str, actor: Actor) -> list[Any]:
    """Rows to choose from, for filters that have few."""
    model = FILTERS[name].model
    if model is None or FILTERS[name].searched:
        return []
    order = ProductCategory.path if model is ProductCategory else model.id
    return list(session.scalars(visible(sa.select(model), model, actor).order_by(order).limit(MOST_CHOICES)))


def customers_found(session: Session, query: str, actor: Actor) -> list[Customer]:
    """At most twenty customers with figures whose name, number or pinyin matches."""
    figures = visible(sa.select(CustomerBalance.customer_id), CustomerBalance, actor)
    found = sa.select(Customer).where(Customer.id.in_(figures), matches(Customer, query))
    return list(session.scalars(found.order_by(Customer.id.desc()).limit(FOUND)))


def _day(name: str, text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = LATEST + dt.timedelta(days=1)
    if not EARLIEST <= day <= LATEST:
        raise invalid(name, _("“%(text)s” is not a day.", text=text[:40]))
    return day


def _row(session: Session, name: str, text: str, actor: Actor) -> Any:
    if not (text.isascii() and text.isdigit() and len(text) < 11):
        raise no_such_row()
    model = FILTERS[name].model
    if model is None or model is Customer:
        return statement_customer(session, int(text), actor)
    return require_visible(session, model, int(text), actor)
