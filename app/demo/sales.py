"""Orders of the demo firm: a year of them and one in each state, made by the same steps people take."""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import SHANGHAI, at_moment, today, utc_now
from app.core.db.unit_of_work import in_unit_of_work
from app.core.flow.workflow import WORKFLOWS
from app.core.record.audit import act_as
from app.core.record.entry import ENTRIES
from app.demo.parts import demo_part
from app.models.customers.customer import Customer
from app.models.money.payment import Payment, PaymentPlan
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.stock import StockBalance
from app.security.accounts.people import actor_named
from app.security.dictionaries import item_named

# salesperson, how far the order goes, lines: one order in each state, whatever chance made of the year before
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
STAGES = ("draft", "pending", "approved", "requested", "issued", "partly", "shipped", "paid", "ended")
ASIDE = {"rejected": "pending", "stopped": "approved"}  # leave the way behind this stage
SELLERS = ("lin", "zhou", "xu", "ma")
PER_MONTH = 3  # orders of each salesperson
MONTHS = 12
REGULARS = 14  # customers of a salesperson who order again and again
PAYERS = 0.85  # how many pay at all
SEED = 20261123
SUBJECTS = ("{month} 月补货", "{month} 月常规采购", "工地急需", "年度框架订单", "门店备货", "新项目首批", "检修用工具")
CARRIERS = ("顺丰速运", "德邦快递", "中通快运")
HOT = ("样品已寄，等对方试用反馈", "年度框架合同正在谈", "新厂区投产，需要整套工具")

Story = Generator[dt.datetime, None, None]


