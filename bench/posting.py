"""Confirming and shipping a goods issue beside a bare transaction that writes the same rows.

The bare one is psycopg with one statement per row and write, no batching, nothing checked, nobody asked for rights.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa

from bench.cluster import HOME, execute, sqlalchemy_url

DATABASE = "posting"
PRODUCTS = 1_000
WRITERS = 8
LARGE, LINES = 12, 50  # issues of many lines, and how many lines
SMALL = {1: 40, WRITERS: 16}  # issues of one line per writer


@dataclass(frozen=True)
class Pace:
    """Both ways: median seconds of one issue, or issues per second of all writers."""

    ours: float
    bare: float


def measure(address: str) -> tuple[Pace, dict[str, Pace]]:
    """Seconds of an issue of fifty lines; and issues per second by kind of contention."""
    execute(address, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
    large, small = _in_process(_prepare, address)
    pairs = list(zip(large[::2], large[1::2], strict=True))
    ours, bare = [], []
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for one, other in pairs:  # in turn, so that a busy moment hits both
            ours += pool.apply(_ours, (address, [one]))
            bare += pool.apply(_bare, (address, [other]))
    once = Pace(statistics.median(ours[1:]), statistics.median(bare[1:]))
    found = {}
    for name, keys in small.items():
        where, writers = name
        half = len(keys) // 2
        speeds = [_race(address, work, part, writers) for work, part in ((_ours, keys[:half]), (_bare, keys[half:]))]
        found[f"{where}, {writers} writer{'s' if writers > 1 else ''}"] = Pace(*speeds)
    return once, found


def _in_process(work: Any, *words: Any) -> Any:
    """In a process of its own: one application per process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, words)


def _race(address: str, work: Any, keys: list[int], writers: int) -> float:
    """Issues per second of all writers together, from the first begun to the last ended."""
    with multiprocessing.get_context("spawn").Pool(writers) as pool:
        pool.starmap(work, [(address, [])] * writers, chunksize=1)  # everybody has started
        parts = [(address, keys[n::writers]) for n in range(writers)]
        began = time.perf_counter()
        pool.starmap(work, parts, chunksize=1)
        return len(keys) / (time.perf_counter() - began)


_kept: dict[str, Any] = {}


def _office(address: str) -> Any:
    """The application of this process, and the cast."""
    if "office" not in _kept:
        import logging

        from flask_babel import force_locale

        from tests.support.firm import build_app
        from tests.support.office import Office

        app = build_app(sqlalchemy_url(address, DATABASE), HOME)
        logging.disable()
        app.app_context().push()
        force_locale("zh").__enter__()
        _kept["office"] = Office()
    return _kept["office"]


def _prepare(address: str) -> tuple[list[int], dict[tuple[str, int], list[int]]]:
    """People, a thousand products in plenty, and the issues that are to be posted, by people's own steps."""
    from app.core.db.base import db
    from app.models.customers.customer import Customer
    from app.models.products.product import Product
    from tests.support.firm import build_app, build_template

    build_template(build_app(sqlalchemy_url(address, DATABASE), HOME))
    office = _office(address)
    keys = [product.id for product in office.stocked(*["1000000"] * PRODUCTS)]
    chance = random.Random(1)  # noqa: S311

    def issue(wanted: list[int]) -> int:
        products = db.session.scalars(sa.select(Product).where(Product.id.in_(wanted))).all()
        customer = db.session.get(Customer, owed)
        order = office.approved("lin", [(product, "2") for product in products], customer=customer)
        key: int = office.lin.fires("issue", order).id
        db.session.expunge_all()
        return key

    owed = office.customer("lin").id
    large = [issue(chance.sample(keys, LINES)) for _n in range(2 * LARGE)]
    small = {}
    for writers, each in SMALL.items():
        count = 2 * writers * each
        small["one product", writers] = [issue(keys[:1]) for _n in range(count)]
        small[f"{PRODUCTS:,} products", writers] = [issue([chance.choice(keys)]) for _n in range(count)]
    return large, small


def _ours(address: str, keys: list[int]) -> list[float]:
    """Seconds of each issue: confirmed and shipped by the keeper, all rules and ledgers and the log included."""
    from app.core.db.base import db
    from app.models.stock.goods_issue import GoodsIssue

    office, took = _office(address), []
    for key in keys:
        db.session.expunge_all()
        began = time.perf_counter()
        for action in ("confirm", "ship"):
            office.keeper.fires(action, db.session.get(GoodsIssue, key))
            db.session.expunge_all()
        took.append(time.perf_counter() - began)
    return took


def _bare(address: str, keys: list[int]) -> list[float]:
    """The same for the bare transactions."""
    if "connection" not in _kept:
        _kept["connection"] = psycopg.connect(address + DATABASE)
    connection, took = _kept["connection"], []
    for key in keys:
        began = time.perf_counter()
        with connection.transaction():
            _confirm(connection, key)
        with connection.transaction():
            _ship(connection, key)
        took.append(time.perf_counter() - began)
    return took


