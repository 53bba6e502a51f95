"""Orders of the demo firm, one in each state, made by the same steps people take."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.audit import act_as
from app.core.numbering import today
from app.core.records import ENTRIES
from app.core.workflow import WORKFLOWS
from app.models.customer import Customer
from app.models.goods_issue import GoodsIssue
from app.models.payment import Payment
from app.models.product import Product
from app.models.sales_order import SalesOrder
from app.models.stock import StockBalance
from app.security.dictionaries import item_named
from app.security.people import actor_named

# salesperson, how far the order goes, lines
STORIES = (
    ("lin", "draft", 3),
    ("lin", "pending", 2),
    ("lin", "rejected", 2),
    ("lin", "approved", 4),
    ("zhou", "requested", 2),
    ("zhou", "issued", 3),
    ("xu", "partly", 2),
    ("xu", "shipped", 3),
    ("ma", "paid", 2),
    ("ma", "ended", 3),
    ("lin", "ended", 2),
    ("zhou", "stopped", 2),
)
_ORDER = ("draft", "pending", "approved", "requested", "issued", "partly", "shipped", "paid", "ended")


class Teller:
    """Tells one story after the other, each step as the person who takes it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        stocked = sa.select(Product).join(StockBalance).where(StockBalance.on_hand >= 20).order_by(Product.id)
        self.products = list(session.scalars(stocked.limit(60)))
        self.actors = {
            name: actor_named(session, name) for name in ("lin", "zhou", "xu", "ma", "director", "keeper", "finance")
        }
        self.told = 0

    def tell(self, login: str, goal: str, lines: int) -> None:
        order = self._write(login, lines)
        self.told += 1
        if goal == "draft":
            return
        self.fire(order, "submit", login)
        if goal == "rejected":
            self.fire(order, "reject", "director", {"reason": "价格偏低，请与客户重新确认。"})
            return
        if goal == "pending":
            return
        self.fire(order, "approve", "director")
        if goal == "stopped":
            self.fire(order, "stop", login, {"reason": "客户项目取消。"})
            return
        self._carry_on(order, login, _ORDER.index(goal))

    def _carry_on(self, order: SalesOrder, login: str, goal: int) -> None:
        plan = {"instalments": 2, "first_on": today() + dt.timedelta(days=10), "interval_days": 30, "ratios": None}
        self.fire(order, "plan", login, plan)
        if goal >= _ORDER.index("requested"):
            issue = self.fire(order, "issue", login, {}).created[0]
            self._move_goods(issue, goal)
        if goal >= _ORDER.index("paid"):
            self._pay(order)

    def _move_goods(self, issue: GoodsIssue, goal: int) -> None:
        if goal >= _ORDER.index("issued"):
            self.fire(issue, "confirm", "keeper", {})
        carrier = {"carrier": "顺丰速运", "tracking_number": f"SF{issue.id:010d}"}
        if goal == _ORDER.index("partly"):
            first = issue.lines[0]
            self.fire(issue, "ship", "keeper", {**carrier, "lines": [{"id": first.id, "quantity": first.quantity}]})
        elif goal in (_ORDER.index("shipped"), _ORDER.index("ended")):
            self.fire(issue, "ship", "keeper", carrier)

    def _write(self, login: str, lines: int) -> SalesOrder:
        actor = self.actors[login]
        act_as(self.session, actor)
        mine = sa.select(Customer).where(Customer.owner_id == actor.user_id).order_by(Customer.id)
        customer = self.session.scalars(mine.offset(self.told).limit(1)).one()
        chosen = [self.products[(self.told * 5 + n) % len(self.products)] for n in range(lines)]
        signed = today() - dt.timedelta(days=20 - self.told)
        values: dict[str, Any] = {
            "customer": customer, "subject": f"{signed.month} 月补货", "signed_on": signed,
            "latest_ship_on": signed + dt.timedelta(days=30), "consignee": customer.name[:20],
            "consignee_phone": customer.phone or customer.mobile or "13800000000",
            "consignee_address": f"{customer.city or ''}{customer.address or '自提'}",
            "lines": [
                {"product": p, "quantity": Decimal(2 + n), "unit_price": p.list_price} for n, p in enumerate(chosen)
            ],
        }  # fmt: skip
        order: SalesOrder = ENTRIES[SalesOrder].create(self.session, values, actor)
        return order

    def _pay(self, order: SalesOrder) -> None:
        actor = self.actors["finance"]
        act_as(self.session, actor)
        values = {
            "customer": order.customer, "sales_order": order, "amount": order.receivable, "received_on": today(),
            "method": item_named(self.session, "payment_method", "银行转账"),
        }  # fmt: skip
        ENTRIES[Payment].create(self.session, values, actor)

    def fire(self, document: Any, action: str, login: str, form: dict[str, Any] | None = None) -> Any:
        actor = self.actors[login]
        act_as(self.session, actor)
        return WORKFLOWS[type(document)].fire(self.session, document, action, actor, form)


def build_orders(session: Session) -> int:
    """Tell every story; a discontinued product without stock comes with them. Returns the number of orders."""
    teller = Teller(session)
    for login, goal, lines in STORIES:
        teller.tell(login, goal, lines)
    _discontinue_one(session)
    return teller.told


def _discontinue_one(session: Session) -> None:
    """A product nobody stocks is discontinued, so that people see how that looks. Manual 10.9."""
    stocked = sa.select(StockBalance.product_id).where(StockBalance.on_hand > 0)
    product = session.scalars(sa.select(Product).where(Product.id.not_in(stocked)).order_by(Product.id.desc())).first()
    if product is not None:
        actor = actor_named(session, "product")
        act_as(session, actor)
        ENTRIES[Product].change(session, product, {"discontinued": True}, actor)
