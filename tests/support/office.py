"""The cast and verbs of every story. The only factories of the tests.

order = office.order("lin", [(pump, "2")])
office.lin.fires("submit", order)
with refused("not_allowed"):
    office.lin.fires("approve", order)
"""

from __future__ import annotations

import contextvars
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, has_app_context
from flask import session as browser_session
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from flask_login import login_user
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import Role
from app.core.db.base import db, model_name
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import AppError
from app.core.flow.workflow import WORKFLOWS
from app.core.ledger.verify import mismatches
from app.core.record.audit import AuditEntry, act_as
from app.core.record.entry import ENTRIES
from app.core.record.schemas import load
from app.models.customers.customer import Contact, Customer
from app.models.money.payment import Payment, PaymentPlan
from app.models.products.product import Product, ProductCategory
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, Shipment
from app.models.stock.stock import StockBalance, Warehouse
from app.models.system.approval_rule import ApprovalRule, DecidedBy
from app.models.system.user import AppUser
from app.screens.web.auth import opened_session
from app.security.accounts import sessions
from app.security.accounts.people import actor_named, user_named
from app.security.dictionaries import item_named
from app.workflows.stock.stock import post_opening_stock

D = Decimal
SIGNED = dt.date(2026, 11, 2)


@contextmanager
def refused(code: str) -> Iterator[Any]:
    """The block is refused with this code, alone or among several reasons."""
    with pytest.raises(AppError) as caught:
        yield caught
    codes = {reason.code for reason in caught.value.reasons}
    assert code in codes, f"refused with {codes}, not {code}"


class Person:
    """One of the cast, acting through the same entries and workflows as pages and REST do."""

    def __init__(self, office: Office, login: str) -> None:
        self.office = office
        self.login = login

    @property
    def actor(self) -> Actor:
        return actor_named(db.session(), self.login)

    def does(self, work: Callable[[Any, Actor], Any]) -> Any:
        session = db.session()

        def acted() -> Any:
            actor = self.actor
            act_as(session, actor)
            return work(session, actor)

        return in_unit_of_work(session, acted)

    def creates(self, model: type[Any], /, **values: Any) -> Any:
        return self.does(lambda session, actor: ENTRIES[model].create(session, values, actor))

    def changes(self, row: Any, version: int | None = None, /, **values: Any) -> Any:
        return self.does(lambda session, actor: ENTRIES[type(row)].change(session, row, values, actor, version))

    def deletes(self, row: Any) -> None:
        self.does(lambda session, actor: ENTRIES[type(row)].delete(session, row, actor))

    def fires(self, action: str, document: Any, **form: Any) -> Any:
        """Take a step; returns the first document it made, if any."""
        workflow = WORKFLOWS[type(document)]

        def work(session: Any, actor: Actor) -> Any:
            cleaned = load(workflow.step(action).form, form) if workflow.step(action).form else {}
            move = workflow.fire(session, document, action, actor, cleaned)
            return move.created[0] if move.created else None

        return self.does(work)

    def pays(self, order: SalesOrder, amount: str, **values: Any) -> Payment:
        method = item_named(db.session(), "payment_method", "银行转账")
        values.setdefault("received_on", SIGNED)
        return self.creates(
            Payment, customer=order.customer, sales_order=order, amount=D(amount), method=method, **values
        )


