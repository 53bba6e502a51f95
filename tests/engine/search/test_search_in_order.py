"""The first rows of a search are found without all others; they are the same rows, in the same order."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.search import first_hits as found_first
from app.core.search.first_hits import FirstHits
from app.core.search.index import matches, search_terms
from app.models.customers.customer import Customer
from app.query.cursor import END, Cursor
from app.query.listing import Listing, Sort
from tests.support.statements import counted

QUERIES = ("恒通", "恒", "恒通五金", "htwj", "恒通 苏州", "恒 通", "没有", "15", "5")


@pytest.fixture(params=["rare", "frequent"])
def customers(office: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Found ones and others in turn, of several people; as if they were few, and as if they were many."""
    if request.param == "frequent":
        monkeypatch.setattr(found_first, "RARE", 2)
        monkeypatch.setattr(found_first, "SPAN", 4)
        monkeypatch.setattr(found_first, "OFTEN", 1)
    names = ("苏州恒通五金", "杭州泰达机电", "恒远通达五金")
    found = [
        office.customer(("lin", "zhou", "xu")[n % 3 if n > 20 else 0], name=f"{names[n % 3]}{n}店").id
        for n in range(30)
    ]
    return [*found, office.customer("lin", name="恒通五金总店").id]


def listed(query: str, actor: Any, cursor: Cursor | None = None, size: int = 5, **by: Any) -> tuple[list[int], bool]:
    listing = Listing(Customer)
    listing.search((), query)
    listing.conditions += [getattr(Customer, name) == value for name, value in by.items()]
    listing.add("name")
    rows, more = listing.page(db.session(), actor, sort=Sort(), cursor=cursor, size=size)
    return [row[0] for row in rows], more


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("login", ["boss", "lin"])
def test_pages_of_a_search_are_what_the_whole_search_finds(
    query: str, login: str, customers: list[int], office: Any
) -> None:
    """Page by page to the end and back again."""
    actor = office.person(login).actor
    seen = Customer.owner_id.in_([actor.user_id]) if login == "lin" else sa.true()
    statement = sa.select(Customer.id).where(matches(Customer, query), seen).order_by(Customer.id.desc())
    wanted = list(db.session.scalars(statement))
    forth: list[int] = []
    cursor, more = None, True
    while more:
        page, more = listed(query, actor, cursor)
        forth += page
        cursor = Cursor(page[-1], page[-1]) if page else None
    assert forth == wanted
    assert listed(query, actor, END) == (wanted[-5:], len(wanted) > 5)
    if len(wanted) > 7:
        assert listed(query, actor, Cursor(wanted[7], wanted[7], backwards=True)) == (wanted[2:7], True)


def test_a_search_with_other_conditions_finds_what_lies_deep(customers: list[int], office: Any) -> None:
    """The first fifty of the index do not meet them, nor the next four hundred: then everything is asked."""
    actor = office.person("boss").actor
    assert listed("恒", actor, size=1, name="苏州恒通五金0店") == (customers[:1], False)
    assert listed("恒", actor, size=1, name="没有") == ([], False)


def test_a_count_of_a_search_is_exact_below_its_limit(customers: list[int], office: Any) -> None:
    for login in ("boss", "lin"):
        actor = office.person(login).actor
        listing = Listing(Customer)
        listing.search((), "恒")
        assert listing.count(db.session(), actor) == listing.count(db.session(), actor, exactly=True) > 5


def test_keys_are_found_from_either_end(customers: list[int], office: Any) -> None:
    found = FirstHits(db.session(), Customer, search_terms(Customer, "恒"))
    assert found.first_keys(2) == [customers[-1], customers[-2]]
    assert found.first_keys(2, falling=False, beyond=customers[0]) == [customers[2], customers[3]]
    assert found.first_keys(9, beyond=customers[0]) == []


@pytest.mark.parametrize(
    ("rare", "often", "statements"),
    [(5000, 50, 2), (2, 50, 3), (5000, 1, 2)],
    ids=["few: glance, index", "many: glance, index, one span", "nearly all: glance, one span"],
)
def test_a_search_asks_no_more_than_it_needs(
    rare: int, often: int, statements: int, office: Any, customers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found_first, "SPAN", 8)
    monkeypatch.setattr(found_first, "RARE", rare)
    monkeypatch.setattr(found_first, "OFTEN", often)
    found = FirstHits(db.session(), Customer, search_terms(Customer, "泰达"))
    with counted() as sent:
        assert len(found.first_keys(2)) == 2
    assert len(sent) == statements
    with counted() as sent:
        assert found.count(5) == 5
    assert bool(sent) is (found.keys is None), "keys that are known are counted without asking"
