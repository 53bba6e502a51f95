"""Whoever owns the database changes log and ledgers: `crm verify` names each row and each seal."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import app  # noqa: F401  # maps the models
from app.core.appbuilder import Model
from app.core.chain.memory import ChainMemory
from app.core.chain.rows import AppendOnlyRow
from app.core.chain.sealing import seal_anew
from app.core.chain.seals import TABLE, ChainHead, head_of
from app.core.clock import at_moment
from app.core.db.base import db
from tests.engine.chain.books import (
    TABLES,
    business,
    keys_of,
    more_business,
    names_row,
    other_value,
    owner,
    seal_all,
    table_of,
    taken_back,
    told,
)


@pytest.fixture
def memory(tmp_path: Path) -> ChainMemory:
    return ChainMemory(tmp_path)


@pytest.fixture
def head(office: Any, memory: ChainMemory) -> ChainHead:
    """A firm in business whose rows are sealed, with the end of its chain."""
    business(office)
    return head_of(seal_all(memory)[-1])


@pytest.fixture(params=["sealed", "not sealed yet"])
def books(request: pytest.FixtureRequest, office: Any, memory: ChainMemory) -> None:
    """A firm in business whose rows are sealed, or wait for it."""
    business(office)
    if request.param == "sealed":
        seal_all(memory)


def test_a_firm_in_business_has_rows_in_every_table_and_nothing_is_wrong(head: ChainHead) -> None:
    assert len(TABLES) >= 3
    with db.engine.connect() as connection:
        assert [name for name in TABLES if not keys_of(connection, name)] == []
        assert told(connection, [head]) == []
        connection.rollback()


def test_whatever_is_only_ever_added_is_in_the_chain() -> None:
    """fault F10: a model that declares itself append-only has digests and is sealed, without being listed anywhere."""
    declared = {mapper.class_ for mapper in Model.registry.mappers if getattr(mapper.class_, "__append_only__", False)}
    assert [model.__name__ for model in declared if not issubclass(model, AppendOnlyRow)] == []
    assert {model.__tablename__ for model in declared} == set(TABLES)
    filled = [str(c) for model in declared for c in model.__table__.columns if c.server_default is not None]
    assert filled == [], "the digest is made of what the program writes: no column is filled by the database"


def test_a_changed_value_of_any_column_is_named(books: None) -> None:
    """fault F10: each column of each table, whether its row is sealed or not yet."""
    unseen = []
    with owner() as connection:
        for table in TABLES:
            columns = table_of(table).c
            key = keys_of(connection, table)[-1]
            row = connection.execute(sa.select(table_of(table)).where(columns.id == key)).mappings().one()
            for column in (column for column in columns if column.name != "id"):
                with taken_back(connection):
                    change = sa.update(table_of(table)).where(columns.id == key)
                    connection.execute(change.values({column.name: other_value(column, row[column.name])}))
                    if not names_row(told(connection), table, key):
                        unseen.append(f"{table}.{column.name}")
        assert told(connection) == []
    assert unseen == []


def test_a_row_that_was_put_in_is_named(books: None) -> None:
    """fault F10: made up, without a digest, or copied from a true one."""
    unseen = []
    with owner() as connection:
        for table in TABLES:
            key = keys_of(connection, table)[-1]
            found = connection.execute(sa.select(table_of(table)).where(table_of(table).c.id == key))
            row = dict(found.mappings().one())
            unique = {"serial": 10_000} if "serial" in row else {}
            for planted in ({"digest": "x" * 32}, {"digest": ""}, {}):
                with taken_back(connection):
                    connection.execute(sa.insert(table_of(table)).values({**row, **unique, **planted, "id": key + 7}))
                    if not names_row(told(connection), table, key + 7):
                        unseen.append((table, planted))
    assert unseen == []


def test_a_deleted_row_is_named(head: ChainHead) -> None:
    """fault F10: any one of them, and all of the table."""
    with owner() as connection:
        for table in TABLES:
            keys = keys_of(connection, table)
            for gone in (keys[:1], keys[-1:], keys):
                with taken_back(connection):
                    connection.execute(sa.delete(table_of(table)).where(table_of(table).c.id.in_(gone)))
                    lines = told(connection)
                    assert [key for key in gone if not names_row(lines, table, key)] == []


def test_rows_that_changed_places_are_named(head: ChainHead) -> None:
    """fault F10: each is still as it was written, only the order is another."""
    with owner() as connection:
        for table in TABLES:
            columns = table_of(table).c
            one, other = keys_of(connection, table)[:2]
            with taken_back(connection):
                for old, new in ((one, -1), (other, one), (-1, other)):
                    connection.execute(sa.update(table_of(table)).where(columns.id == old).values(id=new))
                lines = told(connection)
                assert names_row(lines, table, one)
                assert names_row(lines, table, other)
                assert any("moved" in line for line in lines)


@pytest.mark.committed
def test_a_row_that_fills_a_gap_of_the_past_is_named(office: Any, memory: ChainMemory) -> None:
    """fault F10: a true row, moved to a key that was free when the rows behind it were sealed."""
    with owner() as connection:
        connection.execute(sa.delete(table_of("audit_entry")).where(table_of("audit_entry").c.id == 2))
        connection.commit()
    with at_moment(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)):
        seal_all(memory)
    for _twice in range(2):
        more_business(office)
        seal_all(memory)
    more_business(office)
    with owner() as connection:
        last = keys_of(connection, "audit_entry")[-1]
        connection.execute(sa.update(table_of("audit_entry")).where(table_of("audit_entry").c.id == last).values(id=2))
        assert "audit_entry 2: was put in among rows that had been sealed before" in told(connection)


def test_an_end_that_was_taken_away_is_seen(office: Any, memory: ChainMemory, head: ChainHead) -> None:
    """fault F10: rows with the seals that cover them are gone, what is left fits together; the head tells."""
    more_business(office)
    made = seal_all(memory)
    with owner() as connection:
        for table, part in made[-1].parts.items():
            first = int(part["rows"].partition("-")[0].partition(",")[0])
            connection.execute(sa.delete(table_of(table)).where(table_of(table).c.id >= first))
        connection.execute(sa.delete(TABLE).where(TABLE.c.number > head.number))
        assert told(connection, [head]) == []
        later = ChainHead(made[-1].number, "2026", made[-1].hash, "chain_head")
        assert told(connection, [later]) == [
            f"the chain ends at seal {head.number}, chain_head tells seal {later.number}: its end is gone"
        ]
        connection.execute(sa.delete(TABLE))
        assert "its end is gone" in told(connection, [later])[0]


def test_a_chain_made_anew_by_who_has_the_key_is_seen(memory: ChainMemory, head: ChainHead, tmp_path: Path) -> None:
    """fault F10: it fits together with rows that were changed; a head that was printed before does not."""
    with owner() as connection:
        change = sa.update(table_of("audit_entry")).values(note="rewritten", digest="")
        connection.execute(change.where(table_of("audit_entry").c.id == 1))
        connection.execute(sa.delete(TABLE))
        connection.commit()
    with db.engine.begin() as connection:
        seal_anew(connection, "")
    with db.engine.connect() as connection:
        assert told(connection) == []
        assert "the chain was made anew" in told(connection, [ChainHead(1, head.at, head.hash, "a paper")])[0]
        connection.rollback()


def test_a_changed_seal_is_named(head: ChainHead) -> None:
    """fault F10: no part of a seal can be made without the key."""
    with owner() as connection:
        row = connection.execute(sa.select(TABLE)).mappings().first()
        assert row is not None
        for column in (column for column in TABLE.c if column.name != "number"):
            with taken_back(connection):
                connection.execute(sa.update(TABLE).values({column.name: other_value(column, row[column.name])}))
                assert any(line.startswith("seal 1 was") for line in told(connection)), column.name


def test_seals_that_are_missing_or_changed_places_are_named(office: Any, memory: ChainMemory, head: ChainHead) -> None:
    """fault F10: of three seals the second is taken away, or the last two stand in each other's place."""
    for _twice in range(2):
        more_business(office)
        seal_all(memory)
    with owner() as connection:
        with taken_back(connection):
            connection.execute(sa.delete(TABLE).where(TABLE.c.number == 2))
            assert "seal 2 is missing" in told(connection)
        for old, new in ((2, -1), (3, 2), (-1, 3)):
            connection.execute(sa.update(TABLE).where(TABLE.c.number == old).values(number=new))
        lines = told(connection)
        assert {f"seal {number} was altered, or made without the key" for number in (2, 3)} <= set(lines)


def test_only_what_came_since_the_last_check_is_read(office: Any, memory: ChainMemory, head: ChainHead) -> None:
    """What was sealed before is left to the check of all; seals, and rows that came since, are read."""
    more_business(office)
    seal_all(memory)
    with owner() as connection:
        keys = keys_of(connection, "audit_entry")
        entries = table_of("audit_entry")
        assert told(connection, [], head) == []
        connection.execute(sa.update(entries).where(entries.c.id == keys[0]).values(note="x"))
        assert told(connection, [], head) == []
        assert names_row(told(connection), "audit_entry", keys[0])
        connection.execute(sa.update(entries).where(entries.c.id == keys[-1]).values(note="x"))
        assert names_row(told(connection, [], head), "audit_entry", keys[-1])
        assert not names_row(told(connection, [], head), "audit_entry", keys[0])
