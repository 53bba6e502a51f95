"""Migrations: from nothing to the models, no difference left, down and up again, triggers in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from flask_babel import force_locale
from flask_migrate import downgrade, upgrade

from app.core.appbuilder import Model
from app.core.db import append_only
from app.core.db.base import db
from app.core.search import index as search
from app.models.customers.customer import Contact
from app.models.sales.sales_order import SalesOrder
from app.models.stock.stock import StockKind, Warehouse
from app.models.system.approval_rule import ApprovalRule
from app.models.system.setting import DictionaryItem, Setting
from app.security.approvals.deciding import approvers_of
from app.security.dictionaries import default_item
from migrations.codes import change_codes


def differences_from_models() -> list[Any]:
    """What Alembic would still change."""
    with db.engine.connect() as connection:
        options = {"compare_type": True, "include_name": _is_of_the_models}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Model.metadata))


def _is_of_the_models(name: str | None, kind: str, _parents: Any) -> bool:
    return not (kind == "table" and search.is_index_table(name))


def test_the_migrations_build_exactly_the_models(app: Flask) -> None:
    """The template of every test was built by migration alone; nothing differs from the mapped tables."""
    with app.app_context():
        assert differences_from_models() == []


Checks = dict[str, str]


def _checks(connection: sa.Connection, schema: str | None = None) -> Checks:
    """Table and name of every CHECK, and what it asks, as the database itself words it."""
    inspector = sa.inspect(connection)
    return {
        f"{table}.{check['name']}": " ".join(check["sqltext"].split())
        for table in inspector.get_table_names(schema)
        for check in inspector.get_check_constraints(table, schema)
    }


def _checks_of_the_models() -> Checks:
    """The same of tables that are made from the models, without migrations, on the same kind of database."""
    if db.engine.dialect.name == "sqlite":
        with sa.create_engine("sqlite://").connect() as empty:
            Model.metadata.create_all(empty)
            return _checks(empty)
    with db.engine.connect().execution_options(schema_translate_map={None: "models"}) as connection:
        connection.execute(sa.text("CREATE SCHEMA models"))
        Model.metadata.create_all(connection)
        found = _checks(connection, "models")
        connection.rollback()
    return found


def test_the_migrations_check_what_the_models_check(app: Flask) -> None:
    """Alembic compares no CHECK: a new code of an enum would be refused by the database at its first row."""
    with app.app_context():
        wanted = _checks_of_the_models()
        with db.engine.connect() as connection:
            found = _checks(connection)
    assert found == wanted, "write a migration: migrations/codes.py changes the codes of an enum"
    enums = [
        f"{table.name}.ck_{table.name}_{column.type.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]
    assert len(enums) > 10
    assert set(enums) <= set(found), "every column of codes has its CHECK"


@contextmanager
def _migrating() -> Iterator[sa.Connection]:
    """A connection on which the operations of a migration work, as in migrations/env.py."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        with Operations.context(MigrationContext.configure(connection)):
            yield connection
        connection.rollback()


def _schema_but_triggers(connection: sa.Connection) -> Any:
    inspector = sa.inspect(connection)
    table = "stock_ledger_entry"
    made = "SELECT sql FROM sqlite_master WHERE name = 'stock_ledger_entry'"
    return (
        connection.dialect.name == "sqlite" and "AUTOINCREMENT" in connection.execute(sa.text(made)).scalar_one(),
        inspector.get_columns(table),
        sorted(str(index) for index in inspector.get_indexes(table)),
        sorted(str(key) for key in inspector.get_foreign_keys(table)),
        sorted(str(key) for key in inspector.get_unique_constraints(table)),
        {name: text for name, text in _checks(connection).items() if name != f"{table}.ck_{table}_kind"},
    )


def test_a_migration_lets_a_ledger_hold_one_more_code(office: Any) -> None:
    """What was there before stays: rows, indexes, foreign keys and the other constraints."""
    office.stocked("5")
    db.session.remove()
    counted = sa.text("SELECT count(*) FROM stock_ledger_entry WHERE kind = :code")
    with _migrating() as connection:
        before = str(_schema_but_triggers(connection))
        change_codes("stock_ledger_entry", "kind", "kind", [*StockKind, "found"])
        assert str(_schema_but_triggers(connection)) == before
        assert connection.execute(counted, {"code": "opening"}).scalar() == 1
        kind = _checks(connection)["stock_ledger_entry.ck_stock_ledger_entry_kind"]
        assert all(f"'{code}'" in kind for code in (*StockKind, "found"))
        with pytest.raises(sa.exc.IntegrityError):  # the row of the opening stock holds a code that is left out
            change_codes("stock_ledger_entry", "kind", "kind", ["found"])


def test_a_migration_renames_a_code_in_its_rows_unless_they_are_of_a_ledger(office: Any) -> None:
    office.customer("lin")
    office.stocked("5")
    db.session.remove()
    kinds = sa.text("SELECT kind FROM customer")
    with _migrating() as connection:
        change_codes("customer", "kind", "kind", ["firm", "individual"], {"company": "firm"})
        assert connection.execute(kinds).scalars().all() == ["firm"]
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.text("UPDATE customer SET kind = 'company'"))
    with _migrating() as connection, pytest.raises(sa.exc.IntegrityError, match="append-only"):
        change_codes("stock_ledger_entry", "kind", "kind", ["first"], {"opening": "first"})


