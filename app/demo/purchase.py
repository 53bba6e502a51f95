"""Suppliers of the demo firm, purchases in each state and transfers between its warehouses. Manual 11.3, 11.9, 12.1."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import SHANGHAI, at_moment, today
from app.core.db.unit_of_work import in_unit_of_work
from app.core.flow.workflow import WORKFLOWS
from app.core.record.audit import act_as
from app.core.record.entry import ENTRIES
from app.demo.parts import demo_part
from app.models.products.product import Product
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.stock.stock import StockBalance, Warehouse
from app.models.stock.stock_transfer import StockTransfer
from app.models.system.approval_rule import ApprovalRule, DecidedBy
from app.security.accounts.people import actor_named, user_named

SUPPLIERS = (
    ("永康五金工具厂", "陈永", "13957900001", "浙江省永康市五金城 3 号"),
    ("江苏大艺机电", "顾平", "13862800002", "江苏省南通市启东经济开发区"),
    ("宁波测量仪器", "方敏", "13736100003", "浙江省宁波市江北区"),
)
# What is bought, how many days ago, and the steps taken since.
PURCHASES = (
    ("电动工具备货", 25, ("submit", "approve", "receive", "confirm")),
    ("门店补货", 16, ("submit", "approve", "receive", "confirm half")),
    ("测量工具补货", 9, ("submit", "approve", "receive")),
    ("年度框架采购", 6, ("submit", "approve")),
    ("新品首批", 2, ("submit",)),
    ("促销备货", 1, ()),
)
TRANSFERS = (
    ("门店上样", 12, ("confirm", "run")),
    ("门店补货", 3, ("confirm",)),
    ("周末促销", 1, ()),
)
TAKEN_BY = {"submit": "purchaser", "approve": "boss", "receive": "purchaser"}
LINES = 3
DEAR = Decimal(200_000)


@demo_part("purchases", after=("orders", "opening_stock"))
def purchases(session: Session) -> Iterator[str]:
    """Purchases and transfers, each step as the person who takes it."""
    if session.execute(sa.select(Supplier.id).limit(1)).first() is not None:
        return
    session.rollback()
    yield f"purchases: {in_unit_of_work(session, lambda: _build(session))}"


def _build(session: Session) -> int:
    """The number of purchases and transfers."""
    for name, contact, mobile, address in SUPPLIERS:
        values = {"name": name, "contact": contact, "mobile": mobile, "address": address}
        _create(session, Supplier, "purchaser", values)
    _create(session, ApprovalRule, "admin", {
        "name": "二十万以上的采购", "document": "purchase_order", "decided_by": DecidedBy.people,
        "people": [user_named(session, "boss")], "total_from": DEAR,
    })  # fmt: skip
    suppliers = list(session.scalars(sa.select(Supplier).order_by(Supplier.id)))
    main, shop = session.scalars(sa.select(Warehouse).order_by(Warehouse.is_main.desc(), Warehouse.id).limit(2))
    stocked = sa.select(Product).join(StockBalance).where(StockBalance.on_hand - StockBalance.reserved >= 20)
    products = list(session.scalars(stocked.order_by(Product.id.desc()).limit(LINES * len(PURCHASES))))
    for place, (subject, days_ago, steps) in enumerate(PURCHASES):
        with at_moment(_moment(days_ago)):
            order = _create(session, PurchaseOrder, "purchaser", {
                "supplier": suppliers[place % len(suppliers)], "subject": subject, "warehouse": main,
                "ordered_on": today(), "expected_on": today() + dt.timedelta(days=10),
                "lines": [_bought(product, place) for product in products[place * LINES : (place + 1) * LINES]],
            })  # fmt: skip
            _take(session, order, steps)
    for place, (remark, days_ago, steps) in enumerate(TRANSFERS):
        chosen = products[place * 2 : place * 2 + 2]
        with at_moment(_moment(days_ago)):
            transfer = _create(session, StockTransfer, "keeper", {
                "from_warehouse": main, "to_warehouse": shop, "remark": remark,
                "lines": [{"product": product, "quantity": Decimal(2)} for product in chosen],
            })  # fmt: skip
            _take(session, transfer, steps)
    return len(PURCHASES) + len(TRANSFERS)


def _moment(days_ago: int) -> dt.datetime:
    return dt.datetime.combine(today() - dt.timedelta(days=days_ago), dt.time(10, 20), SHANGHAI)


def _bought(product: Product, place: int) -> dict[str, Any]:
    price = (product.list_price * Decimal("0.62")).quantize(Decimal("0.01"))
    return {"product": product, "quantity": Decimal(10 + 10 * place), "unit_price": price}


def _create(session: Session, model: type[Any], login: str, values: dict[str, Any]) -> Any:
    actor = actor_named(session, login)
    act_as(session, actor)
    return ENTRIES[model].create(session, values, actor)


def _take(session: Session, document: Any, steps: tuple[str, ...]) -> None:
    """Take the steps one after the other; what a step makes is taken on from there."""
    for told in steps:
        action, _blank, part = told.partition(" ")
        actor = actor_named(session, TAKEN_BY.get(action, "keeper"))
        act_as(session, actor)
        halves = [{"id": line.id, "quantity": (line.quantity / 2).to_integral_value()} for line in document.lines]
        form = {"lines": halves} if part else {}
        move = WORKFLOWS[type(document)].fire(session, document, action, actor, form)
        document = move.created[0] if move.created else document
