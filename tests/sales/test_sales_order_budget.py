"""Budgets of design.md §9 as statement counts: what a step costs does not grow with the lines of its document."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.models.customers.customer import Customer
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue
from tests.support.statements import counted

# SQLite cannot return the keys of a batch in order, so there the ORM inserts lines one by one; without a network
# between them that costs little. On PostgreSQL a batch is one statement, and that is what the budgets are about.
pytestmark = pytest.mark.postgresql


def _life(office: Any, products: list[int]) -> dict[str, int]:
    """Statements of each step of an order's life, each with a session that knows nothing yet, as a request has."""
    db.session.expunge_all()
    order = _order(office, office.customer("lin"), products).id
    found: dict[str, int] = {}

    def step(name: str, model: type[Any], key: int, work: Any) -> Any:
        db.session.commit()
        db.session.expunge_all()
        with counted() as statements:
            made = work(db.session.get(model, key))
        found[name] = len(statements)
        return made.id if made is not None else None

    step("submit", SalesOrder, order, lambda row: office.lin.fires("submit", row))
    step("approve", SalesOrder, order, lambda row: office.director.fires("approve", row))
    issue = step("issue", SalesOrder, order, lambda row: office.lin.fires("issue", row))
    step("confirm", GoodsIssue, issue, lambda row: office.keeper.fires("confirm", row))
    step("ship", GoodsIssue, issue, lambda row: office.keeper.fires("ship", row))
    step("plan", SalesOrder, order, lambda row: office.lin.fires("plan", row, instalments=2, first_on="2026-12-01"))
    step("pay", SalesOrder, order, lambda row: office.finance.pays(row, str(row.total)))
    return found


def _order(office: Any, customer: Any, keys: list[int]) -> Any:
    products = db.session.scalars(sa.select(Product).where(Product.id.in_(keys))).all()
    return office.order("lin", [(product, "2") for product in products], customer=customer)


@pytest.fixture
def fifty(office: Any) -> list[int]:
    """Keys of fifty products with stock."""
    return [product.id for product in office.stocked(*["1000"] * 50)]


def test_no_step_of_an_order_costs_more_for_fifty_lines_than_for_five(office: Any, fifty: list[int]) -> None:
    """§8.7, §11.2b: a constant number of statements per step, whatever the number of lines."""
    few, many = _life(office, fifty[:5]), _life(office, fifty)
    grown = {name: (few[name], many[name]) for name in few if many[name] > few[name] + 6}
    assert grown == {}, f"these steps grow with their lines: {grown}"
    assert sum(many.values()) <= 250, many


def test_saving_an_order_of_fifty_lines_takes_few_statements(office: Any, fifty: list[int]) -> None:
    """§8.5: one insert per batch, not per line."""
    customer = office.customer("lin").id
    few = _save(office, customer, fifty[:5])
    many = _save(office, customer, fifty)
    assert many <= few + 4, (few, many)


def _save(office: Any, key: int, products: list[int]) -> int:
    db.session.commit()
    db.session.expunge_all()
    customer = db.session.get(Customer, key)
    with counted() as statements:
        _order(office, customer, products)
    return len(statements)
