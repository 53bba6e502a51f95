"""Many people at once: each has a session and documents of their own, the goods they want are the same.

The history is what they saw: what was asked, of which document, and how it ended. Replaying the ledger by id must lead
to the balances, and each thing that was done must stand in it exactly once, and nothing else. quality.md R1, R2, R24.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal as D
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from app.core.db.base import db, model_name
from app.core.errors import AppError
from app.models.customers.customer import Customer
from app.models.money.payment import Payment
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockBalance, StockLedgerEntry
from tests.support.office import Office


class Threads:
    """A server's threads: whoever finds none free waits in a queue, first come, first served, as at its door."""

    def __init__(self, free: int) -> None:
        self.free, self.queue, self.lock = free, deque[threading.Event](), threading.Lock()

    def acquire(self) -> None:
        with self.lock:
            if self.free:
                self.free -= 1
                return
            turn = threading.Event()
            self.queue.append(turn)
        turn.wait()

    def release(self) -> None:
        with self.lock:
            if self.queue:
                self.queue.popleft().set()
            else:
                self.free += 1


SERVED = Threads(1000)

# How a person may be refused without anything being wrong.
CLEAN = {"done", "stock.short", "wrong_state", "busy", "stopped", "overpaid", "order_not_approved"}
# The ledger entry each act leaves behind, per line of its document.
ENTRY = {
    "approve": "reserve", "reopen": "reserve", "revoke": "release", "stop": "release",
    "confirm": "issue", "cancel": "issue_reversed",
}  # fmt: skip
# What an order that was approved goes through; one of these ends it.
LIVES = (
    ("revoke",),
    ("stop", "reopen"),
    ("issue", "confirm", "cancel", "revoke"),
    ("issue", "confirm", "ship", "pay"),
    ("issue", "confirm", "ship", "pay", "void"),
)


@dataclass(frozen=True)
class Event:
    """One act: how it ended, and after how many seconds the person knew."""

    act: str
    model: str
    document: int
    lines: tuple[tuple[int, D], ...]
    outcome: str
    seconds: float


@dataclass
class Person:
    """One thread's life: orders of its own, one after the other."""

    office: Office
    draw: random.Random
    customer: int
    history: list[Event] = field(default_factory=list)

    def act(self, what: str, who: str, model: type[Any], key: int, lines: Any, **form: Any) -> Any:
        """Take a step; what it made, or None when it was refused."""
        began = time.perf_counter()
        made, outcome = None, "done"
        SERVED.acquire()
        try:
            made = self.office.person(who).does(lambda _s, _a: self._step(what, who, model, key, form)) or True
        except AppError as error:
            outcome = error.code
        finally:
            db.session.rollback()
            SERVED.release()
        seconds = time.perf_counter() - began
        self.history.append(Event(what, model_name(model), key, tuple(lines), outcome, seconds))
        return made

    def _step(self, what: str, who: str, model: type[Any], key: int, form: dict[str, Any]) -> Any:
        from app.core.flow.workflow import WORKFLOWS
        from app.core.record.schemas import load

        workflow, session = WORKFLOWS[model], db.session()
        cleaned = load(workflow.step(what).form, form) if workflow.step(what).form else {}
        document = session.get_one(model, key)
        move = workflow.fire(session, document, what, self.office.person(who).actor, cleaned)
        return move.created[0].id if move.created else None

    def order(self, lines: Sequence[tuple[int, int]]) -> tuple[int, D]:
        """A draft; made anew when somebody was in the way."""
        for _try in range(5):
            try:
                wanted = [(db.session.get_one(Product, key), str(quantity)) for key, quantity in lines]
                order = self.office.order("lin", wanted, customer=db.session.get_one(Customer, self.customer))
            except AppError as error:
                db.session.rollback()
                if error.code != "busy":
                    raise
                continue
            found = (order.id, order.total)
            db.session.rollback()
            return found
        raise AssertionError("five times busy")

    def live(self, products: Sequence[int]) -> None:
        """One order from its draft to whatever end is drawn; whoever is refused leaves it as it is."""
        lines = [(product, self.draw.randint(1, 5)) for product in products]
        order, total = self.order(lines)
        taken = tuple((product, D(quantity)) for product, quantity in lines)
        if not self.act("submit", "lin", SalesOrder, order, ()):
            return
        if not self.act("approve", "director", SalesOrder, order, taken):
            return
        issue = payment = 0
        for what in self.draw.choice(LIVES):
            if what in ("issue", "stop", "reopen"):
                form = {"reason": "取消"} if what == "stop" else {}
                went = self.act(what, "lin", SalesOrder, order, () if what == "issue" else taken, **form)
                issue = went if what == "issue" else issue
            elif what == "revoke":
                went = self.act(what, "director", SalesOrder, order, taken)
            elif what == "pay":
                went = payment = self.pay(order, total)
            elif what == "void":
                went = self.act(what, "finance", Payment, payment, (), reason="记错")
            else:
                knowingly = {"take_promised": True} if what == "confirm" else {}  # everybody has promised it to others
                went = self.act(what, "keeper", GoodsIssue, issue, () if what == "ship" else taken, **knowingly)
            if not went:
                return

    def pay(self, order: int, total: D) -> int:
        began = time.perf_counter()
        key, outcome = 0, "done"
        SERVED.acquire()
        try:
            key = self.office.finance.pays(db.session.get_one(SalesOrder, order), str(total)).id
        except AppError as error:
            outcome = error.code
        finally:
            db.session.rollback()
            SERVED.release()
        self.history.append(Event("pay", "payment", key or order, (), outcome, time.perf_counter() - began))
        return key