class Office:
    """The firm of one test.

    made  numbers of products and names of customers begin behind it: the furnished firm has some already
    """

    def __init__(self, made: int = 0) -> None:
        self.made = made

    def __getattr__(self, login: str) -> Person:
        return self.person(login)

    def person(self, login: str) -> Person:
        return Person(self, login)

    def _next(self) -> int:
        self.made += 1
        return self.made

    def warehouse(self, code: str = "MAIN") -> Warehouse:
        return db.session.scalars(sa.select(Warehouse).where(Warehouse.code == code)).one()

    def brand(self) -> ProductCategory:
        """劳保用品 → 经济级 → 田岛, made once."""
        found = db.session.scalars(sa.select(ProductCategory).where(ProductCategory.level == 3)).first()
        if found is not None:
            return found
        parent = None
        for name in ("劳保用品", "经济级", "田岛"):
            parent = self.product_manager.creates(ProductCategory, name=name, parent=parent)
        assert parent is not None
        return parent

    @property
    def product_manager(self) -> Person:
        return Person(self, "product")

    def product(self, name: str = "防尘口罩", *, price: str = "10", cost: str = "6", **values: Any) -> Product:
        """A product on sale; `unit` names one that is not the default."""
        n = self._next()
        if isinstance(values.get("unit"), str):
            values["unit"] = item_named(db.session(), "unit", values["unit"])
        return self.product_manager.creates(
            Product, number=f"T{n:04d}", name=name, model=f"M{n}", category=self.brand(), list_price=D(price),
            cost_price=D(cost), **values,
        )  # fmt: skip

    def stock(self, quantities: dict[Product, str], warehouse: str = "MAIN") -> None:
        """Opening stock by the keeper."""
        wanted = {product.id: D(quantity) for product, quantity in quantities.items()}
        place = self.warehouse(warehouse)
        self.keeper.does(lambda session, actor: post_opening_stock(session, place, wanted, actor))

    def stocked(self, *quantities: str, **values: Any) -> list[Product]:
        """Products with so much on hand in the main warehouse."""
        products = [self.product(**values) for _quantity in quantities]
        self.stock(dict(zip(products, quantities, strict=True)))
        return products

    def customer(self, owner: str = "lin", name: str | None = None, **values: Any) -> Customer:
        values.setdefault("kind", "company")
        return Person(self, owner).creates(Customer, name=name or f"北京第{self._next()}五金店", **values)

    def contact(self, customer: Customer, owner: str = "lin", **values: Any) -> Contact:
        values.setdefault("name", "王明")
        return Person(self, owner).creates(Contact, customer=customer, **values)

    def order(
        self, owner: str, lines: list[tuple[Product, str] | tuple[Product, str, str]], **values: Any
    ) -> SalesOrder:
        """A draft: (product, quantity) at list price, or (product, quantity, price)."""
        given = [
            {"product": product, "quantity": D(quantity), "unit_price": D(price[0]) if price else product.list_price}
            for product, quantity, *price in lines
        ]  # fmt: skip
        values.setdefault("subject", "补货")
        values.setdefault("signed_on", SIGNED)
        values.setdefault("latest_ship_on", SIGNED + dt.timedelta(days=30))
        values.setdefault("consignee", "王明")
        values.setdefault("consignee_phone", "13800000000")
        values.setdefault("consignee_address", "北京市通州区一号库")
        if "customer" not in values:
            values["customer"] = self.customer(owner)
        return Person(self, owner).creates(SalesOrder, lines=given, **values)

    def approved(self, owner: str, lines: list[Any], **values: Any) -> SalesOrder:
        order = self.order(owner, lines, **values)
        Person(self, owner).fires("submit", order)
        self.director.fires("approve", order)
        return order

    def rule(self, model: type[Any] = SalesOrder, *, role: str = "", people: str = "", **values: Any) -> ApprovalRule:
        """An approval rule of the administrator: a role by its code, people by their logins."""
        session, n = db.session(), self._next()
        values.setdefault("decided_by", DecidedBy.role if role else DecidedBy.people if people else DecidedBy.superior)
        if role:
            values["role"] = session.scalars(sa.select(Role).where(Role.name == role)).one()
        if people:
            values["people"] = [user_named(session, login) for login in people.split()]
        if "deputy" in values:
            values["deputy"] = user_named(session, values["deputy"])
        return self.admin.creates(ApprovalRule, name=f"规则{n}", document=model_name(model), **values)

    def issued(self, order: SalesOrder, owner: str = "lin", **form: Any) -> GoodsIssue:
        """Requested by the owner, confirmed in full by the keeper."""
        issue: GoodsIssue = Person(self, owner).fires("issue", order, **form)
        self.keeper.fires("confirm", issue)
        return issue

    def shipped(self, order: SalesOrder, owner: str = "lin") -> Shipment:
        shipment: Shipment = self.keeper.fires("ship", self.issued(order, owner))
        return shipment

    def on_hand(self, product: Product, warehouse: str = "MAIN") -> Decimal:
        return self._balance(product, warehouse)[0]

    def reserved(self, product: Product, warehouse: str = "MAIN") -> Decimal:
        return self._balance(product, warehouse)[1]

    def _balance(self, product: Product, warehouse: str) -> tuple[Decimal, Decimal]:
        query = sa.select(StockBalance.on_hand, StockBalance.reserved).where(
            StockBalance.product_id == product.id, StockBalance.warehouse_id == self.warehouse(warehouse).id
        )
        row = db.session.execute(query).first()
        return (row[0], row[1]) if row else (D(0), D(0))

    def plans(self, order: SalesOrder) -> list[PaymentPlan]:
        query = sa.select(PaymentPlan).where(PaymentPlan.sales_order_id == order.id).order_by(PaymentPlan.serial)
        return list(db.session.scalars(query))

    def history(self, record: Any) -> list[str]:
        """The acts on a record, oldest first."""
        query = sa.select(AuditEntry.action).where(
            AuditEntry.model == model_name(record), AuditEntry.record_id == record.id
        )
        return list(db.session.scalars(query.order_by(AuditEntry.id)))

    def mismatches(self) -> list[str]:
        """What `crm verify` says now."""
        db.session.rollback()
        with Session(db.engine) as session:
            return list(mismatches(session))


def signed_in(app: Flask, login: str) -> FlaskClient:
    """The browser of somebody who has signed in.

    The session is opened as the sign-in page opens it; that page and the password have tests of their own.
    """
    client = app.test_client()
    cookie = opened(app, login, lambda _user, _seal: dict(browser_session))
    with app.app_context(), client.session_transaction() as kept:
        kept.update(cookie)
    return client


def opened(app: Flask, login: str, made: Callable[[AppUser, str], Any], *, is_program: bool = False) -> Any:
    """What is made for a person and the seal of a new session, within a request of theirs."""

    def work() -> Any:
        with app.test_request_context("/login/", method="POST"):
            session = db.session()
            user = session.scalars(sa.select(AppUser).where(AppUser.username == login)).one()
            assert user.is_active, f"{login} may not sign in"
            assert not user.has_left, f"{login} has left"
            login_user(user)
            seal = in_unit_of_work(session, lambda: opened_session(user.id, is_program=is_program))
            sessions.begin_session(browser_session, seal)
            browser_session.permanent = True
            return made(user, seal)

    if has_app_context():
        db.session.rollback()  # an open transaction of the story would keep SQLite's only writer waiting
    return contextvars.Context().run(work)


def _token(user: AppUser, seal: str) -> str:
    return str(create_access_token(str(user.id), fresh=True, additional_claims={sessions.SEAL: seal}))


class Api:
    """REST calls of one person: `api.post("sales_order", {...})` → (status, body)."""

    def __init__(self, app: Flask, login: str) -> None:
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {opened(app, login, _token, is_program=True)}"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        address = path if path.startswith("/") else f"/api/v1/{path}"
        answer = self.client.open(
            address,
            method=method,
            json=body,
            headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}},
        )
        return answer.status_code, answer.get_json(silent=True)

    def get(self, path: str) -> tuple[int, Any]:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return self.call("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any) -> tuple[int, Any]:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> tuple[int, Any]:
        return self.call("DELETE", path)