LINES_OF = """
SELECT i.id, i.order_line_id, i.product_id, i.quantity, l.unit_price, g.warehouse_id, g.order_id, o.customer_id
FROM goods_issue g JOIN sales_order o ON o.id = g.order_id JOIN goods_issue_line i ON i.issue_id = g.id
JOIN sales_order_line l ON l.id = i.order_line_id WHERE g.id = %s ORDER BY i.product_id
"""
TAKE = """
UPDATE stock_balance SET on_hand = on_hand - %s, reserved = reserved - %s, entries = entries + 1
WHERE warehouse_id = %s AND product_id = %s AND on_hand >= %s RETURNING on_hand, reserved, entries
"""
STOCK_ENTRY = """
INSERT INTO stock_ledger_entry (warehouse_id, product_id, kind, on_hand_change, on_hand_after, reserved_change,
reserved_after, serial, "on", at, user_id, document_model, document_id, document_number, digest)
VALUES (%s, %s, 'issue', %s, %s, %s, %s, %s, current_date, now(), 1, 'goods_issue', %s, 'x', md5('x'))
"""
LOG = """
INSERT INTO audit_entry (at, user_id, role, model, record_id, action, changes)
VALUES (now(), 1, 'keeper', %s, %s, 'change', '{}')
"""
SHIPMENT = """
INSERT INTO shipment (number, issue_id, order_id, warehouse_id, state, shipped_on, shipped_by_id, freight, amount,
consignee, consignee_phone, consignee_address, created_at, created_by_id, changed_at, version)
VALUES (%s, %s, %s, %s, 'shipped', current_date, 1, 0, %s, 'x', 'x', 'x', now(), 1, now(), 1) RETURNING id
"""
SHIPMENT_LINE = """
INSERT INTO shipment_line (shipment_id, issue_line_id, order_line_id, product_id, quantity, unit_price, amount,
cost_price) VALUES (%s, %s, %s, %s, %s, %s, %s, 0)
"""
OWE = """
UPDATE customer_balance SET shipped_value = shipped_value + %s, entries = entries + 1 WHERE customer_id = %s
RETURNING contract_value, shipped_value, plan_open, received, receivable, entries
"""
DUE_ENTRY = """
INSERT INTO receivable_ledger_entry (customer_id, sales_order_id, kind, contract_value_change, contract_value_after,
shipped_value_change, shipped_value_after, plan_open_change, plan_open_after, received_change, received_after,
receivable_change, receivable_after, serial, "on", at, user_id, document_model, document_id, document_number, digest)
VALUES (%s, %s, 'shipment', 0, %s, %s, %s, 0, %s, 0, %s, 0, %s, %s, current_date, now(), 1, 'shipment', %s, 'x',
md5('x'))
"""


def _confirm(connection: Any, key: int) -> None:
    issue = connection.execute("SELECT state, order_id FROM goods_issue WHERE id = %s FOR UPDATE", (key,)).fetchone()
    for _id, line, product, quantity, _price, warehouse, _order, _customer in connection.execute(LINES_OF, (key,)):
        words = (quantity, quantity, warehouse, product, quantity)
        on_hand, reserved, serial = connection.execute(TAKE, words).fetchone()
        entry = (warehouse, product, -quantity, on_hand, -quantity, reserved, serial, key)
        connection.execute(STOCK_ENTRY, entry)
        connection.execute("UPDATE sales_order_line SET issued = issued + %s WHERE id = %s", (quantity, line))
    connection.execute(
        "UPDATE goods_issue SET state = 'confirmed', confirmed_at = now(), version = version + 1 WHERE id = %s", (key,)
    )
    connection.execute("UPDATE sales_order SET shipping_status = 'to_ship' WHERE id = %s", (issue[1],))
    for model, record in (("goods_issue", key), ("goods_issue", key), ("sales_order", issue[1])):
        connection.execute(LOG, (model, record))


def _ship(connection: Any, key: int) -> None:
    connection.execute("SELECT state FROM goods_issue WHERE id = %s FOR UPDATE", (key,)).fetchone()
    lines = connection.execute(LINES_OF, (key,)).fetchall()
    _id, _line, _product, _quantity, _price, warehouse, order, customer = lines[0]
    amount = sum(line[3] * line[4] // 100_000 for line in lines)
    number = f"B{key}"
    shipment = connection.execute(SHIPMENT, (number, key, order, warehouse, amount)).fetchone()[0]
    for own, line, product, quantity, price, *_rest in lines:
        part = quantity * price // 100_000
        connection.execute(
            "UPDATE sales_order_line SET shipped = shipped + %s, shipped_amount = shipped_amount + %s WHERE id = %s",
            (quantity, part, line),
        )
        connection.execute("UPDATE goods_issue_line SET shipped = shipped + %s WHERE id = %s", (quantity, own))
        connection.execute(SHIPMENT_LINE, (shipment, own, line, product, quantity, price, part))
    connection.execute("UPDATE sales_order SET shipped_amount = shipped_amount + %s WHERE id = %s", (amount, order))
    contract, shipped, plan, received, receivable, serial = connection.execute(OWE, (amount, customer)).fetchone()
    due = (customer, order, contract, amount, shipped, plan, received, receivable, serial, shipment)
    connection.execute(DUE_ENTRY, due)
    connection.execute("UPDATE goods_issue SET state = 'shipped', version = version + 1 WHERE id = %s", (key,))
    connection.execute("UPDATE sales_order SET shipping_status = 'all' WHERE id = %s", (order,))
    for model, record in (("goods_issue", key), ("sales_order", order), ("sales_order", order), ("shipment", shipment)):
        connection.execute(LOG, (model, record))