def seed_of_run() -> int:
    """RACES_SEED, or one of its own; printed by whoever uses it."""
    return int(os.environ.get("RACES_SEED") or random.randrange(10**6))


def together(app: Flask, works: Sequence[Callable[[Office], Any]], patience: float = 120) -> list[Any]:
    """Each work in a thread with a session of its own, all let go at once; what each returned, or what it raised."""
    ends: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(n: int) -> None:
        with app.app_context(), force_locale("zh"):
            office = Office()
            office.made = 1000 * (n + 1)  # names and numbers of one's own
            try:
                gate.wait(30)
                ends[n] = works[n](office)
            except Exception as error:
                ends[n] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    for end in ends:
        if isinstance(end, Exception):
            raise end
    return ends


Act = Callable[[Office], Any]


def outcomes(app: Flask, acts: list[Act]) -> Counter[str]:
    """How many were told what: "done", or the code of the refusal."""

    def told(act: Act, own: Office) -> str:
        try:
            act(own)
        except AppError as error:
            return error.code
        finally:
            db.session.rollback()
        return "done"

    return Counter(together(app, [partial(told, act) for act in acts]))


def require_explained(history: list[Event], opening: dict[int, D]) -> None:
    """The ledger, replayed by id, is what people were told: R1 and R24."""
    db.session.rollback()
    for product, first in opening.items():
        _replayed(product, first)
    wanted: Counter[tuple[str, str, int, int, D]] = Counter()
    for event in history:
        assert event.outcome in CLEAN, event
        if event.outcome == "done" and event.act in ENTRY:
            for product, quantity in event.lines:
                wanted[(ENTRY[event.act], event.model, event.document, product, quantity)] += 1
    entry = StockLedgerEntry
    found = Counter(
        (str(row.kind), row.document_model, row.document_id, row.product_id, abs(row.reserved_change))
        for row in db.session.scalars(sa.select(entry).where(entry.kind != "opening", entry.product_id.in_(opening)))
    )
    assert found == wanted, (found - wanted, wanted - found)
    told = Counter(event.act for event in history if event.outcome == "done")
    for act, model in (("issue", GoodsIssue), ("ship", Shipment), ("pay", Payment)):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == told[act], act


def _replayed(product: int, opening: D) -> None:
    entry = StockLedgerEntry
    on_hand = reserved = D(0)
    for n, row in enumerate(db.session.scalars(sa.select(entry).where(entry.product_id == product).order_by(entry.id))):
        if n == 0:
            assert (row.kind, row.on_hand_change) == ("opening", opening)
        on_hand += row.on_hand_change
        reserved += row.reserved_change
        assert on_hand >= 0, f"{row}: below zero"
        assert (row.serial, row.on_hand_after, row.reserved_after) == (n + 1, on_hand, reserved)
    balance = db.session.scalars(sa.select(StockBalance).where(StockBalance.product_id == product)).one()
    assert (balance.on_hand, balance.reserved, balance.entries) == (on_hand, reserved, n + 1)


def slowest(history: list[Event], part: float) -> float:
    """Seconds within which this part of all acts was answered."""
    times = sorted(event.seconds for event in history)
    return times[int((len(times) - 1) * part)]


def told(name: str, seed: int, history: list[Event]) -> str:
    """One line of figures."""
    outcomes = dict(Counter(event.outcome for event in history))
    p50, p99 = (slowest(history, part) for part in (0.5, 0.99))
    return f"{name} seed {seed}: {len(history)} acts, {outcomes}, p50 {p50:.2f} s, p99 {p99:.2f} s"
