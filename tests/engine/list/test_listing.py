"""The list engine: cursors give every row once in every order there is, and cost the same at any depth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.actor import Actor
from app.core.db.base import db
from app.models.customers.customer import Customer
from app.query.cursor import END, Cursor
from app.query.listing import Listing, Sort
from app.rest.resources import resources
from app.rest.schema import Resource

SIZE = 10
MANY = 3000


def listing_of(resource: Resource) -> Listing:
    return Listing(resource.model, resource.beside, zeros=True)


def orders_of(resource: Resource) -> Iterator[Sort]:
    """Every order that the list of a resource can be asked for."""
    listing = listing_of(resource)
    for member in resource.members.values():
        if member.is_sortable:
            yield Sort(listing.path_of(member.field), descending=True)
            yield Sort(listing.path_of(member.field), descending=False)


def page(
    resource: Resource, actor: Actor, sort: Sort, size: int, cursor: Cursor | None = None, skip: int = 0
) -> tuple[list[int], bool, list[Cursor]]:
    """Keys of a page, whether there are more, and cursors at its first and last row as they come out of an address."""
    listing = listing_of(resource)
    rows, more = listing.page(db.session(), actor, sort=sort, cursor=cursor, size=size, skip=skip)
    ends = []
    for row, backwards in ((rows[0], True), (rows[-1], False)) if rows else ():
        read = listing.read_cursor(listing.cursor_of(row).text(sort.name), sort, backwards=backwards)
        assert read == listing.cursor_of(row, backwards=backwards)
        ends.append(read)
    return [row[0] for row in rows], more, ends


@pytest.fixture
def world(office: Any) -> Any:
    """Several rows of most models: equal values, missing ones and zeros are among them."""
    products = office.stocked("100", "200", "100")
    for number in range(6):
        owner = ("lin", "xu")[number % 2]
        customer = office.customer(owner, city=("上海", None, "苏州")[number % 3])
        office.contact(customer, owner)
        if number > 3:
            continue
        order = office.approved(owner, [(products[number % 3], "5")], customer=customer)
        office.person(owner).fires("plan", order, instalments=2, first_on="2026-12-01")
        if number % 2:
            office.shipped(order, owner)
            office.finance.pays(order, "10")
        else:
            office.issued(order, owner)
    return office


@pytest.mark.parametrize("login", ["boss", "lin"])
def test_every_order_gives_every_row_once_forth_and_back(world: Any, login: str) -> None:
    """The boss sees all rows, the salesperson in several ways; pages by cursor are those by number."""
    actor = world.person(login).actor
    followed = 0
    for resource in resources():
        for sort in orders_of(resource):
            whole, _more, _ends = page(resource, actor, sort, 200)
            size = max(1, len(whole) // 2)
            forth, more, ends = page(resource, actor, sort, size)
            while more:
                found, more, ends = page(resource, actor, sort, size, ends[-1])
                forth += found
            assert forth == whole, (resource.name, sort)
            last, more, ends = page(resource, actor, sort, size, END)
            assert last == whole[-size:], (resource.name, sort)
            if more:
                before, _more, _ends = page(resource, actor, sort, size, ends[0])
                assert before == whole[:-size][-size:], (resource.name, sort)
                by_number, _more, _ends = page(resource, actor, sort, size, skip=size)
                assert by_number == whole[size : 2 * size], (resource.name, sort)
                followed += 1
    assert followed > 100


@pytest.fixture
def many(office: Any) -> Actor:
    """Thousands of customers of two people; the boss, who sees them all."""
    first = office.customer("lin", city="上海", phone="021-1")
    columns = [column.key for column in Customer.__table__.c if column.key != "id"]
    values = db.session.execute(sa.select(Customer.__table__).where(Customer.id == first.id)).mappings().one()
    owners = (office.lin.actor.user_id, office.xu.actor.user_id)
    rows = [
        {
            **{name: values[name] for name in columns}, "number": f"X{n:05}", "name": f"店{n:05}",
            "name_key": f"店{n:05}", "tax_number": f"T{n:05}", "owner_id": owners[n % 2],
            "city": (None, "上海", "苏州")[n % 3],
        }
        for n in range(MANY)
    ]  # fmt: skip
    db.session.execute(sa.insert(Customer.__table__), rows)
    db.session.commit()
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()
    actor: Actor = office.boss.actor
    return actor


@contextmanager
def work() -> Iterator[list[int]]:
    """What the database does for the statements of the block: steps of SQLite's machine, rows that PostgreSQL reads."""
    done = [0]
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.driver_connection

        def step() -> None:
            done[0] += 1

        raw.set_progress_handler(step, 1)
        try:
            yield done
        finally:
            raw.set_progress_handler(None, 1)
        return
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield done
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    for statement, parameters in sent:
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
        done[0] += rows_read((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def rows_read(node: dict[str, Any]) -> int:
    """Rows that the scans of a plan have looked at, those that were thrown away included."""
    own = 0
    if "Scan" in node["Node Type"]:
        thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        own = round((node["Actual Rows"] + thrown) * node["Actual Loops"])
    return own + sum(rows_read(part) for part in node.get("Plans", ()))


def cost(resource: Resource, actor: Actor, sort: Sort, cursor: Cursor | None) -> int:
    page(resource, actor, sort, SIZE, cursor)  # what is kept between requests is there
    with work() as done:
        page(resource, actor, sort, SIZE, cursor)
    return done[0]


def test_a_page_costs_the_same_at_any_depth_in_every_order(many: Actor) -> None:
    """Behind a cursor nothing in front of it is read; without an index every page costs one look at all rows."""
    resource = next(each for each in resources() if each.model is Customer)
    wrong = []
    for sort in orders_of(resource):
        ends = page(resource, many, sort, SIZE, skip=MANY // 10)[2]
        early = cost(resource, many, sort, ends[-1])
        ends = page(resource, many, sort, SIZE, skip=MANY * 9 // 10)[2]
        deep = cost(resource, many, sort, ends[-1])
        if deep > 1.5 * early + 500:
            wrong.append(f"{sort.name}: {early} near the beginning, {deep} near the end")
    assert wrong == []


@pytest.mark.parametrize("path", ["id", "number", "tax_number", "owner"])
@pytest.mark.parametrize("descending", [True, False])
def test_an_order_with_an_index_reads_little_more_than_the_page(many: Actor, path: str, descending: bool) -> None:
    resource = next(each for each in resources() if each.model is Customer)
    sort = Sort(path, descending)
    ends = page(resource, many, sort, SIZE, skip=MANY * 9 // 10)[2]
    unindexed = cost(resource, many, Sort("city", descending), None)
    assert cost(resource, many, sort, ends[-1]) < unindexed / 4


def test_no_page_behind_a_cursor_counts_rows_off(many: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(db.session(), "execute", lambda statement: sent.append(str(statement)) or [])
    resource = next(each for each in resources() if each.model is Customer)
    for sort in (Sort("id"), Sort("number"), Sort("city"), Sort("balance.receivable")):
        listing_of(resource).page(db.session(), many, sort=sort, size=SIZE, cursor=Cursor("0", 1))
    assert len(sent) == 4
    assert not [statement for statement in sent if "OFFSET" in statement]
