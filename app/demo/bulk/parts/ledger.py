"""Both ledgers of the large firm: running balances as arrays, entries with serials as of people's steps."""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.demo.bulk.catalogue import Shelves
from app.demo.bulk.parts.figures import Moment
from app.demo.bulk.parts.tables import Sender
from app.models.stock.stock import StockBalance

_ABOUT = "id serial on at user_id document_model document_id document_number kind"


class Origin(NamedTuple):
    """The document an entry speaks of."""

    model: str
    id: int
    number: str


class StockBook:
    """Stock entries; `Shelves` holds the balances."""

    def __init__(self, sender: Sender, shelves: Shelves) -> None:
        self.shelves = shelves
        self.table = sender.table(
            "stock_ledger_entry",
            f"{_ABOUT} warehouse_id product_id on_hand_change on_hand_after reserved_change reserved_after",
        )

    def post(self, balance: int, kind: str, paper: Origin, at: Moment, user: int, on_hand: int, reserved: int) -> None:
        """One change, in thousandths of the product's unit."""
        shelves = self.shelves
        shelves.on_hand[balance] += on_hand
        shelves.reserved[balance] += reserved
        shelves.entries[balance] += 1
        after, held, serial = shelves.on_hand[balance], shelves.reserved[balance], shelves.entries[balance]
        warehouse = shelves.warehouse_id[shelves.place[balance]]
        product = shelves.product_id[shelves.product[balance]]
        table = self.table
        table.add((
            table.next_id(), serial, at.day, at.stored, user, *paper, kind, warehouse, product,
            on_hand, after, reserved, held,
        ))  # fmt: skip

    def keep(self, session: Session) -> None:
        """Write what the balances have come to."""
        shelves = self.shelves
        table = StockBalance.__table__
        moved: Any = sa.update(table).where(table.c.id == sa.bindparam("key")).values(
            on_hand=sa.bindparam("held", type_=sa.BigInteger()),
            reserved=sa.bindparam("kept", type_=sa.BigInteger()),
            entries=sa.bindparam("told"),
        )  # fmt: skip
        figures = zip(shelves.balance_id, shelves.on_hand, shelves.reserved, shelves.entries, strict=True)
        rows = [{"key": key, "held": held, "kept": kept, "told": told} for key, held, kept, told in figures]
        session.connection().execute(moved, rows)


class Change(NamedTuple):
    """By how much each of a customer's six figures changes, in cents."""

    contract: int = 0
    shipped: int = 0
    plan: int = 0
    received: int = 0
    refunded: int = 0
    due: int = 0


class ReceivableBook:
    """Receivable entries, and the six figures of every customer; `first` is the key of customer 0."""

    def __init__(self, sender: Sender, customers: int, first: int) -> None:
        self.first = first
        nothing = bytes(8 * customers)
        self.figures = tuple(array("q", nothing) for _measure in Change._fields)
        self.entries = array("l", bytes(array("l").itemsize * customers))
        measures = "contract_value shipped_value plan_open received refunded receivable"
        changes = " ".join(f"{name}_change {name}_after" for name in measures.split())
        self.table = sender.table(
            "receivable_ledger_entry", f"{_ABOUT} customer_id sales_order_id salesperson_id {changes}"
        )
        self.balances = sender.table("customer_balance", f"id customer_id entries {measures}")

    def post(
        self, k: int, order_id: int | None, kind: str, paper: Origin, at: Moment, user: int, seller: int, by: Change
    ) -> None:
        """One change of customer k, by a sale of this person."""
        figures: list[int] = []
        for running, change in zip(self.figures, by, strict=True):
            if change:
                running[k] += change
            after = running[k]
            figures += (change, after)
        self.entries[k] += 1
        serial, customer = self.entries[k], self.first + k
        table = self.table
        about = (table.next_id(), serial, at.day, at.stored, user, *paper, kind, customer, order_id, seller)
        table.add((*about, *figures))

    def keep(self, sender: Sender) -> None:
        """One balance per customer that anything was posted for."""
        table = self.balances
        for k, entries in enumerate(self.entries):
            if entries:
                table.add((table.next_id(), self.first + k, entries, *(running[k] for running in self.figures)))
                sender.pump()
