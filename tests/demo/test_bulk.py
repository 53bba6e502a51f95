"""`crm bulk`: a made-up firm that nothing tells from one people have worked in. design.md §7; quality R1."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.appbuilder import Model
from app.core.chain.rows import DIGEST
from app.core.clock import at_moment
from app.core.db.base import db
from app.core.money import line_amount, tax_in
from app.core.search.index import INDEX, matches, rebuild, text_of
from app.demo.bulk import bulk
from app.demo.bulk.parts.figures import amount_of, parts_of, tax_of
from app.demo.bulk.parts.words import Names, contact_number
from app.models.customers.customer import Contact, Customer
from app.models.document import ApprovalState
from app.models.money.payment import (
    CustomerBalance,
    Payment,
    PaymentAllocation,
    PaymentPlan,
    ReceivableLedgerEntry,
)
from app.models.products.product import Product
from app.models.sales.sales_order import OrderStatus, SalesOrder, SalesOrderLine, ShippingStatus
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueLine, Shipment, ShipmentLine
from app.models.stock.stock import StockBalance, StockLedgerEntry
from app.models.system.user import AppUser
from app.workflows.money.payment_plan import instalments_of
from tests.support.pages import Browser

ORDERS = 200
TODAY = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)  # what has not come yet by now depends on the day
REFUSED = (sqlite3.Error, psycopg.Error, sa.exc.DBAPIError)
NOT_OURS = ("ab_", "alembic", "chain_seal")


def _build(orders: int = ORDERS, seed: int = 2) -> list[str]:
    said: list[str] = []
    with at_moment(TODAY):
        bulk.build_bulk(orders, seed, yes=False, echo=said.append)
    return said


@pytest.fixture
def large(office: Any) -> Any:
    """The office after three years."""
    _build()
    return office


def _schema() -> list[tuple[Any, ...]]:
    """Every index, constraint and trigger, asked in another way than the builder asks."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = "SELECT type, tbl_name, name, sql FROM sqlite_master"
        else:
            query = (
                "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
                "SELECT 'constraint', conrelid::regclass::text, conname, "
                "concat(contype, convalidated, pg_get_constraintdef(oid)) FROM pg_constraint UNION ALL "
                "SELECT 'trigger', tgrelid::regclass::text, tgname, concat(tgenabled, pg_get_triggerdef(oid)) "
                "FROM pg_trigger WHERE NOT tgisinternal"
            )
        return sorted(tuple(str(value) for value in row) for row in connection.exec_driver_sql(query))


