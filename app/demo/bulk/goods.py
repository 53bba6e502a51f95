"""Goods issues and shipments of the large firm, with what they do to both ledgers."""

from __future__ import annotations

from app.demo.bulk.agenda import Agenda, Going, Leaving
from app.demo.bulk.catalogue import Shelves
from app.demo.bulk.fates import NEVER
from app.demo.bulk.parts.calendar import Counters
from app.demo.bulk.parts.figures import Moment, moment
from app.demo.bulk.parts.history import History
from app.demo.bulk.parts.ledger import Change, Origin, ReceivableBook, StockBook
from app.demo.bulk.parts.tables import Sender
from app.demo.bulk.people import Firm
from app.demo.sales import CARRIERS

ISSUES, SHIPS = (21_600, 25_200), (25_200, 34_000)  # hours of the day in UTC
ASKED_BEFORE = 1_500  # seconds a goods issue waits for the keeper


class Goods:
    def __init__(
        self, sender: Sender, firm: Firm, shelves: Shelves, stock: StockBook, due: ReceivableBook, history: History
    ) -> None:
        self.firm, self.shelves, self.stock, self.due, self.history = firm, shelves, stock, due, history
        self.issues = sender.table(
            "goods_issue",
            "id number order_id warehouse_id state confirmed_at confirmed_by_id created_at created_by_id changed_at",
        )
        self.issue_lines = sender.table("goods_issue_line", "id issue_id order_line_id product_id quantity shipped")
        self.shipments = sender.table(
            "shipment",
            "id number issue_id order_id warehouse_id state shipped_on shipped_by_id shipping_method_id carrier "
            "tracking_number consignee consignee_phone consignee_address amount signed_on signed_by created_at "
            "created_by_id changed_at",
        )
        self.shipment_lines = sender.table(
            "shipment_line",
            "id shipment_id issue_line_id order_line_id product_id quantity unit_price amount cost_price",
        )

    def day(self, day: int, agenda: Agenda, counters: Counters) -> None:
        text = agenda.calendar.texts[day]
        for at, going in agenda.take(agenda.going, day, *ISSUES):
            leaving = self._issue(going, day, at, moment(text, ISSUES[0] - ASKED_BEFORE), counters)
            if going.part.shipped != NEVER:
                agenda.leaving[going.part.shipped].append(leaving)
        for at, leaving in agenda.take(agenda.leaving, day, *SHIPS):
            self._ship(leaving, day, at, agenda, counters)

    def _issue(self, going: Going, day: int, at: Moment, asked: Moment, counters: Counters) -> Leaving:
        """Asked for by the owner, taken off the shelf by the keeper."""
        head, part, keeper = going.head, going.part, self.firm.keeper
        number, key = counters.next("CK", day), self.issues.next_id()
        confirmed, sent = part.confirmed != NEVER, part.shipped != NEVER
        state = "shipped" if sent else "confirmed" if confirmed else "draft"
        who, when = (keeper.id, at.stored) if confirmed else (None, None)
        self.issues.add((
            key, number, head.id, head.warehouse_id, state, when, who,
            asked.stored, head.owner.id, when or asked.stored,
        ))  # fmt: skip
        self.history.step("sales_order", head.id, asked, head.owner, "issue", "approved", "approved")
        self.history.made("goods_issue", key, asked, head.owner)
        keys = []
        paper = Origin("goods_issue", key, number)
        for line in going.lines:
            keys.append(self.issue_lines.next_id())
            product_id = self.shelves.product_id[self.shelves.product[line.balance]]
            self.issue_lines.add((keys[-1], key, line.id, product_id, line.quantity, line.quantity if sent else 0))
            if confirmed:
                self.stock.post(line.balance, "issue", paper, at, keeper.id, -line.quantity, -line.quantity)
        if confirmed:
            self.history.step("goods_issue", key, at, keeper, "confirm", "draft", "confirmed")
        return Leaving(going, key, number, tuple(keys))

    def _ship(self, leaving: Leaving, day: int, at: Moment, agenda: Agenda, counters: Counters) -> None:
        """Sent by the keeper, at today's cost; most are signed for."""
        head, part, keeper = leaving.going.head, leaving.going.part, self.firm.keeper
        key, number = self.shipments.next_id(), counters.next("FH", day)
        signed = part.signed != NEVER
        amount = sum(line.amount for line in leaving.going.lines)
        self.shipments.add((
            key, number, leaving.issue_id, head.id, head.warehouse_id, "signed" if signed else "shipped",
            agenda.calendar.texts[day], keeper.id, self.firm.one_of("shipping_method", key),
            CARRIERS[key % len(CARRIERS)], f"SF{key:012d}", head.consignee, head.phone, head.address, amount,
            agenda.calendar.texts[part.signed] if signed else None, head.consignee if signed else None,
            at.stored, keeper.id, at.stored,
        ))  # fmt: skip
        for line, issue_line in zip(leaving.going.lines, leaving.line_ids, strict=True):
            product = self.shelves.product[line.balance]
            self.shipment_lines.add((
                self.shipment_lines.next_id(), key, issue_line, line.id, self.shelves.product_id[product],
                line.quantity, line.unit_price, line.amount, self.shelves.cost_price[product],
            ))  # fmt: skip
        self.due.post(
            head.k, head.id, "shipment", Origin("shipment", key, number), at, keeper.id, head.owner.id,
            Change(shipped=amount),
        )  # fmt: skip
        self.history.step("goods_issue", leaving.issue_id, at, keeper, "ship", "confirmed", "shipped")
        self.history.made("shipment", key, at, keeper)
        if signed:
            signing = moment(agenda.calendar.texts[part.signed], SHIPS[1] + key % 3_600)
            self.history.step("shipment", key, signing, head.owner, "sign", "shipped", "signed")
