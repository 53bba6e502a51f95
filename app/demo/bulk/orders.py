"""Orders of the large firm with their lines, from draft to decision; what follows is put on the agenda."""

from __future__ import annotations

import random
from typing import NamedTuple

from app.core.search.index import search_text
from app.demo.bulk.agenda import Agenda, AgendaLine, Going, Head, Stopping
from app.demo.bulk.catalogue import LINES, PLACES, QUANTITIES, Shelves
from app.demo.bulk.customers import Customers
from app.demo.bulk.fates import NEVER, Fate, fate_of
from app.demo.bulk.money import STOP_REASON, Money
from app.demo.bulk.parts.calendar import Counters
from app.demo.bulk.parts.figures import PRICE, WHOLE, Moment, amount_of, moment, tax_of
from app.demo.bulk.parts.history import History
from app.demo.bulk.parts.ledger import Change, Origin, ReceivableBook, StockBook
from app.demo.bulk.parts.tables import Sender
from app.demo.bulk.people import Firm
from app.demo.sales import SUBJECTS
from app.models.sales.sales_order import SalesOrder

OPENS, CLOSES = 5_400, 14_400  # hours of the day in UTC
SUBMITTED, DECIDED = 600, 1_800  # seconds after it was written
DISCOUNTS = (100, 100, 100, 98, 96, 95, 92)  # percent of the list price
LATEST = 12  # days until it must be shipped
EVENING = 34_200
REJECTION = "价格偏低，请与客户重新确认。"
ROUND = 10**PRICE // 100  # a unit price ends at the cent
RATE_PLACES = 10_000  # a rate is kept in ten-thousandths
SHARES = tuple(share for _code, _name, share, _stocked in PLACES)


class Times(NamedTuple):
    """When an order was written, submitted and decided on, as far as it came."""

    written: Moment
    submitted: Moment
    decided: Moment


class Sums(NamedTuple):
    """Cents of an order, and its lowest discount in ten-thousandths."""

    total: int
    tax: int
    lowest: int
    shipped: int
    received: int


