"""The frame of every page: menu of the active role, role switch. Manual 3.1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask, g, render_template, request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.actor import Actor
from app.core.db.statements import cached_statement
from app.core.record.fields import fields_of
from app.core.report import REPORTS
from app.imports.engine.importer import IMPORTERS
from app.models.customers.customer import Contact, Customer
from app.models.money.payment import Payment, PaymentPlan
from app.models.products.product import Product, ProductCategory
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockBalance, StockInit, StockLedgerEntry, Warehouse
from app.models.system.user import AppUser
from app.screens.frame.assets import asset
from app.screens.frame.cells import page_of
from app.screens.frame.registry import VIEWS
from app.screens.frame.texts import catalogue
from app.security.roles import SALES_SIDE, R, role_label

MOST_DRAWN = 2_000  # menus of a few kilobytes


@dataclass(frozen=True)
class Entry:
    """A menu entry: a model's list, or an address with the right it needs.

    only     the roles it is for; everybody with the right when left out
    without  roles that may read the list and find nothing in it
    """

    label: Any
    icon: str
    model: type[Any] | None = None
    href: str = ""
    right: tuple[str, str] | None = None  # right, subject
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        return self.href or f"{page_of(self.model)}/list/" if self.model else self.href

    def is_for(self, actor: Actor) -> bool:
        if actor.active_role in self.without or (self.only and actor.active_role not in self.only):
            return False
        if self.model is not None:
            return self.model in VIEWS and actor.may("read", self.model)
        if self.right == ("import", ""):  # anything at all
            return any(actor.may("import", importer.model) for importer in IMPORTERS.values())
        if self.right == ("report", ""):
            return any(report.may_be_read(actor) for report in REPORTS.values())
        return self.right is None or actor.may(*self.right)


@dataclass(frozen=True)
class Section:
    """A group of entries, in the menu of the roles that work with it."""

    key: str
    label: Any
    roles: frozenset[str]
    entries: tuple[Entry, ...]


_SALES = frozenset({*SALES_SIDE, R.sales_assistant})
_GOODS = frozenset({R.boss, R.sales_director, R.purchaser, R.warehouse, R.finance, R.product_manager})
_EVERY = frozenset(R)
_BY_NAME = frozenset(
    {R.finance}
)  # know customers by name and by what they owe; their pages are for others. design.md §6

MENU: tuple[Section, ...] = (
    Section("home", "", _EVERY, (Entry(_l("Desk"), "home", href="/"),)),
    Section(
        "customers", _l("Customers"),
        _SALES | {R.service, R.engineer, R.marketing, R.technical, R.finance, R.admin},
        (
            Entry(_l("Customers"), "building-store", Customer, without=_BY_NAME),
            Entry(_l("Contacts"), "address-book", Contact, without=_BY_NAME),
        ),
    ),
    Section(
        "sales", _l("Sales"), _SALES | {R.finance, R.warehouse, R.service},
        (Entry(_l("Orders"), "shopping-cart", SalesOrder),),
    ),
    Section(
        "money", _l("Money"), _SALES | {R.finance},
        (
            Entry(_l("Payment plans"), "calendar-dollar", PaymentPlan), Entry(_l("Payments"), "cash", Payment),
            Entry(
                _l("Customer statement"), "file-invoice", href="/report/customer_statement/",
                right=("read", "report_customer_statement"), only=_BY_NAME,
            ),
        ),
    ),
    Section(
        "goods", _l("Goods"), _GOODS | _SALES | {R.engineer, R.technical, R.service, R.marketing},
        (
            Entry(_l("Products"), "box", Product),
            Entry(_l("Product categories"), "category", ProductCategory),
            Entry(_l("Goods issues"), "package-export", GoodsIssue),
            Entry(_l("Shipments"), "truck-delivery", Shipment),
        ),
    ),
    Section(
        "stock", _l("Stock"), _GOODS | {R.admin},
        (
            Entry(_l("Stock"), "packages", StockBalance),
            Entry(_l("Stock ledger"), "list-details", StockLedgerEntry),
            Entry(_l("Opening stock"), "package-import", StockInit),
            Entry(_l("Warehouses"), "building-warehouse", Warehouse),
        ),
    ),
    Section(
        "statistics", _l("Statistics"), _EVERY,
        (Entry(_l("Reports"), "chart-bar", href="/report/", right=("report", "")),),
    ),
    Section(
        "system", _l("System"), _EVERY,
        (
            Entry(_l("Users"), "users", AppUser),
            Entry(_l("Roles and rights"), "shield-lock", href="/role/list/", right=("read", "role")),
            Entry(_l("Dictionaries"), "notebook", href="/dictionaryitem/list/", right=("edit", "dictionary_item")),
            Entry(_l("Settings"), "settings", href="/setting/", right=("read", "setting")),
            Entry(_l("Imports"), "table-import", href="/import/", right=("import", "")),
            Entry(_l("Audit"), "history", href="/audit/list/", right=("read", "audit_entry")),
            Entry(_l("Recycle bin"), "trash", href="/recycle/list/", right=("read", "deleted_record")),
        ),
    ),
)  # fmt: skip

# What a role works with most stands first, the desk before it; sections that are not named follow in their order.
FIRST: dict[str, tuple[str, ...]] = {
    R.warehouse: ("stock", "goods"),
    R.finance: ("money", "sales", "statistics"),
    R.purchaser: ("stock", "goods"),
    R.product_manager: ("goods", "stock"),
    R.technical: ("goods",),
    R.admin: ("system",),
}

# 工具集成入口: what stands in the top bar. Manual 3.2.
TOOLS: tuple[Entry, ...] = (
    Entry(_l("New customer"), "user-plus", href="/customer/add", right=("create", "customer")),
    Entry(_l("Incoming call"), "phone-incoming", href="/call/", right=("read", "customer")),
    Entry(_l("Statistics"), "chart-dots", href="/report/", right=("report", "")),
    Entry(_l("Help"), "help-circle", href="/help/"),
)


@dataclass(frozen=True)
class Group:
    """A section as one person sees it."""

    key: str
    label: Any
    entries: list[Entry]


@dataclass
class Shell:
    """What the frame of a page shows."""

    actor: Actor
    menu: tuple[Group, ...]
    here: str

    @cached_property
    def tools(self) -> list[Entry]:
        return [tool for tool in TOOLS if tool.is_for(self.actor)]

    @property
    def roles(self) -> list[tuple[str, str]]:
        return [(code, role_label(code)) for code in sorted(self.actor.roles)]

    @property
    def role(self) -> str:
        return role_label(self.actor.active_role) if self.actor.active_role else ""

    @property
    def menu_drawn(self) -> Markup:
        """The menu as it looks from here: kept, for it is the same on every page of one kind."""
        return drawn_once("parts/menu.html", (self.actor.permissions, self.actor.active_role, self._at), frame=self)

    @property
    def tools_drawn(self) -> Markup:
        return drawn_once("parts/tools.html", self.actor.permissions, frame=self)

    @cached_property
    def _at(self) -> str:
        """The entry that leads nearest to here: a single report rather than all of them."""
        begun = {entry.address: entry.address.split("list/")[0] for group in self.menu for entry in group.entries}
        near = [address for address, start in begun.items() if self.here.startswith(start) and (start != "/")]
        return "/" if self.here == "/" else max(near, key=lambda address: len(begun[address]), default="")

    def is_on(self, entry: Entry) -> bool:
        return entry.address == self._at


def _added(section: Section) -> list[Entry]:
    """Models that are announced by their view alone: each stands in the section of the model it belongs to."""
    at_home = {entry.model for other in MENU for entry in other.entries}
    found = []
    for model, view in VIEWS.items():
        if (
            view.kept_by
            and model not in at_home
            and _home_of(model, view, at_home) in [e.model for e in section.entries]
        ):
            found.append(Entry(view.title, view.icon, model))
    return found


def _home_of(model: type[Any], view: type[Any], at_home: set[Any]) -> type[Any] | None:
    """The model whose section it shares: the one its view names, else the first it refers to, else customers."""
    targets = [field.target for field in fields_of(model).values() if field.target is not AppUser]
    known = (target for target in (view.menu_near, *targets) if target is not None and target in at_home)
    return next(known, Customer)


def menu_of(actor: Actor) -> tuple[Group, ...]:
    """Sections of the active role, in its order, with the entries this person may open; no entry twice."""
    return _menu_for(Actor(0, "", frozenset(), actor.permissions, actor.active_role))


@cached_statement
def _menu_for(actor: Actor) -> tuple[Group, ...]:
    """The same for everybody with these rights."""
    found = []
    for section in sorted(MENU, key=lambda section: _place(section, actor.active_role)):
        if actor.active_role in R.__members__ and actor.active_role not in section.roles:
            continue
        entries: dict[str, Entry] = {}
        for entry in (*section.entries, *_added(section)):
            if entry.is_for(actor):
                entries.setdefault(entry.address, entry)
        if entries:
            found.append(Group(section.key, section.label, list(entries.values())))
    return tuple(found)


def _place(section: Section, role: str) -> int:
    """Where a section stands among the others; sorting keeps the order of those that stand alike."""
    order = ("home", *FIRST.get(role, ()))
    return order.index(section.key) if section.key in order else len(order)


def shell() -> Shell | None:
    """The frame for whoever is signed in; None for nobody, or where reading the person failed."""
    actor = g.get("actor")
    return Shell(actor, menu_of(actor), request.path) if actor is not None else None


_drawn: dict[Any, Markup] = {}


def drawn_once(template: str, key: Any = None, **values: Any) -> Markup:
    """A part of the frame, drawn once for each language, set of files and key: no figure and no token stands in it."""
    whole = (template, key, catalogue(), asset(""))
    if whole not in _drawn:
        if len(_drawn) >= MOST_DRAWN:
            _drawn.clear()
        _drawn[whole] = Markup(render_template(template, **values))  # noqa: S704 - our own template
    return _drawn[whole]


def install(app: Flask) -> None:
    app.jinja_env.globals.update(shell=shell, drawn_once=drawn_once)
