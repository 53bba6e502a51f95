"""A form saves the fields it shows and nothing else, whatever is sent beside them. quality R11; ASVS V15.3."""

from __future__ import annotations

import enum
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db
from app.core.db.types import Fixed, UtcDateTime
from app.core.flow.workflow import WORKFLOWS
from app.core.record.entry import ENTRIES
from app.core.record.fields import fields_of, unique_fields
from app.models.customers.customer import Customer
from app.models.money.payment import Payment
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockInit
from app.models.system.setting import Setting
from app.models.system.user import AppUser
from app.screens.frame.registry import VIEWS
from app.screens.list.address import outside
from app.security.dictionaries import item_named
from tests.firm import PASSWORD
from tests.hostile.asking import Known
from tests.hostile.sent import typed
from tests.hostile.state import State
from tests.office import SIGNED
from tests.views.browser import Browser, Page, Pairs

NEW = "a-much-better-one-7"
OWN = {"id", "number", "version", "changed_at", "created_at", "search_text"}  # differ between any two rows
ALSO = ("audit_entry", "stored_answer", "document_counter")


def plausible(column: sa.Column[Any]) -> str:
    """A value that the column would take."""
    if column.key == "password":
        return NEW
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        return str(db.session.scalar(sa.select(sa.func.max(target))) or 1)
    kind = column.type
    if isinstance(kind, sa.Enum) and kind.enum_class is not None:
        last: enum.Enum = list(kind.enum_class)[-1]
        return str(last.value)
    if isinstance(kind, sa.Boolean):
        default = column.default.arg if isinstance(column.default, sa.ColumnDefault) else False
        return "0" if default else "1"
    if isinstance(kind, UtcDateTime | sa.DateTime):
        return "2020-01-01T00:00:00+00:00"
    if isinstance(kind, sa.Date):
        return "2020-01-01"
    return "7" if isinstance(kind, Fixed | sa.Integer) else "hostile"


def extras(model: type[Any], declared: set[str], prefix: str = "") -> dict[str, str]:
    """Every column that is no field of the form, under its own name and that of its relation."""
    found = {column.key: plausible(column) for column in model.__table__.columns}
    found |= {outside(f.name): found[f.column] for f in fields_of(model).values() if f.column in found}
    return {f"{prefix}{name}": value for name, value in found.items() if f"{prefix}{name}" not in declared}


def declared_in(page: Page) -> set[str]:
    """Names of all controls of a page, ticked or not."""
    return set(re.findall(r'name="([^"]+)"', page.text))


def columns_of(model: type[Any], key: int, but: set[str]) -> dict[str, Any]:
    """A row as it stands in the database, without what is its own."""
    db.session.rollback()
    moment = UtcDateTime | sa.DateTime
    kept = [c for c in model.__table__.columns if c.key not in but and not isinstance(c.type, moment)]
    row = db.session.execute(sa.select(*kept).where(model.__table__.c.id == key)).one()
    return dict(row._mapping)


def sent(browser: Browser, path: str, pairs: Pairs, values: dict[str, Any]) -> Page:
    """Post a form with these values in it; a column may be called as an argument of ours is."""
    body: dict[str, Any] = {}
    for name, value in pairs:
        body.setdefault(name, []).append(value)
    return Page(path, browser.client.post(path, data={**body, **values}))


def newest(model: type[Any]) -> int:
    db.session.rollback()
    found = db.session.scalar(sa.select(sa.func.max(model.id)))
    return int(found or 0)


def _writer(known: Known, model: type[Any]) -> str:
    base = VIEWS[model].route_base.strip("/")
    return next(iter(known.writers.get(base, ())), "admin")


def _with_forms() -> list[type[Any]]:
    return [model for model, view in VIEWS.items() if model in ENTRIES and (view.can_add or view.can_edit)]


# Forms of records