def _everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of ours but the people; without digests, which hold bytes of chance, and their seals."""
    with db.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(*_told(table)))), key=str)
            for table in Model.metadata.sorted_tables
            if not table.name.startswith(NOT_OURS)
        }


def _told(table: sa.Table) -> list[Any]:
    return [column for column in table.columns if column.name != DIGEST]


def _of(kind: ApprovalState, *conditions: Any) -> SalesOrder:
    found = db.session.scalars(sa.select(SalesOrder).where(SalesOrder.state == kind, *conditions)).first()
    assert found is not None, "the firm has no such order"
    return found


def test_a_bulk_firm_adds_up_and_its_schema_is_as_it_was(office: Any) -> None:
    before = _schema()
    said = _build()
    assert "done: 200 orders" in said[-1]
    assert office.mismatches() == []
    assert _schema() == before
    counted = {
        model: db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (SalesOrder, Customer)
    }
    assert counted == {SalesOrder: ORDERS, Customer: ORDERS}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SalesOrderLine)) == 5 * ORDERS
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Product)) == 1000


def test_its_states_are_mixed_and_most_orders_have_ended(large: Any) -> None:
    states = dict(db.session.execute(sa.select(SalesOrder.state, sa.func.count()).group_by(SalesOrder.state)).all())
    assert set(states) == set(ApprovalState)
    statuses = dict(db.session.execute(sa.select(SalesOrder.status, sa.func.count()).group_by(SalesOrder.status)).all())
    assert set(statuses) == set(OrderStatus)
    assert statuses[OrderStatus.ended] > 0.8 * ORDERS
    shipping = set(db.session.scalars(sa.select(SalesOrder.shipping_status).distinct()))
    assert shipping == set(ShippingStatus)
    assert set(db.session.scalars(sa.select(PaymentPlan.status).distinct()).all()) == {
        "open",
        "partly",
        "settled",
        "dropped",
    }


def test_the_same_seed_makes_the_same_firm(app: Flask, office: Any, databases: Any) -> None:
    _build(60)
    first = _everything()
    db.session.remove()
    db.engine.dispose()
    databases.renew()
    _build(60)
    second = _everything()
    assert [name for name in first if first[name] != second[name]] == []
    db.session.remove()
    db.engine.dispose()
    databases.renew()
    _build(60, seed=3)
    assert _everything()["sales_order_line"] != first["sales_order_line"]


def test_people_go_on_where_the_made_up_years_end(large: Any) -> None:
    """Numbers, keys, stock, plans and money: nothing is taken twice."""
    office = large
    waiting = _of(ApprovalState.pending)
    assert waiting.owner.manager is not None
    office.person(waiting.owner.manager.username).fires("approve", waiting)
    office.shipped(waiting, waiting.owner.username)
    office.finance.pays(waiting, str(waiting.total))
    assert waiting.status is OrderStatus.ended

    customer = office.customer("lin")
    stocked = sa.select(StockBalance).where(StockBalance.warehouse_id == office.warehouse().id)
    product = db.session.scalars(stocked.order_by(StockBalance.on_hand.desc())).first().product
    order = office.approved("lin", [(product, "3")], customer=customer)
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    assert office.shipped(order).amount == order.total
    office.finance.pays(order, str(order.total))
    assert order.status is OrderStatus.ended

    asked = sa.select(GoodsIssue.order_id).where(GoodsIssue.state.in_(("draft", "confirmed")))
    going = _of(
        ApprovalState.approved, SalesOrder.status == OrderStatus.executing, SalesOrder.id.not_in(asked),
        SalesOrder.shipping_status.in_((ShippingStatus.not_issued, ShippingStatus.partly)),
    )  # fmt: skip
    office.shipped(going, going.owner.username)
    assert going.shipping_status is ShippingStatus.all
    assert office.mismatches() == []


def test_its_orders_are_listed_found_and_shown(large: Any, client_as: Callable[[str], Any]) -> None:
    order = _of(ApprovalState.approved, SalesOrder.status == OrderStatus.ended)
    number, key, name = order.number, order.id, order.customer.name
    product = order.lines[0].product.name
    db.session.remove()
    browser = Browser(client_as("boss"))
    assert "DD2" in browser.open("/salesorder/list/").text
    assert number in browser.open(f"/salesorder/list/?q={number}").text
    page = browser.open(f"/salesorder/show/{key}")
    assert page.status == 200
    assert all(text in page.text for text in (number, name, product))
    assert browser.open(f"/search?q={number}").location.endswith(f"/salesorder/show/{key}")
    assert name in browser.open(f"/search?q={name[:6]}").text


def test_everything_searched_stands_in_the_index_as_if_it_had_been_entered(large: Any) -> None:
    session = db.session()
    for model in (Customer, Contact, SalesOrder):
        for row in session.scalars(sa.select(model)):
            assert row.search_text == text_of(row)
            if row.id % 20 == 0:
                assert row.id in session.scalars(sa.select(model.id).where(matches(model, str(row)[:10]))).all()
    if session.get_bind().dialect.name == "postgresql":
        query = sa.text(f"SELECT id, pieces FROM {INDEX}")  # noqa: S608
        held = {key: set(pieces) for key, pieces in session.execute(query)}
        rebuild(session)
        assert {key: set(pieces) for key, pieces in session.execute(query)} == held


FILLED_BY_CHANCE = {"remark", "version"}
ALIKE = {
    SalesOrder: ("state", "status", "is_status_by_hand", "shipping_status", "receivable"),
    SalesOrderLine: ("position", "tax_rate"),
    GoodsIssue: ("state",),
    Shipment: ("state",),
    Payment: ("state", "prepayment"),
    PaymentPlan: ("serial", "status"),
    Customer: ("kind", "life_cycle", "is_class_by_hand", "is_life_cycle_by_hand", "class_id", "is_hot"),
}


def _story(order: SalesOrder) -> dict[type[Any], list[dict[str, Any]]]:
    """All rows an order has led to, by table."""
    lines = {line.id for line in order.lines}
    payments = set(db.session.scalars(sa.select(Payment.id).where(Payment.sales_order_id == order.id)))
    issues = set(db.session.scalars(sa.select(GoodsIssue.id).where(GoodsIssue.order_id == order.id)))
    conditions: dict[type[Any], Any] = {
        SalesOrder: SalesOrder.id == order.id, SalesOrderLine: SalesOrderLine.order_id == order.id,
        Customer: Customer.id == order.customer_id, Contact: Contact.customer_id == order.customer_id,
        CustomerBalance: CustomerBalance.customer_id == order.customer_id,
        GoodsIssue: GoodsIssue.order_id == order.id, GoodsIssueLine: GoodsIssueLine.issue_id.in_(issues),
        Shipment: Shipment.order_id == order.id, ShipmentLine: ShipmentLine.order_line_id.in_(lines),
        PaymentPlan: PaymentPlan.sales_order_id == order.id, Payment: Payment.id.in_(payments),
        PaymentAllocation: PaymentAllocation.payment_id.in_(payments),
        ReceivableLedgerEntry: ReceivableLedgerEntry.sales_order_id == order.id,
        StockLedgerEntry: StockLedgerEntry.document_number.in_([
            order.number, *db.session.scalars(sa.select(GoodsIssue.number).where(GoodsIssue.id.in_(issues)))
        ]),
    }  # fmt: skip
    found = {}
    for model, condition in conditions.items():
        query = sa.select(model.__table__).where(condition).order_by(model.__table__.c.id)
        found[model] = [dict(row) for row in db.session.execute(query).mappings()]
    return found


def _by_real_steps(office: Any) -> SalesOrder:
    company = "北京恒通五金工具有限公司"
    customer = office.customer(
        "lin", company, city="北京", address="一号", phone="010-1", mobile="13800000000", invoice_title=company,
        tax_number="91000000MA",
    )  # fmt: skip
    contact = office.contact(customer)
    products = office.stocked(*("50",) * 5)
    order = office.order("lin", [(product, "4") for product in products], customer=customer, contact=contact)
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    office.lin.fires("submit", order)
    office.manager.fires("approve", order)
    shipment = office.shipped(order)
    office.lin.fires("sign", shipment)
    office.finance.pays(order, str(order.total), plan=office.plans(order)[0])
    return order


def _bulk_twin() -> SalesOrder:
    """An order of the made-up firm that went the same way: one issue, one instalment, the only one of its customer."""
    once = sa.select(SalesOrder.customer_id).group_by(SalesOrder.customer_id).having(sa.func.count() == 1)
    for order in db.session.scalars(
        sa.select(SalesOrder)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(
            SalesOrder.status == OrderStatus.ended, SalesOrder.customer_id.in_(once),
            SalesOrder.contact_id.is_not(None), Customer.kind == "company",
        )
        .order_by(SalesOrder.id)
    ):  # fmt: skip
        if order.owner.manager.username != "manager":
            continue  # another one decides
        story = _story(order)
        if [len(story[m]) for m in (PaymentPlan, Payment, GoodsIssue)] == [1, 1, 1] and story[Shipment][0]["signed_on"]:
            return order
    raise AssertionError("no order like that")


def test_a_bulk_order_is_filled_as_the_steps_of_people_fill_one(app: Flask, databases: Any, office: Any) -> None:
    """The same order by real steps and made up: as many rows, every column filled that those fill, the same states."""
    real = _story(_by_real_steps(office))
    db.session.remove()
    db.engine.dispose()
    databases.renew()
    _build()
    made = _story(_bulk_twin())
    for model, rows in real.items():
        assert len(made[model]) == len(rows), model
        for row, other in zip(rows, made[model], strict=True):
            filled = {name for name, value in row.items() if value is not None} - FILLED_BY_CHANCE
            empty = {name for name in filled if other[name] is None}
            assert not empty, f"{model.__name__}: {empty}"
            assert {name: type(other[name]) for name in filled} == {name: type(row[name]) for name in filled}, model
            assert [other[name] for name in ALIKE.get(model, ())] == [row[name] for name in ALIKE.get(model, ())], model
    roles = {user.id: [role.name for role in user.roles] for user in db.session.scalars(sa.select(AppUser))}
    for model in (StockLedgerEntry, ReceivableLedgerEntry):
        told = [
            [(row["kind"], row["document_model"], roles[row["user_id"]]) for row in story[model]]
            for story in (real, made)
        ]
        assert told[0] == told[1] or model is ReceivableLedgerEntry
        assert sorted(told[0], key=str) == sorted(told[1], key=str)
    assert sum(line["tax"] for line in made[SalesOrderLine]) == made[SalesOrder][0]["tax_total"]
    line = made[SalesOrderLine][0]
    assert line["amount"] == line_amount(line["quantity"], line["unit_price"])
    assert line["tax"] == tax_in(line["amount"], line["tax_rate"])


def test_its_history_tells_the_steps_of_an_order(large: Any) -> None:
    order = _bulk_twin()
    assert large.history(order) == ["create", "plan", "submit", "approve", "issue"]
    issue = db.session.scalars(sa.select(GoodsIssue).where(GoodsIssue.order_id == order.id)).one()
    assert large.history(issue) == ["create", "confirm", "ship"]


def test_whole_units_agree_with_the_decimals_of_the_core() -> None:
    chance = random.Random(5)  # noqa: S311
    for _number in range(3000):
        quantity, price = chance.randrange(1, 10**7), chance.randrange(10**11)
        amount = line_amount(Decimal(quantity).scaleb(-3), Decimal(price).scaleb(-6))
        assert Decimal(amount_of(quantity, price)).scaleb(-2) == amount
        cents, rate = chance.randrange(10**10), chance.choice((0, 100, 300, 600, 900, 1300))
        assert Decimal(tax_of(cents, rate)).scaleb(-2) == tax_in(Decimal(cents).scaleb(-2), Decimal(rate).scaleb(-4))
        count = chance.randint(1, 6)
        parts = [Decimal(part).scaleb(-2) for part in parts_of(cents + 1000, count)]
        assert parts == instalments_of(Decimal(cents + 1000).scaleb(-2), count)


def test_no_two_companies_share_a_name_and_contacts_are_counted_without_gap() -> None:
    names = Names(3)
    known = [names.customer(k) for k in range(60_000)]
    companies = [each.name for each in known if not each.is_person]
    assert len(set(companies)) == len(companies)
    numbers = [contact_number(k) for k, each in enumerate(known) if each.contact is not None]
    assert numbers == list(range(len(numbers)))
    assert all(contact_number(k) is None for k, each in enumerate(known) if each.contact is None)


def test_a_firm_with_orders_and_production_are_refused(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    office.order("lin", [(office.product(), "1")])
    result = office_command("bulk", "--orders", "10")
    assert result.exit_code == 1
    assert "already has orders" in result.output
    monkeypatch.setitem(bulk.current_app.config, "CRM_ENV", "production")
    result = office_command("bulk", "--orders", "10")
    assert result.exit_code == 1
    assert "--yes" in result.output
    assert "already has orders" in office_command("bulk", "--orders", "10", "--yes").output


def office_command(*words: str) -> Any:
    return bulk.current_app.test_cli_runner().invoke(args=["crm", *words])


def test_a_refusal_of_the_database_leaves_the_firm_as_it_was(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it in one transaction: indexes too."""
    before, rows = _schema(), _everything()
    monkeypatch.setattr("app.demo.bulk.orders.amount_of", lambda quantity, price: -1)
    with pytest.raises(REFUSED):
        _build(20)
    monkeypatch.setattr("app.demo.bulk.orders.amount_of", lambda quantity, price: "x")
    with pytest.raises((*REFUSED, TypeError, ValueError)):
        _build(20)
    assert _schema() == before
    assert _everything() == rows
