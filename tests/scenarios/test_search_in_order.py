"""The first rows of a search come from the index a window at a time; they are the same rows, in the same order."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core import search
from app.core.base import db
from app.core.search import first_keys, matches, sought
from app.models import Customer
from app.reports.listing import LAST, Listing, Mark, Sort
from tests.statements import counted

QUERIES = ("恒通", "恒", "恒通五金", "htwj", "恒通 苏州", "恒 通", "没有", "15", "5")


@pytest.fixture
def customers(office: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Found ones and others in turn, of two people, over several windows of the index."""
    monkeypatch.setattr(search, "WINDOW", 4)
    names = ("苏州恒通五金", "杭州泰达机电", "恒远通达五金")
    found = [
        office.customer(("lin", "zhou", "xu")[n % 3 if n > 20 else 0], name=f"{names[n % 3]}{n}店").id
        for n in range(30)
    ]
    return [*found, office.customer("lin", name="恒通五金总店").id]


def listed(query: str, actor: Any, mark: Mark | None = None, size: int = 5, **by: Any) -> tuple[list[int], bool]:
    listing = Listing(Customer)
    listing.search((), query)
    listing.conditions += [getattr(Customer, name) == value for name, value in by.items()]
    listing.add("name")
    rows, more = listing.page(db.session(), actor, sort=Sort(), mark=mark, size=size)
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
    mark, more = None, True
    while more:
        page, more = listed(query, actor, mark)
        forth += page
        mark = Mark(page[-1], page[-1]) if page else None
    assert forth == wanted
    assert listed(query, actor, LAST) == (wanted[-5:], len(wanted) > 5)
    if len(wanted) > 7:
        assert listed(query, actor, Mark(wanted[7], wanted[7], backwards=True)) == (wanted[2:7], True)


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


def test_what_is_not_asked_for_is_not_looked_up(customers: list[int], office: Any) -> None:
    words = sought(Customer, "恒").words
    with counted() as sent:
        newest = first_keys(db.session(), Customer, words, 2, falling=True, beyond=None)
    assert newest == [customers[-1], customers[-2]]
    assert len(sent) == 2, "the largest key and one window"
    with counted() as sent:
        oldest = first_keys(db.session(), Customer, words, 2, falling=False, beyond=customers[0])
    assert oldest == [customers[2], customers[3]]
    assert first_keys(db.session(), Customer, words, 9, falling=True, beyond=customers[0]) == []
