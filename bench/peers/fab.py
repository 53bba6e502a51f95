"""Flask-AppBuilder: a ModelView of orders with related lines, as delivered or with what its documentation offers.

Its own people and rights live in a schema of their own beside the firm's tables.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.fields import AJAXSelectField
from flask_appbuilder.fieldwidgets import Select2AJAXWidget
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.filters import FilterEqual
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla import models as people  # noqa: F401 - its tables
from sqlalchemy.orm import relationship

IS_TUNED = os.environ["FAB_TUNED"] == "1"
SCHEMA = "fab"
WITH_FIRM = f"-csearch_path={SCHEMA},public"

app = Flask(__name__)
app.config.update(
    SECRET_KEY="bench" * 8, SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"], WTF_CSRF_ENABLED=True,
    SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"options": WITH_FIRM}}, RATELIMIT_ENABLED=False,
    AUTH_RATE_LIMITED=False,
)  # fmt: skip
db = SQLA(app)


class Customer(Model):
    __tablename__ = "customer"
    id = sa.Column(sa.Integer, primary_key=True)
    number = sa.Column(sa.String(30))
    name = sa.Column(sa.String(120))

    def __repr__(self) -> str:
        return self.name


class Person(Model):
    __tablename__ = "bench_person"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(120))

    def __repr__(self) -> str:
        return self.name


class Product(Model):
    __tablename__ = "product"
    id = sa.Column(sa.Integer, primary_key=True)
    number = sa.Column(sa.String(30))
    name = sa.Column(sa.String(120))
    model = sa.Column(sa.String(120))

    def __repr__(self) -> str:
        return f"{self.number} {self.name}"


class Item(Model):
    __tablename__ = "dictionary_item"
    id = sa.Column(sa.Integer, primary_key=True)
    dictionary = sa.Column(sa.String(40))
    label = sa.Column(sa.String(60))

    def __repr__(self) -> str:
        return self.label


class Warehouse(Model):
    __tablename__ = "warehouse"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(60))

    def __repr__(self) -> str:
        return self.name


class Contact(Model):
    __tablename__ = "contact"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(60))

    def __repr__(self) -> str:
        return self.name


class Order(Model):
    __tablename__ = "sales_order"
    id = sa.Column(sa.Integer, primary_key=True)
    number = sa.Column(sa.String(30))
    subject = sa.Column(sa.String(120))
    customer_id = sa.Column(sa.Integer, sa.ForeignKey("customer.id"))
    owner_id = sa.Column(sa.Integer, sa.ForeignKey("bench_person.id"))
    signed_on = sa.Column(sa.Date)
    latest_ship_on = sa.Column(sa.Date)
    state = sa.Column(sa.String(30))
    status = sa.Column(sa.String(30))
    shipping_status = sa.Column(sa.String(30))
    total = sa.Column(sa.BigInteger)
    receivable = sa.Column(sa.BigInteger)
    consignee = sa.Column(sa.String(60))
    consignee_phone = sa.Column(sa.String(40))
    consignee_address = sa.Column(sa.String(200))
    remark = sa.Column(sa.Text)
    category_id = sa.Column(sa.Integer, sa.ForeignKey("dictionary_item.id"))
    settlement_id = sa.Column(sa.Integer, sa.ForeignKey("dictionary_item.id"))
    shipping_method_id = sa.Column(sa.Integer, sa.ForeignKey("dictionary_item.id"))
    warehouse_id = sa.Column(sa.Integer, sa.ForeignKey("warehouse.id"))
    contact_id = sa.Column(sa.Integer, sa.ForeignKey("contact.id"))
    customer = relationship(Customer)
    owner = relationship(Person)
    category = relationship(Item, foreign_keys=[category_id])
    settlement = relationship(Item, foreign_keys=[settlement_id])
    shipping_method = relationship(Item, foreign_keys=[shipping_method_id])
    warehouse = relationship(Warehouse)
    contact = relationship(Contact)

    def __repr__(self) -> str:
        return self.number


class Line(Model):
    __tablename__ = "sales_order_line"
    id = sa.Column(sa.Integer, primary_key=True)
    order_id = sa.Column(sa.Integer, sa.ForeignKey("sales_order.id"))
    position = sa.Column(sa.Integer)
    product_id = sa.Column(sa.Integer, sa.ForeignKey("product.id"))
    quantity = sa.Column(sa.BigInteger)
    unit_price = sa.Column(sa.BigInteger)
    amount = sa.Column(sa.BigInteger)
    order = relationship(Order, backref="lines")
    product = relationship(Product)


def remote(label: str, column: str, address: str) -> AJAXSelectField:
    """A choice that is fetched while typing instead of listed whole."""
    return AJAXSelectField(
        label, datamodel=SQLAInterface(Order), col_name=column,
        widget=Select2AJAXWidget(endpoint=f"/orderview/api/column/{address}/{column}"),
    )  # fmt: skip


class LineView(ModelView):
    datamodel = SQLAInterface(Line)
    list_columns = ["position", "product", "quantity", "unit_price", "amount"]
    if IS_TUNED:
        search_columns = ["position"]


class OrderView(ModelView):
    datamodel = SQLAInterface(Order)
    route_base = "/orderview"
    page_size = 50
    related_views = [LineView]
    list_columns = [
        "number", "customer", "subject", "total", "receivable", "state", "status", "shipping_status", "signed_on",
        "latest_ship_on", "owner",
    ]  # fmt: skip
    add_columns = edit_columns = [
        "number", "customer", "subject", "owner", "signed_on", "latest_ship_on", "category", "warehouse", "settlement",
        "contact", "consignee", "consignee_phone", "consignee_address", "shipping_method", "remark",
    ]  # fmt: skip
    add_form_query_rel_fields = edit_form_query_rel_fields = {
        name: [["dictionary", FilterEqual, of]]
        for name, of in (
            ("category", "order_category"), ("settlement", "settlement"), ("shipping_method", "shipping_method"),
        )
    }  # fmt: skip
    if IS_TUNED:
        base_order = ("id", "desc")
        search_columns = ["number", "state", "owner"]
        add_form_extra_fields = edit_form_extra_fields = {
            "customer": remote("Customer", "customer", "add"), "owner": remote("Owner", "owner", "add"),
            "contact": remote("Contact", "contact", "add"),
        }  # fmt: skip


def make_room() -> None:
    """Flask-AppBuilder's tables in their schema; the firm's are there."""
    engine = sa.create_engine(os.environ["DATABASE_URL"], connect_args={"options": f"-csearch_path={SCHEMA}"})
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        Model.metadata.create_all(connection, [t for t in Model.metadata.sorted_tables if t.name.startswith("ab_")])
    engine.dispose()


with app.app_context():
    make_room()
    appbuilder = AppBuilder(app, db.session)
    appbuilder.add_view(OrderView, "Orders", category="Sales")
    appbuilder.add_view_no_menu(LineView)
    if appbuilder.sm.find_user("admin") is None:
        appbuilder.sm.add_user("admin", "Ad", "Min", "admin@bench.invalid", appbuilder.sm.find_role("Admin"), "bench")