def test_the_last_migration_goes_down_and_up_again_with_its_triggers(app: Flask) -> None:
    """What was taken back is the same when it returns, append-only triggers included."""
    with app.app_context(), force_locale("zh"):
        db.session.remove()
        downgrade()
        upgrade()
        assert differences_from_models() == []
        with db.engine.connect() as connection:
            assert list(append_only.faults(connection)) == []


BEFORE_APPROVAL_RULES = "20261130_1608_3a2c"


@pytest.mark.parametrize("chosen", ["boss", "superior", None])
def test_who_approved_orders_by_a_setting_approves_them_by_a_rule(office: Any, chosen: str | None) -> None:
    """The firm decides as before, there and back; documents know their lowest discount."""
    product, free = office.product(price="7"), office.product(price="0")
    lines = ([(product, "1", "6.9993"), (product, "2", "9")], [(product, "1", "7")], [(free, "1", "5")])
    orders = [office.order("lin", each) for each in lines]
    wanted, first = {order.id: order.lowest_discount for order in orders}, orders[0].id
    office.lin.fires("submit", orders[0])
    with force_locale("zh"):
        db.session.remove()
        downgrade(revision=BEFORE_APPROVAL_RULES)
        if chosen is not None:
            # Not through the session, whose log is that of the schema of today.
            db.session.execute(sa.insert(Setting.__table__).values(key="sales_order_approver", value=chosen))
            db.session.commit()
        for _twice in range(2):
            db.session.remove()
            upgrade()
            assert differences_from_models() == []
            found = {order.id: order.lowest_discount for order in db.session.scalars(sa.select(SalesOrder))}
            assert found == wanted
            assert list(wanted.values()) == [Decimal("0.9999"), Decimal(1), None]
            order = db.session.get_one(SalesOrder, first)
            assert (approvers_of(db.session(), order) == ["总经理"]) == (chosen == "boss")
            assert len(db.session.scalars(sa.select(ApprovalRule)).all()) == (chosen == "boss")
            keys = db.session.scalars(sa.select(Setting.key)).all()
            assert "sales_order_approver" not in keys
            db.session.remove()
            downgrade(revision=BEFORE_APPROVAL_RULES)
        upgrade()
    assert office.mismatches() == []


def test_no_key_is_used_twice(app: Flask) -> None:
    """Log and attachments know a record by its key. PostgreSQL counts on by itself; SQLite does when it is told to."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            found = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            tables = {row.name: row.sql for row in db.session.execute(found)}
            with_key = [t.name for t in Model.metadata.tables.values() if [c.name for c in t.primary_key] == ["id"]]
            assert len(with_key) > 20
            assert [name for name in with_key if "AUTOINCREMENT" not in tables[name]] == []
        keys = []
        for _twice in range(2):
            warehouse = Warehouse(code="GONE", name="就要没了")
            db.session.add(warehouse)
            db.session.flush()
            keys.append(warehouse.id)
            db.session.delete(warehouse)
            db.session.flush()
        db.session.rollback()
        assert keys[0] < keys[1]


def test_every_foreign_key_has_an_index() -> None:
    """A join or a refused deletion never scans a table of ours."""
    bare = []
    for table in Model.metadata.tables.values():
        if table.name.startswith("ab_") and table.name != "ab_user":
            continue
        leading = {next(iter(index.columns)).name for index in table.indexes}
        leading |= {
            next(iter(c.columns)).name
            for c in table.constraints
            if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint) and len(c.columns)
        }
        bare += [
            f"{table.name}.{column.name}"
            for column in table.columns
            if column.foreign_keys and column.name not in leading and not _of_the_framework(table.name, column.name)
        ]
    assert bare == [], f"give these columns an index: {bare}"


def _of_the_framework(table: str, column: str) -> bool:
    return table == "ab_user" and column.endswith("_fk")


def test_every_constraint_of_ours_has_a_name() -> None:
    """SQLite and Alembic can only change what has a name; a refusal is told by it."""
    nameless = [
        f"{table.name}: {type(constraint).__name__}"
        for table in Model.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert nameless == []


BEFORE_ONE_DEFAULT_EACH = "20261130_2240_b1a9"


def test_of_several_defaults_the_one_that_was_taken_stays(office: Any) -> None:
    """fault F7: a firm that has four defaults has one after the upgrade, the one its forms began with so far."""
    first = default_item(db.session(), "unit")
    assert first is not None
    customer = office.customer("lin")
    contacts = [office.contact(customer).id for _n in range(2)]
    kept, main = first.id, office.warehouse().id
    with force_locale("zh"):
        db.session.remove()
        downgrade(revision=BEFORE_ONE_DEFAULT_EACH)
        for model, mark in ((DictionaryItem, "is_default"), (Warehouse, "is_main"), (Contact, "is_primary")):
            db.session.execute(sa.update(model.__table__).values({mark: True}))
        db.session.commit()
        db.session.remove()
        upgrade()
    marked = {
        DictionaryItem: sa.select(DictionaryItem.id).where(
            DictionaryItem.is_default, DictionaryItem.dictionary == "unit"
        ),
        Warehouse: sa.select(Warehouse.id).where(Warehouse.is_main),
        Contact: sa.select(Contact.id).where(Contact.is_primary),
    }
    assert {model: db.session.scalars(query).all() for model, query in marked.items()} == {
        DictionaryItem: [kept], Warehouse: [main], Contact: contacts[:1],
    }  # fmt: skip
    assert office.mismatches() == []