def test_an_edit_form_sent_back_with_more_changes_nothing(at: Any, lenient: Flask, known: Known) -> None:
    """Each form as it is shown, with every other column of its model: the row stays as it is, and all others too."""
    edited = []
    for model in _with_forms():
        base, key = VIEWS[model].route_base, newest(model)
        for login in dict.fromkeys((_writer(known, model), "lin", "finance", "admin")):
            browser = at(login)
            page = browser.open(f"{base}/edit/{key}")
            if page.status == 200 and "data-order" not in page.text and model is not SalesOrder:
                break
        else:
            continue
        pairs = page.form()
        before = columns_of(model, key, {"version", "changed_at"})
        more = extras(model, declared_in(page))
        # In the settings stands how often dictionaries and rights were saved.
        state = State(lenient, unless=(model.__tablename__, "setting", *ALSO))
        answer = sent(browser, f"{base}/edit/{key}", pairs, more)
        assert answer.status == 303, (base, more)
        assert columns_of(model, key, {"version", "changed_at"}) == before, base
        assert state.changed() == [], base
        edited.append(model)
    assert {Customer, Payment, AppUser} <= set(edited)
    assert len(edited) >= 7


def _bare(browser: Browser) -> Pairs:
    return [("csrf_token", browser.open("/password").typed("csrf_token"))]


def _new(model: type[Any], browser: Browser, values: dict[str, Any], more: dict[str, str], way: str) -> int:
    """Key of a row made by the form; what must be its own is made so."""
    base = VIEWS[model].route_base
    page = browser.open(f"{base}/add")
    form = page.form() if "<form" in page.text.split("<main", 1)[-1] else _bare(browser)
    own = {outside(described.name): uuid.uuid4().hex[:10] for described in unique_fields(model)}
    own = {name: value for name, value in own.items() if name in values}
    own |= {name: f"新{uuid.uuid4().hex[:8]}" for name in ("name", "label") if name in values}
    if model is AppUser:
        own |= {"password": NEW, "email": f"{own['username']}@localhost"}
    before = newest(model)
    answer = sent(browser, f"{base}/{way}", form, {**values, **more, **own, "form_token": uuid.uuid4().hex})
    assert answer.status in (200, 303), (base, way, answer.text[-300:])
    assert newest(model) > before, (base, way)
    return newest(model)


def test_a_new_record_takes_nothing_but_its_form(at: Any, lenient: Flask, known: Known) -> None:
    """Two alike, one with every other column besides: they differ in nothing that the form does not show."""
    made = []
    for model in _with_forms():
        view, login = VIEWS[model], _writer(known, model)
        if not view.can_add or model in (SalesOrder, Payment):  # the grid and money have their own below
            continue
        row = db.session.get(model, newest(model))
        values: dict[str, Any] = typed(model, row) if row is not None else {}
        db.session.remove()
        browser = at(login)
        shown = declared_in(browser.open(f"{view.route_base}/add"))
        short = (browser.client.get(f"{view.route_base}/quick").get_json() or {}).get("html", "")
        asked = all(f'name="{outside(described.name)}"' in short for described in ENTRIES[model].required())
        ways = ["add", "quick"] if short and asked else ["add"]
        for way in ways:
            more = extras(model, {*values, *shown})
            plain, beside = (_new(model, browser, values, given, way) for given in ({}, more))
            declared = {
                described.column for described in fields_of(model).values() if outside(described.name) in values
            }
            but = OWN | {"name_key", "path", "first_name", "email", "password"} | {str(name) for name in declared}
            assert columns_of(model, beside, but) == columns_of(model, plain, but), (view.route_base, way)
        made.append(model)
    assert len(made) >= 5


def test_money_taken_in_is_what_its_form_says(at: Any, office: Any, furnished: dict[str, int]) -> None:
    finance = at("finance")
    page = finance.open(f"/payment/add?sales_order={furnished['sales_order']}")
    form = page.form()
    method = str(db.session.scalar(sa.text("SELECT id FROM dictionary_item WHERE dictionary = 'payment_method'")))
    values = {"amount": "3", "method": method, "received_on": "2026-11-02", "customer": str(furnished["customer"])}
    values["sales_order"] = str(furnished["sales_order"])
    keys = []
    for more in ({}, extras(Payment, {*values, *declared_in(page)})):
        answer = finance.send("/payment/add", form, **{**values, **more, "form_token": f"p{len(keys)}"})
        assert answer.status == 303, answer.text[-2000:]
        keys.append(newest(Payment))
    assert keys[0] != keys[1]
    assert columns_of(Payment, keys[1], OWN) == columns_of(Payment, keys[0], OWN)


