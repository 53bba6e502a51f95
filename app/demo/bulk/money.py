"""Instalments and payments of the large firm, and orders that are stopped."""

from __future__ import annotations

import random

from app.demo.bulk.agenda import Agenda, Coming, Head, Stopping
from app.demo.bulk.customers import Customers
from app.demo.bulk.fates import DUE, NEVER, Fate
from app.demo.bulk.parts.calendar import Counters
from app.demo.bulk.parts.figures import Moment, parts_of
from app.demo.bulk.parts.history import History
from app.demo.bulk.parts.ledger import Change, Origin, ReceivableBook, StockBook
from app.demo.bulk.parts.tables import Sender
from app.demo.bulk.people import Firm

PAYS, STOPS = (1_800, 5_400), (18_000, 19_800)  # hours of the day in UTC
PREPAID = 0.004  # customers who pay before they order, per order of the day
STOP_REASON = "客户项目取消。"


class Money:
    def __init__(self, sender: Sender, firm: Firm, due: ReceivableBook, history: History) -> None:
        self.firm, self.due, self.history = firm, due, history
        self.plans = sender.table(
            "payment_plan",
            "id customer_id sales_order_id serial due_on amount cut settled status created_at created_by_id changed_at",
        )
        self.payments = sender.table(
            "payment",
            "id number customer_id sales_order_id plan_id amount method_id received_on salesperson_id prepayment left "
            "refunded state "
            "created_at created_by_id changed_at",
        )
        self.allocations = sender.table(
            "payment_allocation", "id payment_id sales_order_id chosen_plan_id plan_id amount"
        )

    def plan(self, head: Head, day: int, total: int, fate: Fate, at: Moment, agenda: Agenda) -> int:
        """Instalments with what they will have received, and those payments; returns the cents received in all."""
        amounts = parts_of(total, fate.instalments) if fate.instalments else []
        paid = [*(amounts or [total])[: len(fate.paid)]]
        if fate.kind == "half_paid" and paid:
            paid[0] = max(paid[0] // 2, 1)
        keys: list[int | None] = []
        for serial, amount in enumerate(amounts, 1):
            key = self.plans.next_id()
            keys.append(key)
            settled = paid[serial - 1] if serial <= len(paid) else 0
            status = "settled" if settled >= amount else "partly" if settled else "open"
            cut = 0
            if fate.stopped != NEVER:  # nothing of it was delivered, so nothing is asked for
                amount, cut, status = 0, amount, "dropped"
            self.plans.add((
                key, self.due.first + head.k, head.id, serial, agenda.calendar.text(day + DUE * serial),
                amount, cut, settled, status, at.stored, head.owner.id, at.stored,
            ))  # fmt: skip
        for number, (when, amount) in enumerate(zip(fate.paid, paid, strict=True)):
            plan_id = keys[number] if keys else None
            agenda.coming[when].append(Coming(head.id, head.k, head.owner, plan_id, amount))
        return sum(paid)

    def day(self, day: int, agenda: Agenda, counters: Counters) -> None:
        """Payments in the morning."""
        for at, coming in agenda.take(agenda.coming, day, *PAYS):
            self._pay(coming, day, at, agenda, counters)

    def prepay(self, day: int, customers: Customers, agenda: Agenda, chance: random.Random) -> None:
        """Now and then money comes before there is an order."""
        if day < agenda.calendar.last and chance.random() < PREPAID and customers.served:
            k = int(customers.served * chance.random())
            amount = (1 + int(chance.random() * 40)) * 50_000
            agenda.coming[day + 1].append(Coming(None, k, customers.owner(k)[0], None, amount))

    def _pay(self, coming: Coming, day: int, at: Moment, agenda: Agenda, counters: Counters) -> None:
        finance = self.firm.finance
        key, number = self.payments.next_id(), counters.next("SK", day)
        self.payments.add((
            key, number, self.due.first + coming.k, coming.order_id, coming.plan_id, coming.amount,
            self.firm.one_of("payment_method", 0 if key % 4 else key // 4), agenda.calendar.texts[day], coming.owner.id,
            int(coming.order_id is None), 0 if coming.order_id else coming.amount, 0, "recorded", at.stored,
            finance.id, at.stored,
        ))  # fmt: skip
        covered = coming.amount if coming.plan_id is not None else 0
        if coming.order_id is not None:
            about = (self.allocations.next_id(), key, coming.order_id, coming.plan_id, coming.plan_id)
            self.allocations.add((*about, coming.amount))
        change = Change(plan=-covered, received=coming.amount, due=-coming.amount)
        self.due.post(
            coming.k, coming.order_id, "payment", Origin("payment", key, number), at, finance.id, coming.owner.id,
            change,
        )  # fmt: skip
        self.history.made("payment", key, at, finance)

    def stop(self, day: int, agenda: Agenda, stock: StockBook) -> None:
        """The customer wants nothing any more: reserved goods are free, nothing is due."""
        for at, stopping in agenda.take(agenda.stopping, day, *STOPS):
            self._stop(stopping, at, stock)

    def _stop(self, stopping: Stopping, at: Moment, stock: StockBook) -> None:
        head = stopping.head
        paper = Origin("sales_order", head.id, head.number)
        for line in stopping.lines:
            stock.post(line.balance, "release", paper, at, head.owner.id, 0, -line.quantity)
        change = Change(contract=-stopping.total, plan=-stopping.planned, due=-stopping.total)
        self.due.post(head.k, head.id, "stop", paper, at, head.owner.id, head.owner.id, change)
        self.history.step("sales_order", head.id, at, head.owner, "stop", "approved", "approved", STOP_REASON)
