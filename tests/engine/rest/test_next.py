"""Following `next` through a list: every row once, whatever comes and goes meanwhile."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import prison
import pytest

from tests.plugins.rest import Firm, done, refused


def asked(firm: Firm, model: str, login: str = "boss", /, **query: Any) -> Any:
    return getattr(firm, login).get(f"{model}/?q={quote(prison.dumps(query))}")


def followed(firm: Firm, model: str, login: str = "boss", /, **query: Any) -> list[int]:
    """Ids of all rows, page after page."""
    answer = done(asked(firm, model, login, **query))
    ids: list[int] = answer["ids"]
    while answer["next"] is not None:
        assert len(answer["ids"]) == query["page_size"], "only the last page is short"
        answer = done(asked(firm, model, login, **query, next=answer["next"]))
        ids = ids + answer["ids"]
    return ids


@pytest.fixture
def traded(firm: Firm) -> Firm:
    """Seven customers of two people, some without a city, five of whom owe something."""
    product = firm.stocked("100", price="20")[0]
    for number in range(7):
        owner = ("lin", "xu")[number % 2]
        customer = firm.customer(owner, city=("上海", None, "苏州")[number % 3])["id"]
        if number < 5:
            firm.approved(owner, customer=customer, product=product)
    return firm


def test_rows_without_a_value_stand_last_in_both_directions(traded: Firm) -> None:
    for direction in ("asc", "desc"):
        order = {"order_column": "city", "order_direction": direction, "columns": ["city"]}
        cities = [row["city"] for row in done(asked(traded, "customer", **order))["result"]]
        assert cities[-2:] == [None, None]
        assert cities[:5] == sorted(cities[:5], reverse=direction == "desc")


def test_a_page_by_number_tells_where_to_read_on(traded: Firm) -> None:
    ids = done(asked(traded, "customer"))["ids"]
    second = done(asked(traded, "customer", page=1, page_size=2))
    assert second["ids"] == ids[2:4]
    assert done(asked(traded, "customer", next=second["next"], page_size=3))["ids"] == ids[4:7]
    assert done(asked(traded, "customer", page=3, page_size=2))["next"] is None


def test_what_comes_and_goes_shifts_nothing(traded: Firm) -> None:
    ids = done(asked(traded, "customer", order_column="id"))["ids"]
    page = done(asked(traded, "customer", order_column="id", order_direction="desc", page_size=2))
    traded.customer()
    with traded.inside() as office:
        gone = office.customer("lin").id
    done(traded.lin.delete(f"customer/{gone}"))
    further = done(asked(traded, "customer", order_column="id", order_direction="desc", page_size=9, next=page["next"]))
    assert page["ids"] + further["ids"] == ids[::-1]


def test_the_count_is_told_with_page_numbers_only(traded: Firm) -> None:
    first = done(asked(traded, "customer", page_size=3))
    assert first["count"] == 7
    assert done(asked(traded, "customer", page_size=3, next=first["next"]))["count"] is None


def test_filters_and_columns_hold_while_next_is_followed(traded: Firm) -> None:
    tests = [{"col": "receivable", "opr": "gt", "value": 0}]
    query = {"filters": tests, "order_column": "receivable", "order_direction": "desc"}
    whole = done(asked(traded, "customer", **query))
    assert whole["count"] == len(whole["ids"]) == 5
    assert followed(traded, "customer", **query, page_size=2) == whole["ids"]
    first = done(asked(traded, "customer", columns=["name"], page_size=2))
    second = done(asked(traded, "customer", columns=["name"], page_size=2, next=first["next"]))
    assert all(set(row) == {"id", "name"} for row in second["result"])


def test_next_shows_nobody_what_another_may_see(traded: Firm) -> None:
    """A salesperson who goes on at somebody else's place still reads only their own rows."""
    foreign = done(asked(traded, "customer", page_size=1))["next"]
    own = set(done(asked(traded, "customer", "lin"))["ids"])
    read_on = done(asked(traded, "customer", "lin", next=foreign))["ids"]
    assert read_on
    assert set(read_on) <= own


def test_a_next_of_another_order_or_of_no_list_is_refused(traded: Firm) -> None:
    by_name = done(asked(traded, "customer", order_column="name", page_size=2))["next"]
    for query in (
        {"order_column": "id", "next": by_name},
        {"order_column": "name", "order_direction": "desc", "next": by_name},
        {"order_column": "name", "next": by_name, "page": 1},
        *({"order_column": "name", "next": text} for text in (by_name[:-3], f"{by_name}AAAA", "", "end", "x" * 5000)),
    ):
        refused(asked(traded, "customer", **query), 422, "invalid", "next")
    for odd in (7, ["x"], {}):
        refused(asked(traded, "customer", order_column="name", next=odd), 400, "bad_query", "next")
    assert done(asked(traded, "customer", order_column="name", next=by_name, page=0))["ids"]
    assert done(asked(traded, "customer", order_column="name", next=None))["ids"]
