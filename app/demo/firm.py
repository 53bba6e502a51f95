"""演示公司 The demo firm: the cast, three workbooks through the ordinary importer, then orders in each state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from app.core.clock import at_moment, utc_now
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.demo.orders import build_orders
from app.demo.people import CAST, build_people, demo_password
from app.imports.engine.command import run_import
from app.models.customers.customer import Customer
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import AppUser

HERE = Path(__file__).parent
WORKBOOKS = (
    ("products", "products.xlsx", None),
    ("customers", "customers.xlsx", None),
    ("opening_stock", "opening_stock.xlsx", "MAIN"),
)


class NoDemo(RuntimeError):
    """A demo firm has no place in production."""


def build_firm(*, people_only: bool) -> Iterator[str]:
    """Build what is missing of the demo firm; yields lines that say how to sign in.

    errors  NoDemo in production
    """
    if current_app.config["CRM_ENV"] == "production":
        raise NoDemo("the demo firm is refused in production")
    session = db.session()
    has_people = session.execute(sa.select(AppUser.id).where(AppUser.username == "boss")).first() is not None
    session.rollback()
    if not has_people:
        password = demo_password()
        in_unit_of_work(session, lambda: build_people(session, password))
    yield "logins: " + " ".join(CAST)
    yield f"password: {demo_password()}"
    if not people_only:
        yield from _build_business(session)
    yield "demo firm ready"


def _build_business(session: Session) -> Iterator[str]:
    if session.execute(sa.select(Customer.id).limit(1)).first() is None:
        session.rollback()
        began = utc_now() - dt.timedelta(days=400)
        for kind, name, warehouse in WORKBOOKS:
            lines: list[str] = []
            with at_moment(began):  # before the first order of the year that follows
                run_import(
                    kind, HERE / name, warehouse=warehouse, dry_run=False, all_or_nothing=False, login=None,
                    echo=lines.append,
                )  # fmt: skip
            yield f"{kind}: {lines[-1]}"
    if session.execute(sa.select(SalesOrder.id).limit(1)).first() is None:
        session.rollback()
        yield f"orders: {in_unit_of_work(session, lambda: build_orders(session))}"
    session.rollback()
