"""The frame of every page: menu of the active role, role switch. Manual 3.1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request
from flask_babel import lazy_gettext as _l

from app.core.actor import Actor
from app.core.reports import REPORTS
from app.models.customer import Contact, Customer
from app.models.goods_issue import GoodsIssue, Shipment
from app.models.payment import Payment, PaymentPlan
from app.models.product import Product, ProductCategory
from app.models.sales_order import SalesOrder
from app.models.stock import StockBalance, StockInit, StockLedgerEntry, Warehouse
from app.models.user import AppUser
from app.security.roles import SALES_SIDE, R, role_label
from app.views.cells import page_of
from app.views.registry import VIEWS


@dataclass(frozen=True)
class Entry:
    """A menu entry: a model's list, or an address with the right it needs."""

    label: Any
    icon: str
    model: type[Any] | None = None
    href: str = ""
    right: tuple[str, str] | None = None  # right, subject

    @property
    def address(self) -> str:
        return self.href or f"{page_of(self.model)}/list/" if self.model else self.href

    def is_for(self, actor: Actor) -> bool:
        if self.model is not None:
            return self.model in VIEWS and actor.may("read", self.model)
        return self.right is None or actor.may(*self.right)


@dataclass(frozen=True)
class Section:
    """A group of entries, in the menu of the roles that work with it."""

    label: Any
    roles: frozenset[str]
    entries: tuple[Entry, ...]


_SALES = frozenset({*SALES_SIDE, R.sales_assistant})
_GOODS = frozenset({R.boss, R.sales_director, R.purchaser, R.warehouse, R.finance, R.product_manager})
_EVERY = frozenset(R)

MENU: tuple[Section, ...] = (
    Section("", _EVERY, (Entry(_l("Desk"), "home", href="/"),)),
    Section(
        _l("Customers"), _SALES | {R.service, R.engineer, R.marketing, R.technical, R.finance, R.admin},
        (Entry(_l("Customers"), "building-store", Customer), Entry(_l("Contacts"), "address-book", Contact)),
    ),
    Section(
        _l("Sales"), _SALES | {R.finance, R.warehouse, R.service},
        (Entry(_l("Orders"), "shopping-cart", SalesOrder),),
    ),
    Section(
        _l("Money"), _SALES | {R.finance},
        (Entry(_l("Payment plans"), "calendar-dollar", PaymentPlan), Entry(_l("Payments"), "cash", Payment)),
    ),
    Section(
        _l("Goods"), _GOODS | _SALES | {R.engineer, R.technical, R.service, R.marketing},
        (
            Entry(_l("Products"), "box", Product),
            Entry(_l("Product categories"), "category", ProductCategory),
            Entry(_l("Goods issues"), "package-export", GoodsIssue),
            Entry(_l("Shipments"), "truck-delivery", Shipment),
        ),
    ),
    Section(
        _l("Stock"), _GOODS | {R.admin},
        (
            Entry(_l("Stock"), "packages", StockBalance),
            Entry(_l("Stock ledger"), "list-details", StockLedgerEntry),
            Entry(_l("Opening stock"), "package-import", StockInit),
            Entry(_l("Warehouses"), "building-warehouse", Warehouse),
        ),
    ),
    Section(
        _l("System"), _EVERY,
        (
            Entry(_l("Users"), "users", AppUser),
            Entry(_l("Roles and rights"), "shield-lock", href="/role/list/", right=("read", "role")),
            Entry(_l("Dictionaries"), "notebook", href="/dictionaryitem/list/", right=("edit", "dictionary_item")),
            Entry(_l("Settings"), "settings", href="/setting/", right=("read", "setting")),
            Entry(_l("Imports"), "table-import", href="/import/", right=("import", "customer")),
            Entry(_l("Imports"), "table-import", href="/import/", right=("import", "product")),
            Entry(_l("Imports"), "table-import", href="/import/", right=("import", "stock_init")),
            Entry(_l("Audit"), "history", href="/audit/list/", right=("read", "audit_entry")),
            Entry(_l("Recycle bin"), "trash", href="/recycle/list/", right=("read", "deleted_record")),
        ),
    ),
)  # fmt: skip


@dataclass
class Shell:
    """What the frame of a page shows."""

    actor: Actor
    menu: list[tuple[Any, list[Entry]]]
    here: str

    @property
    def roles(self) -> list[tuple[str, str]]:
        return [(code, role_label(code)) for code in sorted(self.actor.roles)]

    @property
    def role(self) -> str:
        return role_label(self.actor.active_role) if self.actor.active_role else ""

    def is_on(self, entry: Entry) -> bool:
        if entry.href == "/":
            return self.here == "/"
        return self.here.startswith(entry.address.split("list/")[0])


def menu_of(actor: Actor) -> list[tuple[Any, list[Entry]]]:
    """Sections of the active role with the entries this person may open; no entry twice."""
    found = []
    for section in MENU:
        if actor.active_role in R.__members__ and actor.active_role not in section.roles:
            continue
        entries: dict[str, Entry] = {}
        for entry in section.entries:
            if entry.is_for(actor):
                entries.setdefault(entry.address, entry)
        if entries:
            found.append((section.label, list(entries.values())))
    report = next((report for report in REPORTS.values() if report.may_be_read(actor) and not report.required), None)
    if report is not None:
        entry = Entry(_l("Reports"), "chart-bar", href=f"/report/{report.name}/")
        found.insert(max(len(found) - 1, 1), (_l("Statistics"), [entry]))
    return found


def shell() -> Shell | None:
    """The frame for whoever is signed in; None for nobody, or where reading the person failed."""
    actor = g.get("actor")
    return Shell(actor, menu_of(actor), request.path) if actor is not None else None


def install(app: Flask) -> None:
    app.jinja_env.globals.update(shell=shell)
