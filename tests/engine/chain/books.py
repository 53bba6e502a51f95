"""A firm with rows in every table that is only ever added to, and its database's owner, who may do anything to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.core.appbuilder import Model
from app.core.chain.checking import ChainCheck
from app.core.chain.memory import ChainMemory
from app.core.chain.rows import chained_tables
from app.core.chain.sealing import seal_new_rows
from app.core.chain.seals import ChainHead, Seal
from app.core.db import append_only
from app.core.db.base import db


def business(office: Any) -> None:
    """Goods came in, went out and were paid, in two instalments."""
    (product,) = office.stocked("50")
    order = office.approved("lin", [(product, "4")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.shipped(order)
    office.finance.pays(order, "15")
    office.finance.pays(order, "5")
    db.session.commit()
    db.session.remove()


def more_business(office: Any) -> None:
    office.customer("lin")
    db.session.commit()
    db.session.remove()


def seal_all(memory: ChainMemory) -> list[Seal]:
    """Seal what is committed; returns the seals that were made."""
    made = []
    while (seal := seal_new_rows(db.engine, memory)) is not None:
        made.append(seal)
    return made


def table_of(name: str) -> sa.Table:
    return Model.metadata.tables[name]


def keys_of(connection: sa.Connection, name: str) -> list[int]:
    return list(connection.scalars(sa.select(table_of(name).c.id).order_by(table_of(name).c.id)))


@contextmanager
def owner() -> Iterator[sa.Connection]:
    """The database's owner at work: no trigger stops them, no reference is looked at, the triggers are back at the end.

    What they did is taken back afterwards.
    """
    with db.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        if connection.dialect.name == "sqlite":  # it can be said between transactions only
            driver.execute("PRAGMA foreign_keys=OFF")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        append_only.remove(connection, append_only.append_only_tables())
        yield connection
        connection.rollback()
        if connection.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def taken_back(connection: sa.Connection) -> Iterator[None]:
    """What is done meanwhile is undone."""
    with connection.begin_nested() as undone:
        yield
        undone.rollback()


def told(connection: sa.Connection, heads: Sequence[ChainHead] = (), since: ChainHead | None = None) -> list[str]:
    """What `crm verify` says of the chain."""
    return list(ChainCheck(heads, since).mismatches(connection))


def names_row(lines: list[str], table: str, key: int) -> bool:
    """Whether a line names a row, alone or among the rows of a run."""
    for line in lines:
        if line.startswith(f"{table} ") and ":" in line:
            for part in line.removeprefix(f"{table} ").partition(":")[0].split(","):
                first, _dash, last = part.partition("-")
                if first.isdigit() and int(first) <= key <= int(last or first):
                    return True
    return False


def other_value(column: sa.Column[Any], value: Any) -> Any:
    """A value of the column's type that is not the one given."""
    if isinstance(column.type, sa.Enum):
        return next(code for code in column.type.enums if code != value)
    if isinstance(column.type, sa.JSON):
        return {"planted": ["old", "new"]}
    if isinstance(value, dt.datetime | dt.date):
        return value + dt.timedelta(days=1)
    if column.type.python_type is str or isinstance(value, str):
        return "x" + str(value or "")[1:] if str(value or "")[:1] != "x" else "y"
    if column.type.python_type is bool:
        return not value
    if column.type.python_type in (dt.datetime, dt.date):
        return dt.datetime.now(dt.UTC) if column.type.python_type is dt.datetime else dt.date(2026, 1, 1)
    return (value or 0) + 1000


TABLES = chained_tables()
