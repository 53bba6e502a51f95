"""Every screen of the product: who looks at it, where it is, and what they have done there before looking.

Pages of a model follow from its view; only what needs a special row or a hand's work is listed by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask
from selenium.webdriver import Keys

from app.core.actor import Actor
from app.core.db.base import db, model_name
from app.core.flow.workflow import WORKFLOWS
from app.core.jobs.jobs import Job
from app.core.jobs.prepared import FILE, ask_for
from app.demo.people import CAST
from app.models.document import ApprovalState
from app.models.products.product import Product
from app.models.sales.sales_order import OrderStatus, SalesOrder, ShippingStatus
from app.models.system.import_batch import ImportBatch
from app.reports.system.filters import FILTERS
from app.screens.desk.desks import COMMON, WHOSE
from app.screens.frame.registry import VIEWS
from app.security.accounts.people import actor_named
from app.security.policy import visible
from tests.browser.person import Person
from tests.support.everything import REPORTS, distinct_people

# Whoever may read a model first in this order looks at its pages.
READERS = tuple(dict.fromkeys(("lin", "keeper", "finance", "product", "purchaser", "director", *distinct_people())))
# Addresses that answer with no page of their own: rows for scripts, files, doors that only lead on.
FOR_SCRIPTS = {
    "customers",
    "party",
    "party_chosen",
    "pick",
    "products",
    "quick",
    "orders",
    "status",
    "pdf",
    "workbook",
    "template",
    "refused",
    "file",  # one that was made
    "rows",
    "tab",  # what is on a tab of a record; without scripts the record's page with that tab open
}
NO_PAGES = {
    "DeskView.waiting",
    "static", "versioned_static", "appbuilder.static", "AttachmentView.get", "AttachmentView.view",
    "AttachmentView.thumb", "LocaleView.index",
    "UtilView.back", "SignInView.logout",
}  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """One picture. `then` brings the page into the state it is to be looked at in."""

    name: str
    login: str
    path: str
    then: Callable[[Person], object] | None = None


def ask_for_a_file() -> None:
    """Let 林晓 have a paper made, as of an order of many lines."""
    session = db.session()
    lin = actor_named(session, "lin")
    order = session.scalars(visible(sa.select(SalesOrder.id), SalesOrder, lin).limit(1)).one()
    ask_for(session, "paper", {"model": "sales_order", "id": order}, lin)
    session.commit()


def keys_of() -> dict[str, int]:
    """Rows worth looking at, by the name special screens call them."""
    session = db.session()
    order = SalesOrder
    wanted: dict[str, sa.Select[Any]] = {
        **{state.name: sa.select(order.id).where(order.state == state) for state in ApprovalState},
        **{status.name: sa.select(order.id).where(order.status == status) for status in OrderStatus},
        "approved": sa.select(order.id)
        .where(order.state == ApprovalState.approved, order.status == OrderStatus.executing)
        .order_by(order.shipping_status == ShippingStatus.all, order.id.desc()),
        "customer": sa.select(order.customer_id),
        "gone": sa.select(Product.id).where(Product.discontinued.is_(True)),
        "batch": sa.select(ImportBatch.id).where(ImportBatch.refused > 0),
        "file": sa.select(Job.id).where(Job.kind == FILE),
    }
    found = {}
    for name, query in wanted.items():
        key = session.execute(query.limit(1)).scalar()
        if key is not None:
            found[name] = int(key)
    return found


def model_screens() -> Iterator[Screen]:
    """List, page, empty and filled form of every model with pages, as the person who works with it sees them."""
    session = db.session()
    actors = {login: actor_named(session, login) for login in READERS}
    for model, view in VIEWS.items():
        name = model_name(model)
        able = [
            login
            for login, actor in actors.items()
            if actor.may("read", model) and (not view.can_add or actor.may("create", model) or login == "admin")
        ]
        seen = (who for who in able if session.execute(visible(sa.select(model.id), model, actors[who])).first())
        login = next(seen, able[0])  # someone who has a row to look at, where anybody has
        yield Screen(f"{name}-list", login, f"{view.route_base}/list/")
        rows = visible(sa.select(model.id), model, actors[login]).order_by(model.id.desc()).limit(1)
        key = session.execute(rows).scalar()
        if key is not None:
            yield Screen(f"{name}-page", login, f"{view.route_base}/show/{key}")
            if view.can_edit and actors[login].may("edit", model):
                yield Screen(f"{name}-edit", login, f"{view.route_base}/edit/{key}")
        if view.can_add and actors[login].may("create", model):
            yield Screen(f"{name}-new", login, f"{view.route_base}/add")


def state_screens() -> Iterator[Screen]:
    """A page in each state of each document, where there is one; the newest row of all is among the pages above."""
    session = db.session()
    actors = {login: actor_named(session, login) for login in READERS}
    for model, workflow in WORKFLOWS.items():
        view = VIEWS.get(model)
        if view is None or model is SalesOrder:  # whose states stand among the special ones, statuses too
            continue
        newest = session.scalar(sa.select(sa.func.max(model.id)))
        for state in workflow.states or ():
            key = session.scalar(sa.select(sa.func.max(model.id)).where(model.state == state))
            if key is None or key == newest:
                continue
            login = next((who for who, actor in actors.items() if _sees(model, key, actor)), None)
            if login is not None:
                yield Screen(f"{model_name(model)}-{state.name}", login, f"{view.route_base}/show/{key}")


def _sees(model: type[Any], key: int, actor: Actor) -> bool:
    query = visible(sa.select(model.id).where(model.id == key), model, actor)
    return actor.may("read", model) and db.session.execute(query).first() is not None


def report_screens() -> Iterator[Screen]:
    """Each report, with a row of its kind chosen where something must be."""
    session = db.session()
    actors = {login: actor_named(session, login) for login in READERS}
    for name, report in REPORTS.items():
        login, actor = next((who, actor) for who, actor in actors.items() if report.may_be_read(actor))
        chosen = [f"{wanted}={_chosen(wanted, actor)}" for wanted in report.required]
        yield Screen(f"report-{name}", login, f"/report/{name}/?{'&'.join(chosen)}")


def _chosen(name: str, actor: Actor) -> int:
    filter_ = FILTERS[name]
    assert filter_.model is not None
    return int(db.session.execute(visible(sa.select(filter_.model.id), filter_.model, actor)).scalars().first())


def press(text: str, then: str = "dialog[open]") -> Callable[[Person], object]:
    def done(person: Person) -> object:
        person.press(text)
        return person.one(then)

    return done


def click(selector: str, then: str) -> Callable[[Person], object]:
    def done(person: Person) -> object:
        person.click(selector)
        return person.one(then)

    return done


def stroke(*keys: str, then: str) -> Callable[[Person], object]:
    def done(person: Person) -> object:
        person.stroke(*keys)
        return person.one(then)

    return done


def open_menu(person: Person) -> object:
    if person.size == "phone":
        person.click("[data-toggle=menu]")
        return person.one("nav.side")
    person.click("summary.face")
    return person.one("summary.face + .pop")


def choose_rows(person: Person) -> object:
    person.stroke("j")
    person.stroke("x")
    return person.one(".rows.choosing .bulk")


def choose_columns(person: Person) -> object:
    if person.size == "phone":  # rows are cards there, without columns
        return person.one(".listing")
    person.click(".columns summary")
    return person.one(".columns .pop")


def open_bell(person: Person) -> object:
    person.click(".bell summary")
    return person.one(".bell .pop a, .bell .none")


def refused_form(person: Person) -> object:
    person.one("form")
    person.stroke(Keys.CONTROL, "s")
    return person.one("[aria-invalid=true], .field.bad, [role=alert]")


# The first of the cast in each role that has a desk of its own, and of one that shares the common desk.
DESKS = tuple({(role if role in WHOSE else COMMON): login for login, (_n, role, _s) in reversed(CAST.items())}.values())
SPECIAL: Sequence[Screen] = (
    Screen("sign-in", "", "/login/"),
    *(Screen(f"desk-{login}", login, "/") for login in DESKS),
    Screen("bell", "keeper", "/", click(".bell summary", ".bell .pop")),
    Screen("help", "lin", "/help/"),
    Screen("help-orders", "lin", "/help/orders"),
    Screen("call", "lin", "/call/?number=138"),
    Screen("menu", "lin", "/", open_menu),
    Screen("keys", "lin", "/customer/list/", stroke("?", then="#keys")),
    Screen("search", "lin", "/search?q=电"),
    Screen("search-nothing", "lin", "/search?q=没有这样的东西"),
    Screen("list-filter", "lin", "/salesorder/list/?state=approved", press("筛选", ".filters .panel")),
    Screen("list-chosen", "director", "/salesorder/list/?state=pending", choose_rows),
    Screen("list-columns", "lin", "/customer/list/", choose_columns),
    Screen("list-view", "lin", "/customer/list/?view=owing", click("details.own:not(.columns) summary", ".own .pop")),
    Screen("list-nothing", "lin", "/customer/list/?q=没有这样的客户"),
    Screen("list-counted", "finance", "/payment/list/?count=all"),
    *(Screen(f"order-{status.name}", "director", f"/salesorder/show/{{{status.name}}}")
      for status in (*ApprovalState, *OrderStatus) if status is not OrderStatus.executing),
    Screen("order-reject", "director", "/salesorder/show/{pending}", press("否决")),
    Screen("order-edit-draft", "lin", "/salesorder/edit/{draft}"),
    Screen("order-new-refused", "lin", "/salesorder/add", refused_form),
    Screen("customer-of-orders", "director", "/customer/show/{customer}"),
    Screen("customer-refused", "lin", "/customer/add", refused_form),
    Screen("product-gone", "product", "/product/show/{gone}"),
    Screen("picker-list", "lin", "/contact/add", click(".picker input", ".pop.found [role=option]")),
    Screen("picker-many", "admin", "/warehouse/edit/1", click(".picker.many input", ".pop.found [role=option]")),
    Screen("password", "lin", "/password"),
    Screen("user-reset", "admin", "/user/reset/2"),
    Screen("roles", "admin", "/role/list/"),
    Screen("role", "admin", "/role/edit/2"),
    Screen("settings", "admin", "/setting/"),
    Screen("audit", "admin", "/audit/list/"),
    Screen("recycle", "admin", "/recycle/list/"),
    Screen("sessions", "lin", "/session/"),
    Screen("sessions-of-one", "admin", "/session/user/5"),
    Screen("imports", "admin", "/import/"),
    Screen("import-batch", "admin", "/import/{batch}"),
    Screen("prepared", "lin", "/prepared/"),
    Screen("prepared-file", "lin", "/prepared/{file}"),
    Screen("reports", "finance", "/report/"),
    Screen("call-several", "lin", "/call/?number=13"),
    Screen("call-unknown", "lin", "/call/?number=19999999999"),
    Screen("help-keeper", "keeper", "/help/"),
    Screen("bell-director", "director", "/", open_bell),
    Screen("api-docs", "admin", "/api/docs"),
    Screen("no-right", "lin", "/role/list/"),
    Screen("not-found", "lin", "/salesorder/show/999999"),
)  # fmt: skip


def all_screens() -> list[Screen]:
    keys = keys_of()
    special = [Screen(s.name, s.login, s.path.format(**keys), s.then) for s in SPECIAL]
    return [*special, *model_screens(), *state_screens(), *report_screens()]


def endpoints(app: Flask, screens: Sequence[Screen]) -> tuple[set[str], set[str]]:
    """(those of the pages looked at, those of all pages there are)."""
    routes = app.url_map.bind("localhost")
    seen = {str(routes.match(screen.path.partition("?")[0])[0]) for screen in screens}
    closed = {f"{view.__name__}.add" for view in VIEWS.values() if not view.can_add}
    closed |= {f"{view.__name__}.edit" for view in VIEWS.values() if not view.can_edit}
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.methods and "GET" in rule.methods and "/api/v1" not in rule.rule
        if rule.endpoint not in NO_PAGES | closed and rule.endpoint.partition(".")[2] not in FOR_SCRIPTS
    }
    return seen, pages
