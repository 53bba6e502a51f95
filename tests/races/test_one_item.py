"""Everybody wants the same goods: stock is never below zero, nothing is lost, doubled or left unexplained."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal as D
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.core.db.base import db
from app.models.products.product import Product
from tests.races import crowd
from tests.races.crowd import Event, Person, require_explained, seed_of_run, slowest, together, told
from tests.support.office import Office

pytestmark = pytest.mark.committed

# On SQLite one writes at a time, whoever waits waits for its turn.
PEOPLE = int(os.environ.get("RACES_PEOPLE", "32"))
ON_SQLITE = 8
ORDERS = int(os.environ.get("RACES_ORDERS", "2"))  # of each
ITEMS = 50
SLOWER = 10  # times as long as if each waited for one act of everybody else; 2 to 3 are usual


@contextmanager
def deadlocks() -> Iterator[list[str]]:
    """Every deadlock the database broke, also those that a second try has hidden from the person."""
    found: list[str] = []

    def seen(context: Any) -> None:
        if getattr(context.original_exception, "sqlstate", None) == "40P01":
            found.append(str(context.statement)[:80])

    event.listen(db.engine, "handle_error", seen)
    yield found
    event.remove(db.engine, "handle_error", seen)


def people_here() -> int:
    return min(PEOPLE, ON_SQLITE) if db.engine.dialect.name == "sqlite" else PEOPLE


def crowded(
    app: Flask, office: Office, products: list[Product], draw: random.Random, most: int, people: int | None = None
) -> list[Event]:
    """What everybody did and saw. Each takes up to `most` of the products, in any order."""
    customers = [office.customer("lin").id for _n in range(3)]
    keys = [product.id for product in products]
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        # One process never serves so many at once: a connection for each, so that they race for rows and not for these.
        db.engine.pool._max_overflow = PEOPLE
    plans = [
        (draw.randrange(10**9), [draw.sample(keys, draw.randint(1, most)) for _order in range(ORDERS)])
        for _n in range(people or people_here())
    ]

    def life(seed: int, wanted: list[list[int]], customer: int) -> Callable[[Office], list[Event]]:
        def lived(own: Office) -> list[Event]:
            person = Person(own, random.Random(seed), customer)
            for some in wanted:
                person.live(some)
            return person.history

        return lived

    works = [life(seed, wanted, customers[n % 3]) for n, (seed, wanted) in enumerate(plans)]
    return [act for history in together(app, works, 120 + 30 * ORDERS) for act in history]


def test_everybody_posts_on_one_item(app: Flask, office: Office, capsys: Any) -> None:
    """R1, R24: there is less of it than they want."""
    seed = seed_of_run()
    stock = people_here() * ORDERS // 2  # they want six times as much, and put most of it back
    products = office.stocked(str(stock))
    opening = {products[0].id: D(stock)}
    history = crowded(app, office, products, random.Random(seed), 1)
    with capsys.disabled():
        print("\n" + told("R1", seed, history))
    require_explained(history, opening)
    assert office.mismatches() == []


def test_who_waits_for_one_item_is_answered_in_time(app: Flask, office: Office, capsys: Any, monkeypatch: Any) -> None:
    """R1: the same crowd, served by the eight threads of one node; waiting for a thread counts."""
    monkeypatch.setattr(crowd, "SERVED", crowd.Threads(8))
    seed = seed_of_run()
    stock = people_here() * ORDERS // 2
    products = office.stocked(str(stock))
    draw = random.Random(seed)
    alone = [act for _n in range(3) for act in crowded(app, office, products, draw, 1, people=1)]
    history = crowded(app, office, products, draw, 1)
    with capsys.disabled():
        print("\n" + told("R1 alone", seed, alone) + "\n" + told("R1 served by eight", seed, history))
    require_explained(alone + history, {products[0].id: D(stock)})
    assert slowest(history, 0.99) < SLOWER * people_here() * slowest(alone, 0.5)


def test_everybody_posts_on_fifty_items_in_any_order(app: Flask, office: Office, capsys: Any) -> None:
    """R2: no deadlock reaches a person; a lost race is told as "busy" and nothing else."""
    seed = seed_of_run()
    products = office.stocked(*["1000"] * ITEMS)
    opening = {product.id: D(1000) for product in products}
    with deadlocks() as found:
        history = crowded(app, office, products, random.Random(seed), 12)
    with capsys.disabled():
        print("\n" + told("R2", seed, history))
    require_explained(history, opening)
    assert {act.outcome for act in history} <= {"done", "busy"}
    assert found == []
    assert office.mismatches() == []