def test_an_order_takes_nothing_but_its_grid(at: Any, office: Any, furnished: dict[str, int]) -> None:
    """Head and lines, new and changed; what the grid does not know is refused or passed over."""
    lin = at("lin")
    draft = db.session.get_one(SalesOrder, furnished["draft"])
    head = {name: (each[0] if each else "") for name, each in typed(SalesOrder, draft).items() if name != "lines"}
    line = {"product": draft.lines[0].product_id, "quantity": "2", "unit_price": "3", "tax_rate": "0.13"}
    line_model = type(draft.lines[0])
    token = lin.open("/password").typed("csrf_token")
    keys = []
    for more in ({}, extras(SalesOrder, {*head, "submit"})):
        body = {"head": {**head, **more}, "lines": [line], "form_token": f"o{len(keys)}"}
        answer = lin.client.post("/salesorder/save", json=body, headers={"X-CSRFToken": token})
        assert answer.status_code == 200, answer.get_json()
        keys.append(newest(SalesOrder))
    assert columns_of(SalesOrder, keys[1], OWN) == columns_of(SalesOrder, keys[0], OWN)
    parts = []
    for n, more_of_line in enumerate(({}, extras(line_model, {*line, "id"}))):
        version = db.session.get_one(SalesOrder, furnished["draft"]).version
        db.session.remove()
        body = {"head": head, "lines": [{**line, **more_of_line}], "form_token": f"l{n}", "version": version}
        answer = lin.client.post(f"/salesorder/save/{furnished['draft']}", json=body, headers={"X-CSRFToken": token})
        assert answer.status_code == 200, answer.get_json()
        draft = db.session.get_one(SalesOrder, furnished["draft"])
        parts.append([columns_of(line_model, each.id, OWN) for each in draft.lines])
    assert parts[1] == parts[0]
    assert columns_of(SalesOrder, keys[1], OWN) == columns_of(SalesOrder, keys[0], OWN)


def test_a_new_password_changes_the_password_alone(at: Any, office: Any, lenient: Flask) -> None:
    """One's own page and the administrator's; roles, superior and standing stay."""
    key = office.lin.actor.user_id
    state = State(lenient, unless=("ab_user", "user_session", *ALSO))
    # Signing in is counted there; and what the administrator chose is to be changed.
    counted = {"password", "password_given", "login_count", "fail_login_count"}
    before = columns_of(AppUser, key, counted)
    more = extras(AppUser, {"password"}) | {"roles": "1", "user": "1", "pk": "1"}
    lin, admin = at("lin"), at("admin")
    assert lin.fill("/password", **{**more, "old": PASSWORD, "password": NEW, "again": NEW}).status == 303
    assert admin.fill(f"/user/reset/{key}", **{**more, "password": NEW + "8"}).status == 303
    assert columns_of(AppUser, key, counted) == before
    assert state.changed() == []


def test_settings_take_no_names_but_their_own(at: Any, office: Any, lenient: Flask) -> None:
    admin = at("admin")
    page = admin.open("/setting/")
    state = State(lenient, unless=ALSO)
    more = dict.fromkeys(("name", "value", "secret_key", "SECRET_KEY", "CRM_ENV", "id", "hostile"), "hostile")
    assert admin.send("/setting/", page.form(), **more).status == 303
    assert set(state.changed()) <= {"setting"}
    names = set(db.session.scalars(sa.select(next(iter(Setting.__table__.primary_key)))))
    assert not names & set(more)


# Steps


