"""Money that comes, goes back and is moved, orders that end: the figures agree on every day. Manual 8.14, 8.15."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from typing import Any

import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.clock import today
from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.errors import AppError
from app.core.report import REPORTS
from app.models.document import Prices
from app.models.money.closed_month import ClosedMonth, MonthState
from app.models.money.payment import Payment, PaymentAllocation, PaymentPlan, PaymentState, ReceivableLedgerEntry
from app.models.money.refund import Refund, RefundState
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueState
from app.query.measures import Measure, sums_by_month
from app.query.report_run import foot_of
from app.reports.system.filters import LATEST
from app.screens.desk.desk_parts import Scope
from app.security.dictionaries import item_named
from app.views.money.desk import COUNTED
from tests.properties.effort import effort

FIRST = today().replace(day=1)
DAYS = (FIRST - dt.timedelta(days=40), FIRST - dt.timedelta(days=10), FIRST, today())
CLICK = st.one_of(
    st.tuples(st.just("pay"), st.sampled_from(("7", "30", "65")), st.sampled_from(DAYS)),
    st.tuples(st.just("prepay"), st.sampled_from(("20", "150")), st.sampled_from(DAYS)),
    st.tuples(st.just("choose"), st.sampled_from(("15", "40")), st.sampled_from(DAYS)),
    st.tuples(st.just("assign"), st.sampled_from(("", "5", "12")), st.integers(0, 3)),
    st.tuples(st.just("unassign"), st.just(""), st.integers(0, 3)),
    st.tuples(st.just("void"), st.just(""), st.integers(0, 3)),
    st.tuples(st.just("refund"), st.sampled_from(("order", "payment")), st.sampled_from(DAYS)),
    st.tuples(st.just("void_refund"), st.just(""), st.integers(0, 3)),
    st.tuples(st.just("step"), st.sampled_from(("stop", "finish", "reopen", "plan", "approve")), st.just(0)),
    st.tuples(st.just("ship"), st.sampled_from(("1", "3")), st.just(0)),
    st.tuples(st.just("month"), st.sampled_from(("close", "reopen")), st.integers(1, 2)),
)


class Books:
    """Two orders of one customer, and whoever clicks on them."""

    def __init__(self, office: Any) -> None:
        self.office = office
        for _month in range(2):
            self._month("reopen", 0)  # what the example before has closed
        self.customer = office.customer("lin")
        product = office.product(price="10", counts_stock=False)
        terms = ({}, {"rebate": D("3.33"), "prices": Prices.net})
        self.orders = [self._order(product, day, **own) for day, own in zip(DAYS, terms, strict=False)]
        self.turn = 0
        self.set_by_hand: set[int] = set()

    def _order(self, product: Any, day: dt.date, **terms: Any) -> SalesOrder:
        order: SalesOrder = self.office.order(
            "lin", [(product, "10")], customer=self.customer, signed_on=day, latest_ship_on=today(), **terms
        )
        self.office.lin.fires("plan", order, instalments=3, first_on=today().isoformat())
        self.office.lin.fires("submit", order)
        self.office.director.fires("approve", order)
        return order

    @property
    def order(self) -> SalesOrder:
        self.turn += 1
        return self.orders[self.turn % len(self.orders)]

    def pays(self, amount: str, day: dt.date, **values: Any) -> Payment:
        method = item_named(db.session(), "payment_method", "现金")
        made: Payment = self.office.finance.creates(
            Payment, customer=self.customer, amount=D(amount), method=method, received_on=day, **values
        )
        return made

    def one(self, model: type[Any], number: int, *conditions: Any) -> Any:
        query = sa.select(model).where(model.customer_id == self.customer.id, *conditions).order_by(model.id)
        found = db.session.scalars(query).all()
        return found[number % len(found)] if found else None

    def payment(self, number: int) -> Any:
        return self.one(Payment, number, Payment.state == PaymentState.recorded)

    def click(self, kind: str, what: str, how: Any) -> None:
        finance, director = self.office.finance, self.office.director
        if kind in ("pay", "prepay", "choose"):
            order = None if kind == "prepay" else self.order
            plan = self.office.plans(order)[-1] if kind == "choose" else None
            self.pays(what, how, sales_order=order, plan=plan, prepayment=True)
        elif kind == "assign" and (payment := self.payment(how)):
            finance.fires("assign", payment, sales_order=self.order.id, **({"amount": what} if what else {}))
        elif kind == "unassign" and (payment := self.payment(how)) and payment.allocations:
            finance.fires("unassign", payment, allocation=payment.allocations[0].id)
        elif kind == "void" and (payment := self.payment(how)):
            finance.fires("void", payment, reason="记错")
        elif kind == "refund":
            document = self.order if what == "order" else self.payment(self.turn)
            finance.fires("refund", document, method="现金", refunded_on=how.isoformat()) if document else None
        elif kind == "void_refund" and (refund := self.one(Refund, how, Refund.state == RefundState.recorded)):
            finance.fires("void", refund, reason="记错")
        elif kind == "step":
            form = {"instalments": 2, "first_on": today().isoformat()} if what == "plan" else {}
            director.fires(what, self.order, **(form if what == "plan" else {"reason": "谈崩了"}))
        elif kind == "ship":
            self._ship(self.order, what)
        elif kind == "month":
            self._month(what, how)

    def _ship(self, order: SalesOrder, quantity: str) -> None:
        self.office.lin.fires("issue", order, lines=[{"id": order.lines[0].id, "quantity": quantity}])
        state = GoodsIssue.state == GoodsIssueState.draft
        query = sa.select(GoodsIssue).where(GoodsIssue.order_id == order.id, state)
        issue = db.session.scalars(query.order_by(GoodsIssue.id.desc())).first()
        self.office.keeper.fires("confirm", issue)
        self.office.keeper.fires("ship", issue)

    def _month(self, what: str, back: int) -> None:
        if what == "close":
            day = FIRST
            for _month in range(back):
                day = (day - dt.timedelta(days=1)).replace(day=1)
            self.office.finance.creates(ClosedMonth, month=f"{day:%Y-%m}")
            return
        query = sa.select(ClosedMonth).where(ClosedMonth.state == MonthState.closed)
        closed = db.session.scalars(query.order_by(ClosedMonth.month.desc())).first()
        if closed is not None:
            self.office.finance.fires("reopen", closed, reason="补录")

    # What must hold

    def settlement(self) -> dict[str, Any]:
        """What covers what: everything that settling decides."""
        orders = [order.id for order in self.orders]
        rows = sa.select(PaymentAllocation).where(PaymentAllocation.sales_order_id.in_(orders))
        plans = sa.select(PaymentPlan).where(PaymentPlan.sales_order_id.in_(orders)).order_by(PaymentPlan.id)
        return {
            "allocations": sorted(
                (row.payment_id, row.sales_order_id, row.chosen_plan_id or 0, row.plan_id or 0, row.amount)
                for row in db.session.scalars(rows)
            ),
            "plans": [(plan.id, plan.amount, plan.settled, plan.status) for plan in db.session.scalars(plans)],
            "orders": [(order.receivable, order.received, self._status(order)) for order in self.orders],
        }

    def _status(self, order: SalesOrder) -> str:
        """Its status, unless somebody had set that by hand, which holds until money or goods come (spec §8)."""
        return "by hand" if order.id in self.set_by_hand else order.status.value

    def statement(self, last: dt.date) -> D:
        """What the statement says is owed at the end of a day."""
        actor = self.office.finance.actor
        filters = {"customer": self.customer.id, "from": last, "to": last}
        rows = list(db.session.execute(REPORTS["customer_statement"].query(filters, actor)).mappings())
        return D(rows[-1]["balance"]) if rows else ZERO

    def ledger(self, last: dt.date) -> dict[str, D]:
        entry = ReceivableLedgerEntry
        names = ("contract_value", "received", "refunded", "receivable")
        columns = [sa.func.coalesce(sa.func.sum(getattr(entry, f"{name}_change")), 0) for name in names]
        query = sa.select(*columns).where(entry.customer_id == self.customer.id, entry.on <= last)
        return {name: D(value) for name, value in zip(names, db.session.execute(query).one(), strict=True)}


def _tried(books: Books, *click: Any) -> None:
    try:
        books.click(*click)
    except AppError:
        db.session.rollback()


def _months_agree(office: Any) -> None:
    """The boss's desk, the report of entries and the ledger say the same of each month."""
    actor = office.boss.actor
    scope = Scope(actor, (), today())
    listing = COUNTED.listing(scope, (DAYS[0].replace(day=1), LATEST))
    for path, less in (("contract_value_change", ""), ("received_change", "refunded_change")):
        desk = sums_by_month(db.session(), Measure(listing, path, less), "on", actor)
        for (year, month), value in desk.items():
            began = dt.date(year, month, 1)
            ended = (began + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
            report = REPORTS["customer_entries"]
            rows = list(db.session.execute(report.query({"from": began, "to": ended}, actor)).mappings())
            foot = foot_of(report.columns_for(actor), rows)
            told = foot[path.removesuffix("_change")] - (foot[less.removesuffix("_change")] if less else ZERO)
            assert value == told, (year, month, path)


@effort()
@given(clicks=st.lists(CLICK, max_size=16))
@example(
    clicks=[("unassign", "", 0), ("ship", "1", 0), ("step", "finish", 0), ("assign", "", 0), ("step", "finish", 0)]
)
def test_no_order_of_money_breaks_the_statement(office: Any, clicks: list[tuple[str, str, Any]]) -> None:
    """fault A1, A2, A4, A5: §8.10, 8.14, 8.15: statement = ledger = documents on every day; an undo leaves no trace."""
    books = Books(office)
    for click in clicks:
        _tried(books, *click)
    for day in (*DAYS, LATEST):
        ledger = books.ledger(day)
        assert books.statement(day) == ledger["receivable"]
        assert ledger["receivable"] == ledger["contract_value"] - ledger["received"] + ledger["refunded"]
    due = sum((order.receivable for order in books.orders), ZERO)
    query = sa.select(sa.func.coalesce(sa.func.sum(Payment.left), 0)).where(Payment.customer_id == books.customer.id)
    assert books.ledger(LATEST)["receivable"] == due - D(db.session.execute(query).scalar_one())
    _covers_no_more_than_is_there(books)
    _months_agree(office)
    assert office.mismatches() == []
    books.set_by_hand = {order.id for order in books.orders if order.is_status_by_hand}
    before = books.settlement()
    for undo in (_pay_and_void, _stop_and_reopen, _refund_and_void):
        undo(books)
        assert books.settlement() == before, undo.__name__
    for click in (("prepay", "150", today()), ("assign", "", 0), ("step", "stop", 0), ("refund", "order", today())):
        for _order in books.orders:
            _tried(books, *click)
    for order in books.orders:
        if order.has_ended_short:
            office.director.fires("reopen", order)
    _covers_no_more_than_is_there(books)
    assert office.mismatches() == []


def _covers_no_more_than_is_there(books: Books) -> None:
    """What was given back pays nothing, and no instalment has more than it asks for."""
    for order in books.orders:
        plans = books.office.plans(order)
        assert sum((plan.settled for plan in plans), ZERO) <= order.received - order.refunded
        assert all(plan.settled <= plan.amount for plan in plans)


def _pay_and_void(books: Books) -> None:
    order = next((order for order in books.orders if order.receivable > 0), None)
    payment = books.pays("33", today(), sales_order=order, prepayment=True)
    books.office.finance.fires("void", payment, reason="记错")


def _stop_and_reopen(books: Books) -> None:
    order = books.orders[0]
    if order.has_ended_short or order.status.value == "ended" or (order.is_fully_received and order.is_fully_shipped):
        return
    by_hand = order.is_status_by_hand
    books.office.director.fires("stop", order, reason="试试")
    books.office.director.fires("reopen", order)
    assert order.is_status_by_hand or not by_hand


def _refund_and_void(books: Books) -> None:
    order = next((order for order in books.orders if order.receivable < 0), None)
    document = order or next((p for p in map(books.payment, range(4)) if p is not None and p.left > 0), None)
    if document is not None:
        refund = books.office.finance.fires("refund", document, method="现金")
        books.office.finance.fires("void", refund, reason="试试")