@dataclass
class Teller:
    """Tells many stories at once in the order in which things happened, each step as the person who takes it."""

    session: Session
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - a firm, not a secret
    told: int = 0

    def __post_init__(self) -> None:
        people = (*SELLERS, "director", "keeper", "finance")
        self.actors = {name: actor_named(self.session, name) for name in people}
        stocked = sa.select(Product, StockBalance.on_hand).join(StockBalance).where(StockBalance.on_hand >= 20)
        found = self.session.execute(stocked.order_by(Product.id).limit(400)).all()
        self.left = {product: on_hand for product, on_hand in found}
        self.customers = {login: self._customers(login) for login in SELLERS}

    def _customers(self, login: str) -> list[Customer]:
        mine = sa.select(Customer).where(Customer.owner_id == self.actors[login].user_id).order_by(Customer.id.desc())
        return list(self.session.scalars(mine.limit(REGULARS)))

    def tell(self, stories: Iterable[Story]) -> None:
        """What lies in the future has not happened: those orders stand where they are."""
        now = utc_now()
        waiting = [(next(story), number, story) for number, story in enumerate(stories)]
        heapq.heapify(waiting)
        while waiting:
            moment, number, story = heapq.heappop(waiting)
            if moment > now:
                continue
            with at_moment(moment):
                following = next(story, None)
            if following is not None:
                heapq.heappush(waiting, (following, number, story))

    def year(self) -> Iterator[Story]:
        """Orders of the last twelve months, month by month more of them paid."""
        for back in range(MONTHS * 30, 1, -30):
            for login in SELLERS:
                for _number in range(PER_MONTH):
                    yield self.story(login, back - self.chance.randrange(28), "ended", self.chance.randint(2, 7))

    def each_state(self) -> Iterator[Story]:
        for number, (login, goal, lines) in enumerate(STORIES):
            yield self.story(login, 20 - number, goal, lines, days=0)

    def story(self, login: str, days_ago: int, goal: str, lines: int, *, days: int = 1) -> Story:
        """One order from draft to its goal; yields when the next thing happens. `days` goods take between steps."""
        signed = today() - dt.timedelta(days=max(days_ago, 1))
        reach = STAGES.index(ASIDE.get(goal, goal))
        moment = dt.datetime.combine(signed, dt.time(9 + self.told % 8, self.chance.randrange(60)), SHANGHAI)
        yield moment
        order = self._write(login, signed, lines)
        if reach == 0:
            return
        yield moment + dt.timedelta(minutes=25)
        self.fire(order, "submit", login)
        if goal == "pending":
            return
        yield moment + dt.timedelta(minutes=95)
        if goal == "rejected":
            self.fire(order, "reject", "director", {"reason": "价格偏低，请与客户重新确认。"})
            return
        self.fire(order, "approve", "director")
        if goal == "stopped":
            self.fire(order, "stop", login, {"reason": "客户项目取消。"})
            return
        yield moment + dt.timedelta(minutes=120)
        first = signed + dt.timedelta(days=30)
        self.fire(order, "plan", login, {
            "instalments": self.chance.choice((1, 1, 2)), "first_on": first, "interval_days": 30, "ratios": None,
        })  # fmt: skip
        yield from self._goods(order, login, moment, reach, days)
        yield from self._money(order, goal, moment, reach, days)

    def _goods(self, order: SalesOrder, login: str, moment: dt.datetime, reach: int, days: int) -> Story:
        if reach < STAGES.index("requested"):
            return
        yield moment + dt.timedelta(minutes=150)
        issue = self.fire(order, "issue", login, {}).created[0]
        if reach < STAGES.index("issued"):
            return
        yield moment + dt.timedelta(days=days, minutes=170)
        self.fire(issue, "confirm", "keeper", {})
        shipping: dict[str, Any] = {"carrier": self.chance.choice(CARRIERS), "tracking_number": f"SF{issue.id:010d}"}
        if reach == STAGES.index("partly"):
            part = issue.lines[0]
            shipping["lines"] = [{"id": part.id, "quantity": part.quantity}]
        if reach in (STAGES.index("partly"), STAGES.index("shipped"), STAGES.index("ended")):
            yield moment + dt.timedelta(days=2 * days, minutes=200)
            self.fire(issue, "ship", "keeper", shipping)

    def _money(self, order: SalesOrder, goal: str, moment: dt.datetime, reach: int, days: int) -> Story:
        if reach < STAGES.index("paid"):
            return
        if days and self.chance.random() > PAYERS:
            return
        for plan in plans_of(self.session, order):
            wait = dt.timedelta(minutes=260)
            if days:
                wait = dt.timedelta(days=(plan.due_on - moment.date()).days + self.chance.randint(-12, 9))
            yield moment + wait
            self._pay(order, plan.amount)

    def _write(self, login: str, signed: dt.date, lines: int) -> SalesOrder:
        actor = self.actors[login]
        act_as(self.session, actor)
        customers = self.customers[login]
        customer = customers[int(len(customers) * self.chance.random() ** 1.6)]
        self.told += 1
        values: dict[str, Any] = {
            "customer": customer, "subject": self.chance.choice(SUBJECTS).format(month=signed.month),
            "signed_on": signed, "latest_ship_on": signed + dt.timedelta(days=12),
            "consignee": customer.name[:20],
            "consignee_phone": customer.phone or customer.mobile or "13800000000",
            "consignee_address": f"{customer.city or ''}{customer.address or '自提'}",
            "lines": self._lines(lines),
        }  # fmt: skip
        order: SalesOrder = ENTRIES[SalesOrder].create(self.session, values, actor)
        return order

    def _lines(self, count: int) -> list[dict[str, Any]]:
        """Products that are there, a little below their list price."""
        lines = []
        for product in self.chance.sample(list(self.left), count):
            quantity = Decimal(min(self.chance.choice((5, 6, 10, 12, 20, 24, 40, 60)), max(int(self.left[product]), 1)))
            self.left[product] -= quantity
            if self.left[product] < 1:
                del self.left[product]
            price = product.list_price * self.chance.choice((100, 100, 98, 96, 95)) / 100
            lines.append({"product": product, "quantity": quantity, "unit_price": price.quantize(Decimal("0.01"))})
        return lines

    def _pay(self, order: SalesOrder, amount: Decimal) -> None:
        actor = self.actors["finance"]
        act_as(self.session, actor)
        values = {
            "customer": order.customer, "sales_order": order, "amount": amount, "received_on": today(),
            "method": item_named(self.session, "payment_method", "银行转账"),
        }  # fmt: skip
        ENTRIES[Payment].create(self.session, values, actor)

    def mark_hot(self) -> None:
        for login in SELLERS:
            for number, reason in enumerate(HOT):
                self.fire(self.customers[login][number + 4], "mark_hot", login, {"reason": reason})

    def fire(self, document: Any, action: str, login: str, form: dict[str, Any] | None = None) -> Any:
        actor = self.actors[login]
        act_as(self.session, actor)
        return WORKFLOWS[type(document)].fire(self.session, document, action, actor, form)


def plans_of(session: Session, order: SalesOrder) -> list[PaymentPlan]:
    query = sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == order.id).order_by(PaymentPlan.due_on)
    return list(session.scalars(query))


@demo_part("orders", after=("customers", "opening_stock"))
def orders(session: Session) -> Iterator[str]:
    """Tell every story; hot customers and a discontinued product without stock come with them."""
    if session.execute(sa.select(SalesOrder.id).limit(1)).first() is not None:
        return
    session.rollback()
    yield f"orders: {in_unit_of_work(session, lambda: _build_orders(session))}"


def _build_orders(session: Session) -> int:
    """The number of orders."""
    teller = Teller(session)
    teller.tell([*teller.year(), *teller.each_state()])
    teller.mark_hot()
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