class Twins:
    """Two documents alike: with the one a step is taken as its dialog asks, with the other more is sent."""

    def __init__(self, at: Any) -> None:
        self.at = at
        self.people: dict[str, Browser] = {}
        self.taken: set[tuple[type[Any], str]] = set()

    def take(self, login: str, model: type[Any], pair: tuple[int, int], action: str, **dialog: Any) -> None:
        if login not in self.people:
            self.people[login] = self.at(login)
        browser, base = self.people[login], VIEWS[model].route_base
        for key, is_more in zip(pair, (False, True), strict=True):
            path = f"{base}/action/{key}/{action}"
            page = browser.open(f"{base}/show/{key}")
            form = [("csrf_token", page.typed("csrf_token", "/logout/"))]
            declared = {*dialog, "csrf_token"}
            step = WORKFLOWS[model].steps[action]
            declared |= set(step.form().fields) if step.form else set()
            more = extras(model, declared) if is_more else {}
            answer = sent(browser, path, form, {**dialog, **more})
            told = re.sub(r"<[^>]+>|\s+", " ", answer.text.split('role="alert"', 1)[-1])[:300]
            assert answer.status == 303, (action, key, answer.status, told)
        self.taken.add((model, action))
        plain, beside = (self._told(model, key) for key in pair)
        assert beside == plain, action

    def _told(self, model: type[Any], key: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        but = OWN | {"order_id", "issue_id"}
        row = db.session.get_one(model, key)
        lines = []
        for described in fields_of(model).values():
            if described.kind.is_lines and described.target is not None:
                keys = sorted(line.id for line in getattr(row, described.name))
                foreign = {c.key for c in described.target.__table__.columns if c.foreign_keys} - {"product_id"}
                lines += [columns_of(described.target, each, OWN | foreign) for each in keys]
        return columns_of(model, key, but), lines


def _two(model: type[Any]) -> tuple[int, int]:
    """The two newest."""
    db.session.rollback()
    last = list(db.session.scalars(sa.select(model.id).order_by(model.id.desc()).limit(2)))
    return last[1], last[0]


@pytest.mark.usefixtures("lenient")
def test_a_step_does_what_its_dialog_asks_and_no_more(at: Any, office: Any) -> None:
    """Every step of every workflow."""
    product = office.stocked("90", price="20")[0]
    article = product.id
    customer, one, other = (office.customer("lin", kind="individual", name="王同") for _n in range(3))
    orders = tuple(office.order("lin", [(product, "3")], customer=customer).id for _n in range(2))
    buyer, customers = customer.id, (one.id, other.id)
    db.session.remove()
    twins = Twins(at)
    for model, pair, path in (
        (SalesOrder, orders, "lin:submit lin:withdraw lin:submit director:reject lin:submit director:approve"),
        (SalesOrder, orders, "director:revoke lin:plan lin:submit director:approve lin:plan lin:issue"),
        (GoodsIssue, None, "keeper:cancel"), (SalesOrder, orders, "lin:issue"),
        (GoodsIssue, None, "keeper:confirm keeper:ship"), (Shipment, None, "lin:sign"),
        (SalesOrder, orders, "lin:finish lin:reopen"), (Customer, customers, "lin:mark_hot lin:unmark_hot"),
    ):  # fmt: skip
        for step in path.split():
            login, _colon, action = step.partition(":")
            dialog = {"instalments": "2", "first_on": "2026-12-01"} if action == "plan" else {}
            dialog |= {"reason": "太贵"} if action in ("reject", "stop", "void") else {}
            twins.take(login, model, pair or _two(model), action, **dialog)
    product = db.session.get_one(Product, article)
    customer = db.session.get_one(Customer, buyer)
    stopped = [office.approved("lin", [(product, "1")], customer=customer).id for _n in range(2)]
    money = [office.finance.pays(db.session.get_one(SalesOrder, orders[0]), "5").id for _n in range(2)]
    method = item_named(db.session(), "payment_method", "银行转账")
    paid = {"customer": customer, "amount": Decimal("5"), "method": method, "received_on": SIGNED}
    early = [office.finance.creates(Payment, **paid).id for _n in range(2)]
    db.session.remove()
    twins.take("finance", Payment, (early[0], early[1]), "assign", sales_order=str(orders[0]))
    twins.take("lin", SalesOrder, (stopped[0], stopped[1]), "stop", reason="没有了")
    twins.take("finance", Payment, (money[0], money[1]), "void", reason="错了")
    twins.take("lin", Customer, (customers[0], customers[1]), "share", roles=["technical"])
    every = {(model, action) for model, workflow in WORKFLOWS.items() for action in workflow.steps}
    assert every - twins.taken == {(StockInit, "reverse")}, "a warehouse opens once, so it has no twin"
