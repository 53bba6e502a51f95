"""`crm bulk`: a large firm of three years, straight into the tables. design.md §7.

People, warehouses, products and opening stock are made by people's own steps; customers, orders and all that follows
as rows, written as those steps would have written them. One transaction: all of it, or nothing.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from app.core.chain.sealing import seal_anew
from app.core.clock import SHANGHAI, at_moment, today
from app.core.db import suspended_constraints as bulk_parts
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.demo.bulk.agenda import Agenda
from app.demo.bulk.catalogue import Shelves, build_catalogue
from app.demo.bulk.customers import Customers
from app.demo.bulk.goods import Goods
from app.demo.bulk.money import Money
from app.demo.bulk.orders import Orders
from app.demo.bulk.parts.calendar import Calendar, Counters
from app.demo.bulk.parts.history import History
from app.demo.bulk.parts.ledger import ReceivableBook, StockBook
from app.demo.bulk.parts.tables import Sender
from app.demo.bulk.people import Firm
from app.demo.people import CAST, build_people, demo_password
from app.models.customers.customer import Customer
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.stock import StockLedgerEntry
from app.models.system.user import AppUser

Echo = Callable[[str], Any]
MOST = 5_000_000  # the names of companies give out
AT_ONCE = 200  # orders between two looks at what is waiting to be sent
PATIENCE = 2.0  # seconds between two lines of progress
CACHE = -200_000  # KB of SQLite's pages


class NotHere(RuntimeError):
    """A large firm has no place here."""


class Progress:
    """Lines that say what is being done, how far it is and how fast; what changes all the time only now and then."""

    def __init__(self, echo: Echo, orders: int) -> None:
        self.echo, self.orders = echo, orders
        self.began = self.told = time.monotonic()

    def tell(self, text: str) -> None:
        self.told = time.monotonic()
        self.echo(f"{self.told - self.began:7.1f} s  {text}")

    def tell_sometimes(self, text: str) -> None:
        if time.monotonic() - self.told > PATIENCE:
            self.tell(text)

    def count(self, done: int, rows: int) -> None:
        speed = done / max(time.monotonic() - self.began, 0.001)
        self.tell_sometimes(f"orders {done:,} of {self.orders:,}, {rows:,} rows, {speed:,.0f} orders/s")


def build_bulk(orders: int, seed: int, *, yes: bool, echo: Echo) -> int:
    """Build the firm; returns the number of rows.

    errors  NotHere in production without `yes`, and where business has begun
    """
    if current_app.config["CRM_ENV"] == "production" and not yes:
        raise NotHere("This is production: a made-up firm is refused without --yes.")
    if not 1 <= orders <= MOST:
        raise NotHere(f"Between 1 and {MOST:,} orders can be made up.")
    session = db.session()
    progress = Progress(echo, orders)
    require_untouched(session)
    _people(session, progress)
    try:
        return in_unit_of_work(session, lambda: _build(session, orders, seed, progress))
    finally:
        # On SQLite this connection no longer minds foreign keys.
        session.info.pop("actor", None)
        db.session.remove()
        db.engine.dispose()


def require_untouched(session: Session) -> None:
    """errors  NotHere when there is business that made-up figures would be mixed with"""
    for model, name in (
        (SalesOrder, "orders"), (Customer, "customers"), (Product, "products"), (StockLedgerEntry, "stock movements"),
    ):  # fmt: skip
        if session.execute(sa.select(model.id).limit(1)).first() is not None:
            session.rollback()
            raise NotHere(f"This firm already has {name}: a large firm is only made up in an empty one.")
    session.rollback()


def _people(session: Session, progress: Progress) -> None:
    known = set(session.scalars(sa.select(AppUser.username)))
    session.rollback()
    if set(CAST) - known:
        progress.tell("people")
        in_unit_of_work(session, lambda: build_people(session, demo_password()))


def _build(session: Session, orders: int, seed: int, progress: Progress) -> int:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        _quicken_sqlite(connection)
    calendar = Calendar(orders, today())
    began = dt.datetime.combine(calendar.days[0], dt.time(1), SHANGHAI)  # before anything is sold
    progress.tell("warehouses, products and opening stock")
    with at_moment(began):
        build_catalogue(session, orders, seed)
    session.flush()
    session.expunge_all()
    sender = Sender(connection)
    try:
        return _fill(session, sender, calendar, seed, progress)
    finally:
        sender.stop()


def _quicken_sqlite(connection: sa.Connection) -> None:
    """No foreign keys while rows come in (they are checked at the end), which can only be said between transactions."""
    driver: Any = connection.connection.dbapi_connection
    for statement in ("ROLLBACK", "PRAGMA foreign_keys=OFF", f"PRAGMA cache_size={CACHE}", "BEGIN IMMEDIATE"):
        driver.execute(statement)


def _fill(session: Session, sender: Sender, calendar: Calendar, seed: int, progress: Progress) -> int:
    """Three years of business between taking the indexes off and putting them on again."""
    connection = session.connection()
    counters, firm, shelves = Counters(session, calendar), Firm(session), Shelves(session)
    history = History(sender)
    customers = Customers(sender, firm, calendar, seed)
    stock, due = StockBook(sender, shelves), ReceivableBook(sender, len(customers), customers.first)
    money = Money(sender, firm, due, history)
    orders = Orders(sender, firm, shelves, customers, stock, due, money, history)
    goods = Goods(sender, firm, shelves, stock, due, history)
    tables = sorted({table.name for table in sender.tables})
    parts = bulk_parts.objects_of(connection, tables)
    progress.tell(f"taking {len(parts)} indexes and constraints off {len(tables)} tables")
    bulk_parts.drop_objects(connection, parts)
    _days(sender, calendar, counters, customers, orders, goods, money, stock, random.Random(seed), progress)  # noqa: S311
    progress.tell("customers and balances")
    customers.write(counters, history)
    due.keep(sender)
    sender.close()
    stock.keep(session)
    counters.keep(session)
    progress.tell(f"{sender.written:,} rows are in, {len(parts)} indexes and constraints follow")
    bulk_parts.recreate_objects(connection, parts, tables, progress.tell_sometimes)
    bulk_parts.set_sequences(connection, tables)
    progress.tell("sealing the log and the ledgers")
    seal_anew(connection, "a made-up firm")
    progress.tell(f"done: {progress.orders:,} orders, {sender.written:,} rows")
    return sender.written


def _days(
    sender: Sender, calendar: Calendar, counters: Counters, customers: Customers, orders: Orders, goods: Goods,
    money: Money, stock: StockBook, chance: random.Random, progress: Progress,
) -> None:  # fmt: skip
    """What a day brings, in the order of its hours, so that both ledgers run on in time."""
    agenda, done = Agenda(calendar), 0
    for day, end in enumerate(calendar.orders):
        money.day(day, agenda, counters)
        first = done
        while done < end:
            orders.write(day, (done - first) / (end - first), agenda, counters, chance)
            money.prepay(day, customers, agenda, chance)
            done += 1
            if not done % AT_ONCE:
                sender.pump()
                progress.count(done, sender.written)
        money.stop(day, agenda, stock)
        goods.day(day, agenda, counters)
        sender.pump()
