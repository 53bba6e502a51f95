"""Following `next` through a REST list of a million rows: what a page costs near the start, in the middle, at the end.

`.venv/bin/python -m bench.following` measures this alone and writes its table into docs/performance.md.

BENCH_ROWS    rows of the list (default 1000000)
BENCH_ROUNDS  how often every page is asked for (default 25)
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import prison
import sqlalchemy as sa

from app.query.cursor import Cursor
from bench.client import Client, NotAnswered
from bench.cluster import HOME, cluster, execute, names, sqlalchemy_url
from bench.pages import WARMING, Timed
from bench.servers import server
from tests.support.firm import PASSWORD

SIZE = 20
POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"
# What is measured: the page behind a cursor at this share of the list, and the page with the number of the middle.
PLACES = {"near the start": 0.001, "in the middle": 0.5, "near the end": 0.999}
BY_NUMBER = "in the middle, by number"
# Orders, as a program asks for them, and what the cursor holds of a row: a unique column, and one with many alike.
ORDERS = {"-id": "id", "number": "number", "-owner": "owner_id"}


@dataclass
class Followed:
    """Times by place of one order of the list on one database."""

    database: str
    order: str
    rows: int
    times: dict[str, Timed] = field(default_factory=dict)


def measure(address: str, rows: int, rounds: int) -> list[Followed]:
    """Every order and place on both databases, in turn in every round."""
    found: list[Followed] = []
    with ExitStack() as stack:
        asked = []
        for database, url in _urls(address, rows).items():
            client = stack.enter_context(_signed_in(database, url))
            for order, column in ORDERS.items():
                followed = Followed(database, order, rows)
                found.append(followed)
                for place, path in _paths(url, order, column, rows).items():
                    followed.times[place] = _warmed(client, path)
                    asked.append((followed.times[place], client, path))
        for number in range(rounds):
            random.Random(number).shuffle(asked)
            for timed, client, path in asked:
                took, _size = client.page(path, '"result"')
                timed.seconds.append(took)
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def _urls(address: str, rows: int) -> dict[str, str]:
    """Database → its address, its table filled; a table that is there from an earlier run is asked again."""
    name = f"following_{rows}"
    file = HOME / f"{name}.db"
    urls = {POSTGRESQL: sqlalchemy_url(address, name), SQLITE: f"sqlite:///{file}"}
    if name not in names(address):
        execute(address, f"CREATE DATABASE {name}")
        _in_a_process(_fill, urls[POSTGRESQL], rows)
    if not file.exists():
        _in_a_process(_fill, urls[SQLITE], rows)
    return urls


def _in_a_process(work: Any, *words: Any) -> None:
    """In a process of its own, for an application stays with the database it was built on."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(work, words)


def _fill(url: str, rows: int) -> None:
    """A firm of people, and so many customers of four of them: copies of one that was entered."""
    from flask_babel import force_locale

    from app.core.db.base import db
    from app.models.customers.customer import Customer
    from tests.support.firm import build_app, build_template
    from tests.support.office import Office

    began = time.monotonic()
    app = build_app(url, HOME)
    build_template(app)
    with app.app_context(), force_locale("zh"):
        office = Office()
        first = office.customer("lin").id
        owners = [office.person(login).actor.user_id for login in ("lin", "zhou", "xu", "ma")]
        table = Customer.__table__
        made = {"number": "'X' || n", "name": "'店' || n", "name_key": "'店' || n", "owner_id": _one_of(owners)}
        columns = [column.key for column in table.c if column.key != "id"]
        values = ", ".join(made.get(name, f"customer.{name}") for name in columns)
        numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)"
        copies = f"SELECT {values} FROM numbers, customer WHERE customer.id = :first"
        insert = f"INSERT INTO customer ({', '.join(columns)}) {numbers} {copies}"
        db.session.execute(sa.text(insert), {"rows": rows - 1, "first": first})
        db.session.commit()
        db.session.execute(sa.text("ANALYZE"))
        db.session.commit()
    print(f"{rows:,} rows in {time.monotonic() - began:.0f} s: {url}", file=sys.stderr, flush=True)


def _one_of(keys: list[int]) -> str:
    cases = " ".join(f"WHEN {at} THEN {key}" for at, key in enumerate(keys))
    return f"CASE n % {len(keys)} {cases} END"


def _paths(url: str, order: str, column: str, rows: int) -> dict[str, str]:
    """Place → address of the page there. A cursor is made for it, as the page before would have told it."""
    found = {}
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        falls = order.startswith("-")
        direction = "DESC" if falls else "ASC"
        for place, share in PLACES.items():
            query = (
                f"SELECT {column}, id FROM customer ORDER BY {column} {direction}, id {direction} LIMIT 1 OFFSET :at"
            )
            value, key = connection.execute(sa.text(query), {"at": int(rows * share)}).one()
            found[place] = _path(order, next=Cursor(value, key).text(order))
    engine.dispose()
    return found | {BY_NUMBER: _path(order, page=int(rows * PLACES["in the middle"]) // SIZE)}


def _path(order: str, **where: Any) -> str:
    asked = {
        "order_column": order.removeprefix("-"), "order_direction": "desc" if order.startswith("-") else "asc",
        "page_size": SIZE, **where,
    }  # fmt: skip
    return f"/api/v1/customer/?q={quote(prison.dumps(asked))}"


@contextmanager
def _signed_in(database: str, url: str) -> Iterator[Client]:
    """A server on this database, and the general manager, who sees every row."""
    with server(
        f"following {database}", "run:app", DATABASE_URL=url, CRM_ENV="demo", CRM_DATA=str(HOME / "files"),
        SECRET_KEY="bench" * 8, REDIS_URL="",
    ) as port:  # fmt: skip
        client = Client(port)
        client.sign_in("/login/", "boss", PASSWORD)
        yield client


def _warmed(client: Client, path: str) -> Timed:
    """The page asked for a dozen times, or for a second, before it counts.

    errors  NotAnswered when it has not as many rows as a page has
    """
    end, body = time.monotonic() + 1, b""
    for number in range(WARMING):
        if number < 2 or time.monotonic() < end:
            _status, body, _took = client.send("GET", path)
    rows = len(json.loads(body).get("ids", ()))
    if rows != SIZE:
        raise NotAnswered(f"{path}: {rows} rows")
    return Timed(size=len(body), rows=rows)


def main() -> None:
    from bench import report

    HOME.mkdir(exist_ok=True)
    rows, rounds = int(os.environ.get("BENCH_ROWS", "1000000")), int(os.environ.get("BENCH_ROUNDS", "25"))
    with cluster() as address:
        found = measure(address, rows, rounds)
    report.put(report.FOLLOWING, report.following(found))
    print(report.following(found))


if __name__ == "__main__":
    main()