class Orders:
    def __init__(
        self, sender: Sender, firm: Firm, shelves: Shelves, customers: Customers, stock: StockBook,
        due: ReceivableBook, money: Money, history: History,
    ) -> None:  # fmt: skip
        self.firm, self.shelves, self.customers, self.history = firm, shelves, customers, history
        self.stock, self.due, self.money = stock, due, money
        self.table = sender.table(
            "sales_order",
            "id number subject customer_id owner_id category_id signed_on latest_ship_on warehouse_id contact_id "
            "settlement_id shipping_method_id consignee consignee_phone consignee_address state status "
            "is_status_by_hand shipping_status prices rebate total tax_total lowest_discount shipped_amount received "
            "receivable contract_value refunded is_closed_short "
            "submitted_at submitted_by_id approved_at approved_by_id rejection_reason stop_reason search_text "
            "created_at created_by_id changed_at",
        )
        self.lines = sender.table(
            "sales_order_line",
            "id order_id position product_id quantity unit_price effective_price list_price tax_rate amount tax rebate "
            "issued shipped shipped_amount",
        )
        self.found = sender.search("sales_order")

    def write(self, day: int, share: float, agenda: Agenda, counters: Counters, chance: random.Random) -> None:
        """One order, `share` of the way through the day."""
        fate = fate_of(day, agenda.calendar.last, chance)
        k = self.customers.who_orders(day, chance.random())
        head, subject = self._head(k, day, counters, chance)
        text, second = agenda.calendar.texts[day], int(OPENS + (CLOSES - OPENS) * share)
        times = Times(*(moment(text, second + wait) for wait in (0, SUBMITTED, DECIDED)))
        lines, total, tax, lowest = self._lines(head, fate, chance)
        sent = sum(line.amount for part in fate.parts if part.shipped != NEVER for line in lines[part.first : part.end])
        sums = Sums(total, tax, lowest, sent, self.money.plan(head, day, total, fate, times.written, agenda))
        self._row(head, subject, day, fate, sums, times)
        self._tell(head, fate, times)
        if fate.is_approved:
            self._approve(head, day, fate, lines, total, times.decided, agenda)

    def _head(self, k: int, day: int, counters: Counters, chance: random.Random) -> tuple[Head, str]:
        known = self.customers.names.customer(k)
        owner, _approver = self.customers.owner(k)
        draw, where = chance.random(), 0
        while where < len(SHARES) - 1 and draw >= SHARES[where]:
            draw -= SHARES[where]
            where += 1
        month = self.customers.calendar.days[day].month
        subject = SUBJECTS[int(chance.random() * len(SUBJECTS))].format(month=month)
        consignee, address = known.contact or known.name[:20], known.city + known.address
        warehouse_id = self.shelves.warehouse_id[where]
        number = counters.next("DD", day)
        key = self.table.next_id()
        return Head(key, number, k, known.name, owner, warehouse_id, consignee, known.mobile, address), subject

    def _lines(self, head: Head, fate: Fate, chance: random.Random) -> tuple[tuple[AgendaLine, ...], int, int, int]:
        """Five products there are enough of, a little below their list price; with total, tax and lowest discount."""
        shelves, rate = self.shelves, self.firm.tax_rate
        where = shelves.warehouse_id.index(head.warehouse_id)
        part_of = [part for part in fate.parts for _line in range(part.first, part.end)]
        taken: set[int] = set()
        found, total, tax_total, lowest = [], 0, 0, RATE_PLACES
        for position in range(LINES):
            pieces = QUANTITIES[int(chance.random() * len(QUANTITIES))]
            part = part_of[position] if position < len(part_of) else None
            issued = part is not None and part.confirmed != NEVER
            shipped = part is not None and part.shipped != NEVER
            balance = shelves.pick(where, chance, taken, pieces, leaves=issued)
            product, quantity = shelves.product[balance], pieces * WHOLE
            listed = shelves.list_price[product]
            price = listed * DISCOUNTS[int(chance.random() * len(DISCOUNTS))] // (100 * ROUND) * ROUND
            amount = amount_of(quantity, price)
            tax = tax_of(amount, rate)
            line = AgendaLine(self.lines.next_id(), balance, quantity, price, amount)
            self.lines.add((
                line.id, head.id, position + 1, shelves.product_id[product], quantity, price, price, listed, rate,
                amount, tax, 0, quantity if issued else 0, quantity if shipped else 0, amount if shipped else 0,
            ))  # fmt: skip
            found.append(line)
            total += amount
            tax_total += tax
            lowest = min(lowest, price * RATE_PLACES // listed)
        return tuple(found), total, tax_total, lowest

    def _row(self, head: Head, subject: str, day: int, fate: Fate, sums: Sums, times: Times) -> None:
        calendar, firm, k = self.customers.calendar, self.firm, head.k
        owner, approver = self.customers.owner(k)
        submitted, approved, stopped = fate.kind != "draft", fate.is_approved, fate.stopped != NEVER
        shipping = shipping_of(fate)
        ended = approved and shipping == "all" and sums.received >= sums.total
        searched = {"number": head.number, "subject": subject, "customer.name": head.name}
        text = search_text(searched[name] for name in SalesOrder.__searched__)
        self.table.add((
            head.id, head.number, subject, self.customers.first + k, owner.id, firm.category, calendar.texts[day],
            calendar.text(day + LATEST), head.warehouse_id, self.customers.contact_id(k),
            firm.one_of("settlement", k // 11), firm.one_of("shipping_method", k // 13),
            head.consignee, head.phone, head.address, "approved" if approved else fate.kind,
            "stopped" if stopped else "ended" if ended else "executing", int(stopped), shipping, "gross", 0,
            sums.total, sums.tax, sums.lowest, sums.shipped, sums.received,
            sums.total - sums.received if approved and not stopped else 0,
            sums.total if approved and not stopped else 0, 0, 0,
            times.submitted.stored if submitted else None, owner.id if submitted else None,
            times.decided.stored if approved else None, approver.id if approved else None,
            REJECTION if fate.kind == "rejected" else None, STOP_REASON if stopped else None,
            text, times.written.stored, owner.id, self._changed(day, fate, times),
        ))  # fmt: skip
        self.found.index(head.id, text)

    def _changed(self, day: int, fate: Fate, times: Times) -> str:
        """When it was last touched, to the day."""
        touched = max(day, fate.stopped, *fate.paid, *(max(part.asked, part.shipped) for part in fate.parts))
        if touched > day:
            return moment(self.customers.calendar.texts[touched], EVENING).stored
        return (times.decided if fate.kind not in ("draft", "pending") else times.written).stored

    def _tell(self, head: Head, fate: Fate, times: Times) -> None:
        owner, approver = self.customers.owner(head.k)
        tell, key = self.history, head.id
        tell.made("sales_order", key, times.written, owner)
        if fate.instalments:
            tell.step("sales_order", key, times.written, owner, "plan", "draft", "draft")
        if fate.kind != "draft":
            tell.step("sales_order", key, times.submitted, owner, "submit", "draft", "pending")
        if fate.kind == "rejected":
            tell.step("sales_order", key, times.decided, approver, "reject", "pending", "rejected", REJECTION)
        elif fate.is_approved:
            tell.step("sales_order", key, times.decided, approver, "approve", "pending", "approved")

    def _approve(
        self, head: Head, day: int, fate: Fate, lines: tuple[AgendaLine, ...], total: int, at: Moment, agenda: Agenda
    ) -> None:
        """Reserved, counted, and on its way."""
        _owner, approver = self.customers.owner(head.k)
        paper = Origin("sales_order", head.id, head.number)
        for line in lines:
            self.stock.post(line.balance, "reserve", paper, at, approver.id, 0, line.quantity)
        planned = total if fate.instalments else 0
        change = Change(contract=total, plan=planned, due=total)
        self.due.post(head.k, head.id, "contract", paper, at, approver.id, head.owner.id, change)
        self.customers.sign(head.k, day)
        for part in fate.parts:
            agenda.going[part.asked].append(Going(head, part, lines[part.first : part.end]))
        if fate.stopped != NEVER:
            agenda.stopping[fate.stopped].append(Stopping(head, lines, total, planned))


def shipping_of(fate: Fate) -> str:
    """`shipping_status_of`, of whole lines."""
    if fate.kind == "draft":
        return "none"
    if any(part.confirmed != NEVER and part.shipped == NEVER for part in fate.parts):
        return "to_ship"
    shipped = sum(part.end - part.first for part in fate.parts if part.shipped != NEVER)
    return "not_issued" if not shipped else "all" if shipped == LINES else "partly"
