"""Customers and contacts of the large firm. They are written last: class and life cycle follow from their orders."""

from __future__ import annotations

from array import array

from app.core.search.index import search_text
from app.demo.bulk.parts.calendar import Calendar, Counters
from app.demo.bulk.parts.figures import Moment, moment
from app.demo.bulk.parts.history import History
from app.demo.bulk.parts.tables import Sender
from app.demo.bulk.parts.words import DUTIES, Known, Names, contact_number
from app.demo.bulk.people import Firm, Someone
from app.models.customers.customer import Contact, Customer
from app.workflows.customers.customer import name_key

NEVER = -1
LIFE_CYCLES = ("potential", "signed", "repeat")
FRESH = 0.45  # orders of somebody who has never ordered before
LOYAL = 1.7  # how much more often old customers come again than new ones
OPENS, CLOSES = 3_600, 36_000  # of a day in UTC: nine to six in Shanghai


class Customers:
    """Customer k is one place in each array; their keys follow each other."""

    def __init__(self, sender: Sender, firm: Firm, calendar: Calendar, seed: int) -> None:
        self.sender, self.firm, self.calendar = sender, firm, calendar
        self.names = Names(seed)
        self.table = sender.table(
            "customer",
            "id number kind name name_key short_name owner_id class_id life_cycle first_signed_on source_id "
            "industry_id "
            "headcount_id settlement_id city address phone mobile invoice_title tax_number search_text created_at "
            "created_by_id changed_at",
        )
        self.contacts = sender.table(
            "contact",
            "id customer_id name sex duty phone mobile is_primary search_text created_at created_by_id changed_at",
        )
        self.found = sender.search("customer")
        self.found_contacts = sender.search("contact")
        self.first, self.first_contact = self.table.last_id + 1, self.contacts.last_id + 1
        count = calendar.customers[-1]
        self.approved = array("l", bytes(array("l").itemsize * count))
        self.signed = array("h", [NEVER]) * count
        self.served = 0  # customers who have ordered: 0 … served - 1

    def __len__(self) -> int:
        return len(self.approved)

    def who_orders(self, day: int, draw: float) -> int:
        """Somebody new as long as there is somebody, else one of those who came before."""
        if not self.served or (draw < FRESH and self.served < self.calendar.customers[max(day - 1, 0)]):
            self.served += 1
            return self.served - 1
        again = (draw - FRESH) / (1 - FRESH) if draw >= FRESH else draw / FRESH
        return int(self.served * again**LOYAL)

    def owner(self, k: int) -> tuple[Someone, Someone]:
        """The salesperson, and who decides on their orders."""
        at = k % len(self.firm.sellers)
        return self.firm.sellers[at], self.firm.approvers[at]

    def contact_id(self, k: int) -> int | None:
        number = contact_number(k)
        return None if number is None else self.first_contact + number

    def sign(self, k: int, day: int) -> None:
        """One more approved order; days only grow, so the first one stays the first."""
        self.approved[k] += 1
        if self.signed[k] == NEVER:
            self.signed[k] = day

    def write(self, counters: Counters, history: History) -> None:
        """Every customer with the numbers of the days they were entered."""
        k = 0
        for day, count in enumerate(self.calendar.customers):
            opens, closes = (OPENS, CLOSES) if day else (0, OPENS)  # whom the firm brought along is there first
            share = (closes - opens) / max(count - k, 1)
            text, first = self.calendar.texts[day], k
            while k < count:
                self._write(k, counters.next("KH", day), moment(text, int(opens + share * (k - first))), history)
                k += 1
                if not k % 500:
                    self.sender.pump()

    def _write(self, k: int, number: str, at: Moment, history: History) -> None:
        known, firm = self.names.customer(k), self.firm
        owner, _approver = self.owner(k)
        count = self.approved[k]
        searched = {
            "name": known.name, "short_name": known.short_name, "number": number, "phone": known.phone,
            "mobile": known.mobile,
        }  # fmt: skip
        text = search_text(searched[name] for name in Customer.__searched__)
        key = self.first + k
        self.table.add((
            key, number, "individual" if known.is_person else "company", known.name, name_key(known.name),
            known.short_name, owner.id, firm.classes[min(count, 1)], LIFE_CYCLES[min(count, 2)],
            self.calendar.texts[self.signed[k]] if count else None, firm.one_of("customer_source", k // 3),
            firm.one_of("industry", k // 7), firm.one_of("headcount", k // 5), firm.one_of("settlement", k // 11),
            known.city, known.address, known.phone, known.mobile, None if known.is_person else known.name,
            None if known.is_person else f"91{k * 37_003 % 1_000_000:06d}MA{k:08d}",
            text, at.stored, owner.id, at.stored,
        ))  # fmt: skip
        self.found.index(key, text)
        history.made("customer", key, at, owner)
        contact = self.contact_id(k)
        if contact is not None:
            self._write_contact(contact, k, known, at, owner, history)

    def _write_contact(self, key: int, k: int, known: Known, at: Moment, owner: Someone, history: History) -> None:
        searched = {"name": known.contact, "mobile": known.mobile, "phone": known.phone}
        text = search_text(searched[name] for name in Contact.__searched__)
        duty = None if known.is_person else DUTIES[k % len(DUTIES)]
        self.contacts.add((
            key, self.first + k, known.contact, ("male", "female")[k % 2], duty, known.phone, known.mobile, 1, text,
            at.stored, owner.id, at.stored,
        ))  # fmt: skip
        self.found_contacts.index(key, text)
        history.made("contact", key, at, owner)
